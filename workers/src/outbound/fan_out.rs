//! From events to the queues of the endpoints that want to hear of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rollcall_commands::outbound::{look_at_queue, queued};
use rollcall_domain::webhook_endpoint::{Event, KnownEndpoint, WebhookEndpoint};
use rollcall_domain::{Decider, Written};
use rollcall_projections::webhook_endpoints;
use rollcall_store::{NewDelivery, Position};

use super::Outbound;
use super::desk::ours;
use crate::work::WorkError;

/// How long a read model may take before it is tried again later.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// What is queued in one transaction.
const AT_ONCE: usize = 500;

/// An endpoint with everything it ever was.
struct Endpoint {
    id: String,
    states: Vec<(Position, KnownEndpoint)>,
}

impl Endpoint {
    /// As it was at a position, if it was enabled then.
    fn at(&self, position: Position) -> Option<&KnownEndpoint> {
        let then = self.states.iter().take_while(|(at, _)| *at <= position).last();
        then.map(|(_, known)| known).filter(|known| known.is_enabled())
    }
}

impl Outbound {
    /// Queues the messages of these events for the endpoints there were at each of them. Doing it
    /// twice is doing it once.
    pub(crate) async fn fan_out(
        &self,
        tenant: &Arc<str>,
        positions: &[Position],
        effect: &str,
    ) -> Result<(), WorkError> {
        let Some(last) = positions.last() else { return Ok(()) };
        let behind = ["webhook_endpoints"];
        self.projections.wait(tenant, *last, &behind, DEADLINE).await?;
        let ids = webhook_endpoints::ids(self.projections.db(), tenant).await.map_err(ours)?;
        let mut endpoints = Vec::with_capacity(ids.len());
        for id in ids {
            endpoints.push(self.endpoint(tenant, id).await?);
        }
        endpoints.retain(|one| positions.iter().any(|position| one.at(*position).is_some()));
        if endpoints.is_empty() {
            return Ok(());
        }
        let mut new: Vec<NewDelivery> = Vec::new();
        for message in self.messages.at(tenant, positions).await? {
            let wants = |one: &&Endpoint| {
                one.at(message.position)
                    .is_some_and(|known| known.settings.selection.wants(&message))
            };
            new.extend(endpoints.iter().filter(wants).map(|one| queued(&one.id, &message)));
        }
        self.queue(tenant, &new, effect).await
    }

    /// Puts messages into their queues and has these looked at.
    pub(super) async fn queue(
        &self,
        tenant: &Arc<str>,
        new: &[NewDelivery],
        effect: &str,
    ) -> Result<(), WorkError> {
        for some in new.chunks(AT_ONCE) {
            self.store.add_deliveries(tenant, some, self.clock.now()).await?;
        }
        if !new.is_empty() {
            fail::fail_point!("outbound.after_queue");
        }
        let queues: BTreeSet<&str> = new.iter().map(|one| one.endpoint.as_str()).collect();
        for endpoint in queues {
            look_at_queue(&self.store, tenant, endpoint, effect).await?;
        }
        self.added.notify_waiters();
        Ok(())
    }

    async fn endpoint(&self, tenant: &str, id: String) -> Result<Endpoint, WorkError> {
        let (mut state, mut states) = (WebhookEndpoint::default(), Vec::new());
        let stream = WebhookEndpoint::stream(&id);
        for stored in self.store.read_stream(tenant, &stream, 0).await? {
            let event = Event::read(&stored.payload, None).map_err(ours)?;
            state = state.evolve(&event);
            states.extend(state.known.clone().map(|known| (stored.position, known)));
        }
        Ok(Endpoint { id, states })
    }
}
