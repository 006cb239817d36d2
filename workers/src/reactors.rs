//! What follows from a fact. A reactor does nothing itself: it says what should be done, and that
//! is stored together with its place in the log, so that nothing is lost and nothing asked twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_domain::receipt::Verdict;
use rollcall_domain::vocabulary::{Provider, RunKind, Trigger};
use rollcall_domain::{Fact, Recorded, connection, lane, receipt, tenant};
use rollcall_store::NewIntent;
use serde::{Deserialize, Serialize};

/// Queue a run on a connection's lane.
pub(crate) const ENQUEUE: &str = "enqueue_run";
/// Give the lane's next run its turn and see it through.
pub(crate) const RUN: &str = "run";

/// First words of the event types a reactor looks at; others are not even decoded.
pub(crate) const LOOKS_AT: [&str; 4] = ["receipt.", "connection.", "lane.", "tenant."];

/// Deliveries one wish carries at most; a lane takes no more at once.
const RECEIPTS: usize = rollcall_domain::lane::RECEIPTS_PER_RUN;

/// The payload of `ENQUEUE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enqueue {
    /// `None`: the tenant's active one, if it has one.
    pub(crate) connection: Option<String>,
    /// `None`: whatever the provider asks for when it may have missed something.
    pub(crate) spec: Option<RunSpec>,
}

/// The payload of `RUN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunTurn {
    pub(crate) connection: String,
    pub(crate) run: String,
}

/// What follows from a page of facts. Deliveries of one connection in one page are one wish.
pub(crate) fn react(page: &[Recorded]) -> Vec<NewIntent> {
    let mut deliveries: BTreeMap<(Arc<str>, String), (u64, Enqueue)> = BTreeMap::new();
    let mut intents = Vec::new();
    for recorded in page {
        match &recorded.fact {
            Fact::Receipt(receipt::Event::Received(received)) => {
                if !calls_for_a_run(received.verdict) {
                    continue;
                }
                let place = (recorded.tenant.clone(), received.connection.clone());
                let (_, wish) = deliveries
                    .entry(place.clone())
                    .or_insert_with(|| (recorded.position, delivery_wish(received)));
                wish.receipts.push(receipt_of(recorded));
                if wish.receipts.len() == RECEIPTS
                    && let Some((at, wish)) = deliveries.remove(&place)
                {
                    intents.push(enqueue(recorded.shard, at, &place.0, &wish));
                }
            }
            Fact::Connection(event) => intents.extend(on_connection(recorded, event)),
            Fact::Lane(lane::Event::RunQueued { run, .. }) => {
                intents.push(turn(&recorded.tenant, connection_of(recorded), run));
            }
            Fact::Tenant(tenant::Event::PlanChanged { old, new })
                if new.includes_live_sync() && !old.includes_live_sync() =>
            {
                // What was skipped before is not replayed: everybody is read once.
                let wish = catch_up(None);
                intents.push(enqueue(recorded.shard, recorded.position, &recorded.tenant, &wish));
            }
            Fact::Lane(
                lane::Event::RunJoined { .. }
                | lane::Event::RunStarted { .. }
                | lane::Event::RunEnded { .. },
            )
            | Fact::Actor(_)
            | Fact::Run(_)
            | Fact::Scenario(_)
            | Fact::Slot(_)
            | Fact::Subject(_)
            | Fact::Tenant(_)
            | Fact::Unit(_) => {}
        }
    }
    let shard = page.first().map_or(0, |recorded| recorded.shard);
    for ((tenant, _), (at, wish)) in deliveries {
        intents.push(enqueue(shard, at, &tenant, &wish));
    }
    intents
}

/// Whether the connection is still paused is looked at when the run starts; skipped ones are done.
fn calls_for_a_run(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Accepted | Verdict::Stale | Verdict::Malformed | Verdict::Paused => true,
        Verdict::SkippedEntitlement => false,
    }
}

fn delivery_wish(received: &receipt::Received) -> Enqueue {
    Enqueue {
        connection: Some(received.connection.clone()),
        provider: received.provider,
        kind: RunKind::Webhook,
        event_type: received.event_type.clone(),
        trigger: Trigger::Delivery,
        receipts: vec![],
    }
}

/// A read of everybody. Neither fact that calls for it carries a provider; only one of ours can be
/// skipped or paused.
fn catch_up(connection: Option<String>) -> Enqueue {
    Enqueue {
        connection,
        provider: Provider::BambooHr,
        kind: RunKind::Reconcile,
        event_type: "manual_reconciliation".to_owned(),
        trigger: Trigger::CatchUp,
        receipts: vec![],
    }
}

/// Saving a connection queues the initial sync, resuming one a reconcile: the latest state wins
/// over whatever was delivered in between.
fn on_connection(recorded: &Recorded, event: &connection::Event) -> Option<NewIntent> {
    let connection = Some(connection_of(recorded).to_owned());
    let wish = match event {
        connection::Event::Connected { provider, .. } => Enqueue {
            connection,
            provider: *provider,
            kind: RunKind::ManualSync,
            event_type: "initial_sync".to_owned(),
            trigger: Trigger::Person,
            receipts: vec![],
        },
        connection::Event::Resumed => catch_up(connection),
        connection::Event::SettingsChanged { .. }
        | connection::Event::TargetsChanged { .. }
        | connection::Event::CredentialsReplaced { .. }
        | connection::Event::WebhookSecretAdded(_)
        | connection::Event::WebhookSecretRemoved(_)
        | connection::Event::Paused
        | connection::Event::Disconnected => return None,
    };
    Some(enqueue(recorded.shard, recorded.position, &recorded.tenant, &wish))
}

fn enqueue(shard: u16, position: u64, tenant: &Arc<str>, wish: &Enqueue) -> NewIntent {
    let key = wish.connection.as_deref().unwrap_or(tenant);
    NewIntent {
        effect_id: format!("{ENQUEUE}/{shard}/{position}/{key}"),
        kind: ENQUEUE.to_owned(),
        tenant: tenant.clone(),
        key: key.to_owned(),
        payload: json(wish),
        run_at: None,
    }
}

fn turn(tenant: &Arc<str>, connection: &str, run: &str) -> NewIntent {
    NewIntent {
        effect_id: format!("{RUN}/{run}"),
        kind: RUN.to_owned(),
        tenant: tenant.clone(),
        key: connection.to_owned(),
        payload: json(&RunTurn { connection: connection.to_owned(), run: run.to_owned() }),
        run_at: None,
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("intents hold only text and lists")
}

fn receipt_of(recorded: &Recorded) -> String {
    id_of(recorded).to_owned()
}

fn connection_of(recorded: &Recorded) -> &str {
    id_of(recorded)
}

/// What follows the kind in a stream's name.
fn id_of(recorded: &Recorded) -> &str {
    recorded.stream.split_once('/').map_or("", |(_, id)| id)
}
