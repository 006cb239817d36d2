//! Inbound deliveries, and what became of them.

use chrono::{DateTime, Utc};
use rollcall_domain::receipt::{self, Proof};
use rollcall_domain::{Fact, Recorded, lane};

use crate::db::{Cells, Db, Page, ReadError, Sql, cursor, limit_of, resume_by_time};
use crate::run_receipts::receipts_of;
use crate::table::{Json, Key, Mismatch, Projection, Reads, Row, Value, row};

row! {
    pub struct Receipt {
        [key] receipt: String,
        provider: String,
        connection: String,
        event_type: String,
        /// `accepted`, `stale`, `paused`, `skipped_entitlement`, `malformed`, `test`.
        verdict: String,
        proof: String,
        blob: String,
        body_sha256: String,
        body_bytes: u64,
        content_type: String,
        /// The timestamp header exactly as sent.
        timestamp: Option<String>,
        headers: Json<Vec<(String, String)>>,
        subjects: Json<Vec<String>>,
        /// How many people it names, where those are too many to list.
        people: Option<u64>,
        /// Runs that answer to it, oldest first.
        runs: Json<Vec<String>>,
        /// The run that took it last.
        taken_by: Option<String>,
        /// That run failed; the next one takes it again.
        left_over: bool,
        received_at: DateTime<Utc>,
    }
}

/// A receipt and whether a run has brought its people in line.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Seen {
    #[serde(flatten)]
    pub receipt: Receipt,
    pub processed: bool,
}

pub struct Receipts;

