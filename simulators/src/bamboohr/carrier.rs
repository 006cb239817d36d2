//! Carries deliveries over HTTP: one after the other, those that fail again after a while.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::deliver::{Delivery, Outcome};
use super::shared::{Shared, locked};

/// Takes deliveries from the queue until the simulator stops.
///
/// With one at a time the first tries arrive in order; tries after a failure do not hold up others.
pub(super) async fn run(
    shared: Arc<Shared>,
    client: reqwest::Client,
    mut queue: mpsc::UnboundedReceiver<usize>,
) {
    let places = Arc::new(Semaphore::new(shared.config.deliveries_at_once.max(1)));
    while let Some(index) = queue.recv().await {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let (shared, client, places) = (Arc::clone(&shared), client.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            tokio::select! {
                () = carry(&shared, &client, &places, place, index) => {}
                () = shared.stopped() => {}
            }
        });
    }
}

/// All tries of one delivery.
async fn carry(
    shared: &Shared,
    client: &reqwest::Client,
    places: &Arc<Semaphore>,
    place: OwnedSemaphorePermit,
    index: usize,
) {
    let mut delays = shared.config.retry_delays.iter();
    let mut place = Some(place);
    let outcome = loop {
        let Some(delivery) = next_try(shared, index) else {
            break Outcome::GivenUp;
        };
        let status = attempt(client, &delivery).await;
        shared.outbox.answered(index, status);
        if delivery.tries == 1 && !delivery.sealed && locked(&shared.faults).duplicate_deliveries {
            shared.outbox.resend(index);
        }
        match status {
            Some(200..=299) => break Outcome::Delivered,
            Some(400..=499) => break Outcome::GivenUp,
            Some(_) | None => {}
        }
        let Some(delay) = delays.next() else {
            break Outcome::GivenUp;
        };
        drop(place.take());
        tokio::time::sleep(*delay).await;
        place = Arc::clone(places).acquire_owned().await.ok();
    };
    shared.outbox.finish(index, outcome);
}

/// The delivery with fresh headers, if its webhook still exists.
fn next_try(shared: &Shared, index: usize) -> Option<Delivery> {
    let mut webhooks = locked(&shared.webhooks);
    let id = shared.outbox.get(index)?.webhook_id;
    let webhook = webhooks.get_mut(id)?;
    webhook.last_sent = Some(chrono::Utc::now());
    let faults = locked(&shared.faults);
    shared.outbox.stamp(index, webhook, &faults, shared.config.restamp_retries)
}

/// The status, or nothing if nobody answered in time.
async fn attempt(client: &reqwest::Client, delivery: &Delivery) -> Option<u16> {
    let mut request = client.post(&delivery.url).body(delivery.body.clone());
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    match request.send().await {
        Ok(response) => Some(response.status().as_u16()),
        Err(error) => {
            tracing::debug!(%error, delivery = delivery.index, "webhook was not delivered");
            None
        }
    }
}
