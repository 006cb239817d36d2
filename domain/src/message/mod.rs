//! What the outside is told of events: outbound webhooks and the feed are one pure rendering of the
//! log (product.md §11). A body is made anew whenever it is needed, so nothing personal is kept twice.

mod body;
mod changes;
mod context;
mod kind;
mod sample;
mod selection;
mod signing;
#[cfg(test)]
mod tests;
mod topic;

pub use body::{Detail, EndpointFace};
pub use context::{
    ConnectorFace, ConnectorStatus, Context, EndUser, Reached, RunFace, ScenarioFace,
};
pub use kind::Kind;
pub use sample::sample;
pub use selection::{Scenarios, Selection};
pub use signing::{
    BINDBEE_SIGNATURE, EndpointSecret, InvalidSecret, SECRET_BYTES, WEBHOOK_ID, WEBHOOK_SIGNATURE,
    WEBHOOK_TIMESTAMP, bindbee_signature, headers, webhook_signature,
};
pub use topic::{Topic, scenario_of, topic};

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::ids::id_text;
use crate::recorded::Recorded;

/// One message about one event. The same for every endpoint and for the feed, at every attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The `event_id` of the body and the id of the delivery: derived from the tenant, the place in the
    /// log and the type, so the same message never has another one.
    pub id: String,
    pub kind: Kind,
    pub occurred_at: DateTime<Utc>,
    /// Messages with the same key follow one another: `connection/…`, `actor/…` or `unit/…`.
    pub order_key: String,
    /// Where it happened; `None` of a run, which is about all of its targets.
    pub scenario: Option<ScenarioFace>,
    pub shard: u16,
    pub position: u64,
    /// The run it belongs to, where there is one.
    pub run: Option<String>,
    told: Arc<Told>,
}

/// What the messages of one event have in common.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    recorded: Recorded,
    context: Context,
}

/// The messages of an event: none, one, or two for a person, whose change is also one of the data.
/// Where the context lacks something, what depends on it is `null`; nothing fails.
pub fn messages(recorded: &Recorded, context: &Context) -> Vec<Message> {
    let kinds: &[Kind] = match topic(&recorded.fact) {
        None => &[],
        Some(Topic::Started) => &[Kind::SyncStarted],
        Some(Topic::Failed) => &[Kind::SyncError],
        Some(Topic::Ended) => &[Kind::Synced],
        Some(Topic::Person) => &[Kind::EmployeeChanged, Kind::DataModified],
        Some(Topic::Unit) if context.is_told() => &[Kind::DataModified],
        Some(Topic::Unit) => &[],
    };
    let told = Arc::new(Told { recorded: recorded.clone(), context: context.clone() });
    kinds.iter().map(|kind| Message::of(*kind, &told)).collect()
}

impl Message {
    /// Whom it tells of.
    pub fn subject(&self) -> Option<&str> {
        self.told.recorded.subject.as_deref()
    }

    fn of(kind: Kind, told: &Arc<Told>) -> Message {
        let Told { recorded, context } = &**told;
        let of_connection = || {
            let run = context.run.as_ref();
            run.map_or_else(
                || recorded.stream.to_string(),
                |run| format!("connection/{}", run.connection),
            )
        };
        Message {
            id: id_of(recorded, kind),
            kind,
            occurred_at: recorded.recorded_at,
            order_key: if kind.is_of_sync() {
                of_connection()
            } else {
                recorded.stream.to_string()
            },
            scenario: if kind.is_of_sync() { None } else { context.scenario.clone() },
            shard: recorded.shard,
            position: recorded.position,
            run: context.run.as_ref().map(|run| run.run.clone()),
            told: told.clone(),
        }
    }
}

/// No full stop is in it, as Standard Webhooks asks.
fn id_of(recorded: &Recorded, kind: Kind) -> String {
    let (shard, position) = (recorded.shard.to_be_bytes(), recorded.position.to_be_bytes());
    let parts: [&[u8]; 5] =
        [b"message", recorded.tenant.as_bytes(), &shard, &position, kind.as_str().as_bytes()];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut first = [0_u8; 16];
    first.copy_from_slice(&hash.finalize()[..16]);
    format!("msg_{}", id_text(first))
}
