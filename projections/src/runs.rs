//! Runs of the sync engine. Public name: integration_sync_logs.

mod about;
mod by_day;
mod last_of;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::connection::Targets;
use rollcall_domain::run::{Coverage, Event, Failure, StoredPlan, TargetEnd};
use rollcall_domain::vocabulary::Counts;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, resume_by_time};
use crate::table::{Json, Key, Projection, Reads, Row, Value, row};

pub use about::about;
pub use by_day::{ByDay, by_day};
pub use last_of::{last_end, last_of};

row! {
    pub struct Run {
        [key] run: String,
        connection: String,
        provider: String,
        kind: String,
        event_type: String,
        trigger: String,
        /// `queued`, `running`, `waiting`, `held`, `succeeded`, `partial`, `failed`, `skipped`,
        /// `rejected`, `cancelled`.
        status: String,
        /// Why it was skipped or cancelled.
        reason: Option<String>,
        queued_at: DateTime<Utc>,
        started_at: Option<DateTime<Utc>>,
        finished_at: Option<DateTime<Utc>>,
        /// While it waits for the provider: until when, the code of the reason, and a sentence.
        waiting_until: Option<DateTime<Utc>>,
        waiting_code: Option<String>,
        waiting_summary: Option<String>,
        /// As they were when it started.
        targets: Json<Option<Targets>>,
        scenarios: Json<Vec<String>>,
        /// What became of each target, once it has ended.
        outcomes: Json<Vec<TargetEnd>>,
        receipts: Json<Vec<String>>,
        rerun_of: Option<String>,
        counts: Json<Counts>,
        /// Batches applied so far.
        batches: u64,
        /// People the provider's answer held.
        employees: Option<u64>,
        /// How many there are by another count of the provider.
        total: Option<u64>,
        /// Of a read of everybody: whether absence from it means anything.
        complete: Option<bool>,
        /// Fields that were asked for and not answered.
        omitted: Json<Vec<String>>,
        /// The plan that waits, or waited, for a person, and when it was made.
        plan: Json<Option<StoredPlan>>,
        held_at: Option<DateTime<Utc>>,
        /// Who approved it, or rejected it, and when.
        decided_by: Option<String>,
        decided_at: Option<DateTime<Utc>>,
        undoes: Option<String>,
        error_code: Option<String>,
        error_summary: Option<String>,
        /// People noted as skipped, degraded or in error.
        noted: u64,
        updated_at: DateTime<Utc>,
    }
}

impl Run {
    /// From its start to its end; `None` while it is under way.
    pub fn duration(&self) -> Option<TimeDelta> {
        Some(self.finished_at? - self.started_at?)
    }

    fn ended(&mut self, status: &str, counts: Option<&Counts>, event: &Recorded) {
        self.is(status);
        self.finished_at = Some(event.recorded_at);
        if let Some(counts) = counts {
            self.counts = Json(*counts);
        }
    }

    fn is(&mut self, status: &str) {
        status.clone_into(&mut self.status);
    }

    fn started(&mut self, event: &Recorded) {
        self.is("running");
        self.started_at.get_or_insert(event.recorded_at);
    }

    fn waits(&mut self, until: DateTime<Utc>, failure: &Failure) {
        self.is("waiting");
        self.waiting_until = Some(until);
        self.waiting_code = Some(failure.code.as_str().to_owned());
        self.waiting_summary = Some(failure.summary.clone());
    }

    fn held(&mut self, plan: &StoredPlan, event: &Recorded) {
        self.is("held");
        self.covered(plan.coverage.as_ref());
        self.plan = Json(Some(plan.clone()));
        self.held_at = Some(event.recorded_at);
        (self.decided_by, self.decided_at) = (None, None);
    }

    fn decided(&mut self, event: &Recorded) {
        self.decided_by = Some(event.principal.to_string());
        self.decided_at = Some(event.recorded_at);
    }

    fn because(&mut self, failure: &Failure) {
        self.error_code = Some(failure.code.as_str().to_owned());
        self.error_summary = Some(failure.summary.clone());
    }

    fn came_to(&mut self, targets: &[TargetEnd], coverage: Option<&Coverage>) {
        self.outcomes = Json(targets.to_vec());
        self.covered(coverage);
    }

    fn covered(&mut self, coverage: Option<&Coverage>) {
        if let Some(coverage) = coverage {
            self.employees = Some(coverage.visible);
            self.total = coverage.total;
            self.complete = Some(coverage.complete);
            self.omitted = Json(coverage.omitted.clone());
        }
    }

    fn merge_receipts(&mut self, receipts: &[String]) {
        let new: Vec<String> =
            receipts.iter().filter(|one| !self.receipts.contains(one)).cloned().collect();
        self.receipts.extend(new);
    }
}

