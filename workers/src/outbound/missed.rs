//! What an endpoint was never sent, such as while it was disabled or before it was there.

use std::sync::Arc;

use rollcall_commands::outbound::{Missed, queued};
use rollcall_projections::messages::since;
use rollcall_store::NewDelivery;

use super::Outbound;
use super::desk::ours;
use super::fan_out::DEADLINE;
use crate::work::WorkError;

impl Outbound {
    /// Queues it. What was queued before is left alone, so doing it twice is doing it once.
    pub(crate) async fn queue_missed(
        &self,
        tenant: &Arc<str>,
        missed: &Missed,
        effect: &str,
    ) -> Result<(), WorkError> {
        let loaded = self.endpoints.load(&self.store, tenant, &missed.endpoint).await;
        let known = loaded.map_err(ours)?.state.known.filter(|known| known.is_enabled());
        let Some(known) = known else { return Ok(()) };
        self.projections.wait_for_head(tenant, &["audit_events"], DEADLINE).await?;
        let (db, times) = (self.projections.db(), (missed.since, missed.until));
        let (selection, mut after) = (&known.settings.selection, None);
        loop {
            let piece = since(db, &self.messages, tenant, selection, times, after.as_deref()).await;
            let piece = piece.map_err(ours)?;
            let new: Vec<NewDelivery> =
                piece.messages.iter().map(|message| queued(&missed.endpoint, message)).collect();
            let part = format!("{effect}/{}", after.as_deref().unwrap_or("first"));
            self.queue(tenant, &new, &part).await?;
            match piece.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}
