//! What the page of one run says beyond the list: its phases with their times, why it failed and what to
//! do, how far it is, and where to go on from here.

use chrono::{DateTime, Utc};
use rollcall_domain::Decider;
use rollcall_domain::catalogue::Explained;
use rollcall_domain::vocabulary::FailureCode;
use rollcall_projections::audit_events::{self, Times};
use rollcall_projections::runs::Run;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::progress;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = RunDetails)]
pub(crate) struct Details {
    /// While it has not ended.
    pub(crate) progress: Option<progress::View>,
    /// In the order they began.
    pub(crate) phases: Vec<Phase>,
    pub(crate) links: Links,
}

/// Something that became of the run.
#[derive(Serialize, ToSchema)]
#[schema(as = RunPhase)]
pub(crate) struct Phase {
    /// `queued`, `started`, `fetched`, `waiting`, `held`, `decided`, `applied`, `ended`.
    pub(crate) phase: &'static str,
    pub(crate) at: DateTime<Utc>,
    /// The last time, of what came more than once.
    pub(crate) until: DateTime<Utc>,
    pub(crate) times: u64,
    /// Since the end of the phase before.
    pub(crate) after_ms: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RunLinks)]
pub(crate) struct Links {
    pub(crate) integration: String,
    pub(crate) identities: String,
    pub(crate) events: String,
    pub(crate) receipts: Vec<String>,
    pub(crate) plan: Option<String>,
    pub(crate) progress: Option<String>,
    pub(crate) rerun_of: Option<String>,
    pub(crate) undoes: Option<String>,
}

pub(crate) async fn of(app: &App, reader: &Reader, run: &Run) -> Result<Details, Problem> {
    let stream = rollcall_domain::run::Run::stream(&run.run);
    let times = audit_events::times(reader.db(), reader.id(), &stream).await?;
    let progress = progress::of(app, reader, run).await?;
    let links = links(run, progress.is_some());
    Ok(Details { progress, phases: phases(&times), links })
}

/// What kind of phase an event begins, if it begins one.
fn phase_of(kind: &str) -> Option<&'static str> {
    Some(match kind.strip_prefix("run.")? {
        "queued" => "queued",
        "started" => "started",
        "fetched" => "fetched",
        "waiting" => "waiting",
        "held" => "held",
        "approved" | "rejected" => "decided",
        "applied" => "applied",
        "succeeded" | "partial" | "failed" | "skipped" | "cancelled" => "ended",
        // Deliveries that joined and people who were noted make no phase.
        _ => return None,
    })
}

fn phases(times: &[Times]) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for Times { kind, first, last, count } in times {
        let Some(phase) = phase_of(kind) else { continue };
        let (at, until, times) = (*first, *last, *count);
        phases.push(Phase { phase, at, until, times, after_ms: 0 });
        if kind == "run.rejected" {
            phases.push(Phase { phase: "ended", at, until, times, after_ms: 0 });
        }
    }
    // Of what was written at once, the order of the words above.
    const ORDER: [&str; 8] =
        ["queued", "started", "waiting", "fetched", "held", "decided", "applied", "ended"];
    let rank = |phase: &Phase| ORDER.iter().position(|word| *word == phase.phase);
    phases.sort_by_key(|phase| (phase.at, rank(phase)));
    for one in 1..phases.len() {
        // Phases of a run that was put off, or held again, lie over one another.
        let since = (phases[one].at - phases[one - 1].until).num_milliseconds();
        phases[one].after_ms = since.max(0);
    }
    phases
}

fn links(run: &Run, goes_on: bool) -> Links {
    let log = |run: &String| format!("/api/v1/integration_sync_logs/{run}");
    let own = log(&run.run);
    let receipt = |id: &String| format!("/api/v1/receipts/{id}");
    Links {
        integration: format!("/api/v1/integrations/{}", run.connection),
        identities: format!("{own}/identities"),
        events: format!("/api/v1/audit_events?run={}", run.run),
        receipts: run.receipts.iter().map(receipt).collect(),
        plan: run.plan.is_some().then(|| format!("{own}/plan")),
        progress: goes_on.then(|| format!("{own}/progress")),
        rerun_of: run.rerun_of.as_ref().map(log),
        undoes: run.undoes.as_ref().map(log),
    }
}

/// Why a run failed, did only a part or is held; `None` where all is well.
pub(super) fn error(run: &Run) -> Option<Value> {
    let code = run.error_code.as_ref()?;
    let known = FailureCode::ALL.into_iter().find(|known| known.as_str() == code);
    let targets = run.outcomes.iter().filter_map(|target| {
        let failure = target.failure.as_ref()?;
        let (code, summary) = (failure.code.as_str(), &failure.summary);
        Some(json!({ "scenario": target.scenario, "code": code, "summary": summary }))
    });
    Some(json!({
        "code": code,
        "summary": run.error_summary,
        "meaning": known.map(Explained::meaning),
        "remedy": known.map(Explained::remedy),
        "integration": run.connection,
        "details": {
            "targets": targets.collect::<Vec<_>>(),
            "visible": run.employees,
            "total": run.total,
            "omitted_fields": *run.omitted,
            "noted": run.noted,
        },
    }))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn the_phases_of_a_held_run_come_in_order_with_what_lies_between() {
        let start: DateTime<Utc> = "2026-01-31T02:00:00Z".parse().unwrap();
        let at = |kind: &str, first: i64, last: i64| Times {
            kind: format!("run.{kind}"),
            first: start + TimeDelta::seconds(first),
            last: start + TimeDelta::seconds(last),
            count: 1 + u64::from(last > first),
        };
        let times = [
            at("applied", 70, 90),
            at("approved", 60, 60),
            at("held", 9, 9),
            at("noted", 70, 90),
            at("queued", 0, 0),
            at("started", 2, 2),
            at("succeeded", 90, 90),
        ];

        let phases = phases(&times);

        let told: Vec<_> = phases.iter().map(|one| (one.phase, one.after_ms / 1_000)).collect();
        let expected = [
            ("queued", 0),
            ("started", 2),
            ("held", 7),
            ("decided", 51),
            ("applied", 10),
            ("ended", 0),
        ];
        assert_eq!(told, expected);
    }
}
