//! Runs that re-read whom deliveries named.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_domain::receipt::{self, Verdict};
use rollcall_domain::vocabulary::{RunKind, Trigger};
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
    let mut open: BTreeMap<(Arc<str>, &str), (String, Request)> = BTreeMap::new();
    let mut intents = Vec::new();
    for recorded in page {
        let Fact::Receipt(receipt::Event::Received(received)) = &recorded.fact else { continue };
        if !calls_for_a_run(received.verdict) {
            continue;
        }
        let connection = (recorded.tenant.clone(), received.connection.as_str());
        let new = || (effect_id(NAME, recorded), request(received));
        let (_, request) = open.entry(connection.clone()).or_insert_with(new);
        request.receipts.push(id_of(recorded).to_owned());
        if request.receipts.len() == RECEIPTS
            && let Some((effect, request)) = open.remove(&connection)
        {
            intents.push(RequestRun::intent(effect, &recorded.tenant, &request));
        }
    }
    let rest = open.into_iter();
    intents.extend(
        rest.map(|((tenant, _), (effect, request))| RequestRun::intent(effect, &tenant, &request)),
    );
    intents
}

/// Whether the connection is still paused is looked at when the run starts; skipped ones are done.
fn calls_for_a_run(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Accepted | Verdict::Stale | Verdict::Malformed | Verdict::Paused => true,
        Verdict::SkippedEntitlement => false,
    }
}

fn request(received: &receipt::Received) -> Request {
    Request {
        connection: Some(received.connection.clone()),
        provider: received.provider,
        kind: RunKind::Webhook,
        event_type: received.event_type.clone(),
        trigger: Trigger::Delivery,
        receipts: vec![],
    }
}