pub struct Runs;

impl Projection for Runs {
    const NAME: &'static str = "runs";
    const VERSION: u16 = 3;
    const READS: Reads = Reads::Only(&["run"]);
    const INDEXES: &'static [&'static [&'static str]] =
        &[&["queued_at", "run"], &["connection", "queued_at"]];
    type Row = Run;

    fn keys(event: &Recorded) -> Vec<Key> {
        event.stream.strip_prefix("run/").map(|run| Key::of([run])).into_iter().collect()
    }

    fn evolve(key: &Key, row: Option<Run>, event: &Recorded) -> Option<Run> {
        let Fact::Run(happened) = &event.fact else { return row };
        let mut run = match row {
            Some(run) => run,
            None => queued(key.text(0), happened, event)?,
        };
        run.updated_at = event.recorded_at;
        run.waiting_until = None;
        run.waiting_code = None;
        run.waiting_summary = None;
        Some(after(run, happened, event))
    }
}

fn after(mut run: Run, happened: &Event, event: &Recorded) -> Run {
    match happened {
        Event::Queued { .. } => {}
        Event::Joined { receipts } => run.merge_receipts(receipts),
        Event::Started { targets, scenarios, receipts } => {
            run.started(event);
            run.targets = Json(Some(targets.clone()));
            run.scenarios = Json(scenarios.clone());
            run.merge_receipts(receipts);
        }
        Event::Fetched { employees, coverage, .. } => {
            run.is("running");
            run.employees = Some(*employees);
            run.covered(coverage.as_ref());
        }
        Event::Waiting { until, failure } => run.waits(*until, failure),
        Event::Applied { counts, .. } => {
            run.is("running");
            *run.counts += *counts;
            run.batches += 1;
        }
        Event::Noted { .. } => run.noted += 1,
        Event::Held { plan, failure } => {
            run.held(plan, event);
            run.because(failure);
        }
        Event::Approved { .. } => {
            (run.error_code, run.error_summary) = (None, None);
            run.is("queued");
            run.decided(event);
        }
        Event::Rejected { .. } => {
            run.decided(event);
            run.ended("rejected", None, event);
        }
        Event::Succeeded { counts, targets, coverage } => {
            run.came_to(targets, coverage.as_ref());
            run.ended("succeeded", Some(counts), event);
        }
        Event::Partial { counts, failure, targets, coverage } => {
            run.came_to(targets, coverage.as_ref());
            run.because(failure);
            run.ended("partial", Some(counts), event);
        }
        Event::Failed { failure, counts, targets } => {
            run.came_to(targets, None);
            run.because(failure);
            run.ended("failed", Some(counts), event);
        }
        Event::Skipped { reason } => {
            run.reason = Some(reason.as_str().to_owned());
            run.ended("skipped", None, event);
        }
        Event::Cancelled { reason } => {
            run.reason = Some(reason.clone());
            run.ended("cancelled", None, event);
        }
    }
    run
}

fn queued(id: &str, happened: &Event, event: &Recorded) -> Option<Run> {
    let Event::Queued { connection, provider, spec, .. } = happened else { return None };
    Some(Run {
        run: id.to_owned(),
        connection: connection.clone(),
        provider: provider.as_str().to_owned(),
        kind: spec.kind.as_str().to_owned(),
        event_type: spec.event_type.clone(),
        trigger: spec.trigger.as_str().to_owned(),
        status: "queued".to_owned(),
        reason: None,
        queued_at: event.recorded_at,
        started_at: None,
        finished_at: None,
        waiting_until: None,
        waiting_code: None,
        waiting_summary: None,
        targets: Json(None),
        scenarios: Json::default(),
        outcomes: Json::default(),
        receipts: Json(spec.receipts.clone()),
        rerun_of: spec.rerun_of.clone(),
        undoes: spec.undoes.clone(),
        plan: Json(spec.plan.as_deref().cloned()),
        held_at: None,
        decided_by: None,
        decided_at: None,
        counts: Json::default(),
        batches: 0,
        employees: None,
        total: None,
        complete: None,
        omitted: Json::default(),
        error_code: None,
        error_summary: None,
        noted: 0,
        updated_at: event.recorded_at,
    })
}

/// Which runs; nothing set means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub status: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub provider: Option<&'a str>,
    pub connection: Option<&'a str>,
    /// Somebody it touched: a subject, an actor, a source id, or an e-mail address in any case.
    pub identity: Option<&'a str>,
    /// A receipt it answers to.
    pub idempotency_key: Option<&'a str>,
    /// Queued at or after, and before.
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

static LIST: Sql = Sql::of(
    Run::COLUMNS,
    "select {r.columns} from views.runs as r
     where r.tenant = cast($1 as text)
        and (cast($2 as text) is null or r.status = cast($2 as text))
        and (cast($3 as text) is null or r.kind = cast($3 as text))
        and (cast($4 as text) is null or r.provider = cast($4 as text))
        and (cast($5 as text) is null or r.connection = cast($5 as text))
        and (cast($6 as text) is null or exists (
            select 1 from views.identities as i
            where i.tenant = r.tenant and i.run = r.run
                and (i.subject = cast($6 as text) or i.actor = cast($6 as text)
                    or i.source_id = cast($6 as text) or lower(i.email) = lower(cast($6 as text))
                    or i.actor in (
                        select a.actor from views.actors as a
                        where a.tenant = cast($1 as text) and (a.source_id = cast($6 as text)
                            or lower(a.email) = lower(cast($6 as text)))))))
        and (cast($7 as text) is null or exists (
            select 1 from views.run_receipts as c
            where c.tenant = r.tenant and c.receipt = cast($7 as text) and c.run = r.run))
        and (cast($8 as timestamptz) is null or r.queued_at >= cast($8 as timestamptz))
        and (cast($9 as timestamptz) is null or r.queued_at < cast($9 as timestamptz))
        and (cast($10 as timestamptz) is null
            or (r.queued_at, r.run) < (cast($10 as timestamptz), cast($11 as text)))
     order by r.queued_at desc, r.run desc
     limit cast($12 as bigint)",
);
static ONE: Sql = Sql::of(
    Run::COLUMNS,
    "select {columns} from views.runs
     where tenant = cast($1 as text) and run = cast($2 as text)",
);
static OF_RECEIPT: Sql = Sql::of(
    Run::COLUMNS,
    "select {r.columns} from views.run_receipts as c
     join views.runs as r on r.tenant = c.tenant and r.run = c.run
     where c.tenant = cast($1 as text) and c.receipt = cast($2 as text)
     order by r.queued_at, r.run
     limit 200",
);

/// Runs, newest first.
pub async fn list(
    db: &Db,
    tenant: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Run>, ReadError> {
    let (at, run) = resume_by_time(after)?.unzip();
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![
        tenant.into(),
        filter.status.into(),
        filter.kind.into(),
        filter.provider.into(),
        filter.connection.into(),
        filter.identity.into(),
        filter.idempotency_key.into(),
        filter.since.into(),
        filter.until.into(),
        at.into(),
        run.into(),
        (limit + 1).into(),
    ];
    let rows = db.all_rows(&LIST, args).await?;
    Ok(Page::of(rows, limit, |run: &Run| cursor(&(run.queued_at, &run.run))))
}

/// How many plans wait for a person; a hundred at most.
pub async fn held(db: &Db, tenant: &str) -> Result<usize, ReadError> {
    let filter = Filter { status: Some("held"), ..Filter::default() };
    Ok(list(db, tenant, &filter, None, 100).await?.rows.len())
}

/// One run.
pub async fn one(db: &Db, tenant: &str, run: &str) -> Result<Option<Run>, ReadError> {
    db.first(&ONE, vec![tenant.into(), run.into()], Run::read).await
}

static WITH_HELD_PLAN: Sql = Sql::of(
    Run::COLUMNS,
    "select {columns} from views.runs
     where tenant = cast($1 as text) and connection = cast($2 as text)
        and held_at is not null and status in ('held', 'queued')
     order by queued_at
     limit 1000",
);
static HELD_BEFORE: Sql = Sql::new(
    "select tenant, run from views.runs
     where status = 'held' and held_at < cast($1 as timestamptz)
     order by tenant, run
     limit 1000",
);

/// Runs whose plan waits for a person, or was approved and waits for its turn.
pub async fn with_held_plan(
    db: &Db,
    tenant: &str,
    connection: &str,
) -> Result<Vec<Run>, ReadError> {
    db.all_rows(&WITH_HELD_PLAN, vec![tenant.into(), connection.into()]).await
}

/// Runs of all tenants, with the tenant, whose plan has waited for a person since then: for the
/// scheduler only.
pub async fn held_before(db: &Db, at: DateTime<Utc>) -> Result<Vec<(String, String)>, ReadError> {
    db.all(&HELD_BEFORE, vec![at.into()], |cells| Ok((cells.get()?, cells.get()?))).await
}

/// The runs that answered to a receipt, oldest first.
pub async fn of_receipt(db: &Db, tenant: &str, receipt: &str) -> Result<Vec<Run>, ReadError> {
    db.all_rows(&OF_RECEIPT, vec![tenant.into(), receipt.into()]).await
}
