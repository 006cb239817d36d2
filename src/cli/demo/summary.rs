//! What the demo says at its end: what it found, and what it counted of runs, deliveries and events,
//! as the API tells them. It has the same members whichever HR system is simulated.

use std::collections::BTreeMap;

use rollcall_domain::receipt::Verdict;
use rollcall_domain::run::Status;
use rollcall_domain::vocabulary::RunKind;
use serde::Serialize;
use serde_json::Value;

use super::setup::Demo;
use crate::client::LOGS;
use crate::failure::Failure;

type Counts = BTreeMap<&'static str, u64>;

/// Whatever does not happen with an HR system is false or 0.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) roster_equals_simulator: bool,
    pub(super) other_scenario_left_alone: bool,
    pub(super) projections_verified: bool,
    /// People whom the last reconciliation changed.
    pub(super) reconcile_changes: u64,
    pub(super) seconds: f64,
    pub(super) webhook_messages: u64,
    pub(super) events: u64,
    /// By verdict; those that came again, and those that were not let in.
    pub(super) receipts: Counts,
    /// By kind and status.
    pub(super) runs: BTreeMap<&'static str, Counts>,
}

impl Default for Summary {
    fn default() -> Summary {
        let verdicts = Verdict::ALL.into_iter().map(Verdict::as_str);
        let statuses = || Status::ALL.into_iter().map(|status| (status.as_str(), 0)).collect();
        Summary {
            roster_equals_simulator: false,
            other_scenario_left_alone: false,
            projections_verified: false,
            reconcile_changes: 0,
            seconds: 0.0,
            webhook_messages: 0,
            events: 0,
            receipts: verdicts.chain([DUPLICATE, REFUSED]).map(|word| (word, 0)).collect(),
            runs: RunKind::ALL.into_iter().map(|kind| (kind.as_str(), statuses())).collect(),
        }
    }
}

const DUPLICATE: &str = "duplicate";
const REFUSED: &str = "refused";

impl Summary {
    /// Whether it ends well.
    pub(super) fn is_good(&self) -> bool {
        let holds = self.roster_equals_simulator && self.other_scenario_left_alone;
        holds && self.projections_verified && self.reconcile_changes == 0
    }
}

/// Counts runs, deliveries, messages and events.
pub(super) async fn counted(demo: &Demo) -> Result<Summary, Failure> {
    let mut summary = Summary::default();
    for run in demo.api.list(LOGS, usize::MAX).await? {
        let kind = summary.runs.get_mut(word(&run, "kind"));
        add(kind.and_then(|kind| kind.get_mut(word(&run, "status"))), 1)?;
    }
    let receipts = &mut summary.receipts;
    for receipt in demo.api.list("/api/v1/receipts", usize::MAX).await? {
        add(receipts.get_mut(word(&receipt, "verdict")), 1)?;
        add(receipts.get_mut(DUPLICATE), receipt["duplicates"].as_u64().unwrap_or(0))?;
    }
    let refused = demo.api.get("/api/v1/receipts/refused?limit=200").await?;
    let refused = refused["data"].as_array().map_or(0, Vec::len);
    add(receipts.get_mut(REFUSED), refused as u64)?;
    let count = |_: &[u8]| {
        summary.events += 1;
        Ok(true)
    };
    demo.api.lines("/api/v1/audit_events", count).await?;
    summary.webhook_messages = demo.sink.count() as u64;
    Ok(summary)
}

fn add(to: Option<&mut u64>, more: u64) -> Result<(), Failure> {
    *to.ok_or_else(|| Failure::failed("the API uses a word that the domain does not know"))? +=
        more;
    Ok(())
}

fn word<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}