impl Projection for Receipts {
    const NAME: &'static str = "receipts";
    const VERSION: u16 = 3;
    const READS: Reads = Reads::Only(&["receipt", "run", "lane"]);
    const INDEXES: &'static [&'static [&'static str]] = &[&["received_at", "receipt"]];
    type Row = Receipt;

    fn keys(event: &Recorded) -> Vec<Key> {
        if let Fact::Receipt(_) = &event.fact {
            let receipt = event.stream.strip_prefix("receipt/");
            return receipt.map(|receipt| Key::of([receipt])).into_iter().collect();
        }
        touched(event).map(|receipt| Key::of([receipt])).collect()
    }

    fn evolve(key: &Key, row: Option<Receipt>, event: &Recorded) -> Option<Receipt> {
        if let Fact::Receipt(receipt::Event::Received(received)) = &event.fact {
            return row.or_else(|| Some(arrived(key.text(0), received, event)));
        }
        let mut row = row?;
        if let Fact::Lane(happened) = &event.fact {
            match happened {
                lane::Event::RunStarted { run, .. } => {
                    row.taken_by = Some(run.clone());
                    row.left_over = false;
                }
                lane::Event::RunEnded { .. } => row.left_over = true,
                lane::Event::DeliveriesSkipped { .. } => row.left_over = false,
                lane::Event::RunQueued { .. }
                | lane::Event::RunJoined { .. }
                | lane::Event::RunReturned { .. } => {}
            }
        }
        if let (Fact::Run(_), Some(run)) = (&event.fact, event.stream.strip_prefix("run/"))
            && !row.runs.iter().any(|known| known == run)
        {
            row.runs.push(run.to_owned());
        }
        Some(row)
    }
}

/// The receipts a run or a lane speaks of.
fn touched(event: &Recorded) -> impl Iterator<Item = &String> {
    let (receipts, more): (&[String], &[String]) = match &event.fact {
        Fact::Run(happened) => (receipts_of(happened), &[]),
        Fact::Lane(
            lane::Event::RunStarted { receipts, .. } | lane::Event::DeliveriesSkipped { receipts },
        ) => (receipts, &[]),
        // Whoever was given up is waited for as well, if only for a person.
        Fact::Lane(lane::Event::RunEnded { left_over, given_up, .. }) => (left_over, given_up),
        Fact::Lane(
            lane::Event::RunQueued { .. }
            | lane::Event::RunJoined { .. }
            | lane::Event::RunReturned { .. },
        )
        | Fact::Actor(_)
        | Fact::Connection(_)
        | Fact::Health(_)
        | Fact::Identity(_)
        | Fact::Inbox(_)
        | Fact::Mail(_)
        | Fact::Members(_)
        | Fact::Notification(_)
        | Fact::Pushes(_)
        | Fact::Receipt(_)
        | Fact::Scenario(_)
        | Fact::SigningKey(_)
        | Fact::Slot(_)
        | Fact::Subject(_)
        | Fact::Tenant(_)
        | Fact::Unit(_)
        | Fact::User(_)
        | Fact::WebhookEndpoint(_) => (&[], &[]),
    };
    receipts.iter().chain(more)
}

fn arrived(id: &str, received: &receipt::Received, event: &Recorded) -> Receipt {
    Receipt {
        receipt: id.to_owned(),
        provider: received.provider.as_str().to_owned(),
        connection: received.connection.clone(),
        event_type: received.event_type.clone(),
        verdict: received.verdict.as_str().to_owned(),
        proof: match received.proof {
            Proof::Signature => "signature",
            Proof::SharedSecret => "shared_secret",
            Proof::ApiKey => "api_key",
        }
        .to_owned(),
        blob: received.blob.clone(),
        body_sha256: received.body_sha256.clone(),
        body_bytes: received.body_bytes,
        content_type: received.content_type.clone(),
        timestamp: received.timestamp.clone(),
        headers: Json(received.headers.clone()),
        subjects: Json(received.subjects.clone()),
        people: received.people,
        runs: Json::default(),
        taken_by: None,
        left_over: false,
        received_at: event.recorded_at,
    }
}

/// Which receipts; nothing set means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub connection: Option<&'a str>,
    pub verdict: Option<&'a str>,
    /// Received at or after, and before.
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

static LIST: Sql = Sql::of(
    Receipt::COLUMNS,
    "select {c.columns}, not c.left_over and r.status is not null
        and r.status in ('succeeded', 'partial')
     from views.receipts as c
     left join views.runs as r on r.tenant = c.tenant and r.run = c.taken_by
     where c.tenant = cast($1 as text)
        and (cast($2 as text) is null or c.connection = cast($2 as text))
        and (cast($3 as text) is null or c.verdict = cast($3 as text))
        and (cast($4 as timestamptz) is null or c.received_at >= cast($4 as timestamptz))
        and (cast($5 as timestamptz) is null or c.received_at < cast($5 as timestamptz))
        and (cast($6 as timestamptz) is null
            or (c.received_at, c.receipt) < (cast($6 as timestamptz), cast($7 as text)))
     order by c.received_at desc, c.receipt desc
     limit cast($8 as bigint)",
);
static ONE: Sql = Sql::of(
    Receipt::COLUMNS,
    "select {c.columns}, not c.left_over and r.status is not null
        and r.status in ('succeeded', 'partial')
     from views.receipts as c
     left join views.runs as r on r.tenant = c.tenant and r.run = c.taken_by
     where c.tenant = cast($1 as text) and c.receipt = cast($2 as text)",
);

fn seen(cells: &mut Cells) -> Result<Seen, Mismatch> {
    Ok(Seen { receipt: Receipt::read(cells)?, processed: cells.get()? })
}

/// Receipts, newest first.
pub async fn list(
    db: &Db,
    tenant: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Seen>, ReadError> {
    let (at, receipt) = resume_by_time(after)?.unzip();
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![
        tenant.into(),
        filter.connection.into(),
        filter.verdict.into(),
        filter.since.into(),
        filter.until.into(),
        at.into(),
        receipt.into(),
        (limit + 1).into(),
    ];
    let rows = db.all(&LIST, args, seen).await?;
    let key = |row: &Seen| cursor(&(row.receipt.received_at, &row.receipt.receipt));
    Ok(Page::of(rows, limit, key))
}

/// One receipt.
pub async fn one(db: &Db, tenant: &str, receipt: &str) -> Result<Option<Seen>, ReadError> {
    db.first(&ONE, vec![tenant.into(), receipt.into()], seen).await
}
