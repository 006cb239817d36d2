//! Runs that re-read whom deliveries named.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_domain::receipt::{self, Verdict};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{Provider, Trigger};
use rollcall_domain::{Fact, Recorded};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{RECEIPTS, Request, RequestRun};
use crate::work::Task;

const NAME: &str = "runs_for_deliveries";

pub(super) const RUNS_FOR_DELIVERIES: Reactor =
    Reactor { name: NAME, version: 1, reads: &["receipt."], start: Start::Beginning, react };

/// Deliveries of one connection in one page are one request, so that a storm of them is some dozens
/// of rows. It goes by the first of them.
fn react(page: &[Recorded]) -> Vec<NewIntent> {
    let mut open: BTreeMap<(Arc<str>, &str), (String, RunSpec)> = BTreeMap::new();
    let mut intents = Vec::new();
    for recorded in page {
        let Fact::Receipt(receipt::Event::Received(received)) = &recorded.fact else { continue };
        let is_pushed = received.provider == Provider::HrisWebhook;
        if is_pushed || !calls_for_a_run(received.verdict) {
            continue;
        }
        let connection = (recorded.tenant.clone(), received.connection.as_str());
        let new = || {
            let spec = RunSpec::of_deliveries(&received.event_type, Trigger::Delivery);
            (effect_id(NAME, recorded), spec)
        };
        let (_, spec) = open.entry(connection.clone()).or_insert_with(new);
        spec.receipts.push(id_of(recorded).to_owned());
        if spec.receipts.len() == RECEIPTS
            && let Some((effect, spec)) = open.remove(&connection)
        {
            intents.push(intent(&recorded.tenant, connection.1, effect, spec));
        }
    }
    let rest = open.into_iter();
    intents.extend(
        rest.map(|((tenant, connection), (effect, spec))| {
            intent(&tenant, connection, effect, spec)
        }),
    );
    intents
}

fn intent(tenant: &Arc<str>, connection: &str, effect: String, spec: RunSpec) -> NewIntent {
    let request = Request { connection: Some(connection.to_owned()), spec: Some(spec) };
    RequestRun::intent(effect, tenant, &request)
}

/// Whether the connection is still paused is looked at when the run starts; skipped ones are done.
fn calls_for_a_run(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Accepted | Verdict::Stale | Verdict::Malformed | Verdict::Paused => true,
        Verdict::SkippedEntitlement | Verdict::Test => false,
    }
}
