//! Looking after one endpoint's queue: sends what is due, writes down what became of it, and says when
//! to look again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use rand::RngExt;
use rollcall_commands::outbound::{REMOVED, look, park};
use rollcall_domain::message::{EndpointFace, Message};
use rollcall_domain::webhook_endpoint::{KnownEndpoint, Status, schedule};
use rollcall_store::{Attempted, Delivery, DeliveryState, EndpointHealth, Fate, NewIntent};
use tokio::time::{Instant, sleep_until};

use super::Outbound;
use super::desk::{Keys, ours};
use super::health::{Noted, after, asks_to_wait};
use super::send::Letter;
use super::verdict::{self, GONE};
use crate::tasks::{Look, LookLater};
use crate::work::{Task, WorkError};

/// After that others have their turn at this place.
const VISIT: Duration = Duration::from_secs(10);
/// Messages that are rendered in one go.
const AT_ONCE: u32 = 64;
/// How long secrets are good that were read.
const FRESH: Duration = Duration::from_secs(1);

/// What a queue's worker has at hand.
struct Visit<'a> {
    tenant: &'a Arc<str>,
    endpoint: &'a str,
    ends: Instant,
    health: EndpointHealth,
    /// Rendered, and not on their way yet.
    ready: VecDeque<(Delivery, Option<Letter>)>,
    /// On their way.
    busy: HashSet<String>,
}

/// Requests on their way.
type UnderWay<'a> = FuturesUnordered<BoxFuture<'a, Done>>;

/// What an endpoint is sent with, as it was read last.
struct Desk {
    known: KnownEndpoint,
    keys: Arc<Keys>,
    read: Instant,
}

impl Outbound {
    /// Sends what is due. Whoever holds the queue's lease is alone with it.
    pub(crate) async fn look_after(
        &self,
        tenant: &Arc<str>,
        endpoint: &str,
    ) -> Result<(), WorkError> {
        let mut visit = Visit {
            tenant,
            endpoint,
            ends: Instant::now() + VISIT,
            health: self.store.endpoint_health(tenant, endpoint).await?,
            ready: VecDeque::new(),
            busy: HashSet::new(),
        };
        let mut desk = self.desk(&visit, None).await?;
        let mut under_way = FuturesUnordered::new();
        // It may have failed for too long without anything to send.
        if let Some(open) = &desk {
            let noted = self.note(tenant, endpoint, &open.known, visit.health, false).await?;
            if noted == Noted::Disabled {
                desk = None;
            }
        }
        loop {
            if visit.ready.is_empty() && desk.is_some() && visit.may_go_on(self.clock.now()) {
                desk = self.desk(&visit, desk).await?;
                if let Some(open) = &desk {
                    self.refill(&mut visit, open).await?;
                }
            }
            let place =
                desk.as_ref().and_then(|open| self.send_off(&mut visit, open, &mut under_way));
            let first = tokio::select! {
                Some(first) = under_way.next() => first,
                () = sleep_until(place.unwrap_or_else(Instant::now)), if place.is_some() => {
                    // What was ready before the wait may be wrong after it.
                    if let Some(open) = desk {
                        desk = self.anew(&mut visit, open).await?.map(|(open, _)| open);
                    }
                    continue;
                }
                else => break,
            };
            let mut done = vec![first];
            while let Some(Some(next)) = under_way.next().now_or_never() {
                done.push(next);
            }
            desk = self.settle(&mut visit, done, desk).await?;
        }
        self.look_again(&visit, desk.as_ref()).await
    }

    /// What the endpoint is sent with; `None` where nothing is sent to it. Then nothing waits, either.
    async fn desk(
        &self,
        visit: &Visit<'_>,
        before: Option<Desk>,
    ) -> Result<Option<Desk>, WorkError> {
        let Visit { tenant, endpoint, .. } = *visit;
        let loaded = self.endpoints.load(&self.store, tenant, endpoint).await.map_err(ours)?;
        let now = self.clock.now();
        match loaded.state.known.as_ref().map(|known| known.status) {
            Some(Status::Enabled) => {
                let Some(known) = loaded.state.known else { return Ok(None) };
                let good = |desk: &Desk| desk.known == known && desk.read.elapsed() < FRESH;
                if let Some(before) = before.filter(good) {
                    return Ok(Some(before));
                }
                let keys = Arc::new(self.keys(tenant, &known, now).await?);
                return Ok(Some(Desk { known, keys, read: Instant::now() }));
            }
            Some(Status::Disabled(_)) => {
                park(&self.store, tenant, endpoint, now).await.map_err(ours)?;
            }
            Some(Status::Removed) | None => {
                let state = DeliveryState::Dropped;
                self.store.end_deliveries(tenant, endpoint, state, REMOVED, now).await?;
            }
        }
        Ok(None)
    }

    /// The desk as it is by now, and whether its settings are those of before. What is ready was
    /// rendered by those, and goes where it must not be sent like that, or not now.
    async fn anew(
        &self,
        visit: &mut Visit<'_>,
        before: Desk,
    ) -> Result<Option<(Desk, bool)>, WorkError> {
        let rendered_as = before.known.settings.clone();
        let open = self.desk(visit, Some(before)).await?;
        let same = open.as_ref().is_some_and(|open| open.known.settings == rendered_as);
        if !same || !visit.may_go_on(self.clock.now()) {
            visit.ready.clear();
        }
        Ok(open.map(|open| (open, same)))
    }

    /// Renders what is due from the log.
    async fn refill(&self, visit: &mut Visit<'_>, desk: &Desk) -> Result<(), WorkError> {
        let Visit { tenant, endpoint, .. } = *visit;
        let limit = AT_ONCE + visit.busy.len() as u32;
        let mut due = self.store.due_deliveries(tenant, endpoint, self.clock.now(), limit).await?;
        due.retain(|one| !visit.busy.contains(&one.id));
        let mut positions: Vec<u64> = due.iter().map(|one| one.position).collect();
        positions.sort_unstable();
        positions.dedup();
        let told = self.messages.at(tenant, &positions).await?;
        let told: HashMap<&str, &Message> =
            told.iter().map(|message| (message.id.as_str(), message)).collect();
        let settings = &desk.known.settings;
        let face = EndpointFace { webhook_id: endpoint.to_owned(), url: settings.url.clone() };
        for delivery in due {
            let letter = told.get(delivery.message.as_str()).map(|message| {
                let body = message.body(&face, settings.detail);
                let (url, id) = (settings.url.clone(), message.id.clone());
                Letter { url, id, body: body.to_string().into_bytes() }
            });
            visit.ready.push_back((delivery, letter));
        }
        Ok(())
    }

    /// Sends of what is ready whatever may leave now; when the next one may, if that is later.
    fn send_off<'a>(
        &'a self,
        visit: &mut Visit<'_>,
        open: &Desk,
        under_way: &mut UnderWay<'a>,
    ) -> Option<Instant> {
        let settings = &open.known.settings;
        while under_way.len() < settings.concurrency as usize {
            let (_, letter) = visit.ready.front()?;
            let rate = settings.rate_limit.filter(|_| letter.is_some());
            if let Some(place) = self.too_early(visit.endpoint, rate) {
                return Some(place);
            }
            let (delivery, letter) = visit.ready.pop_front()?;
            visit.busy.insert(delivery.id.clone());
            under_way.push(self.attempt(delivery, letter, &open.keys).boxed());
        }
        None
    }

    /// One try. Nothing is written down by it.
    fn attempt(
        &self,
        delivery: Delivery,
        letter: Option<Letter>,
        keys: &Arc<Keys>,
    ) -> impl Future<Output = Done> + Send + use<'_> {
        let keys = Arc::clone(keys);
        async move {
            let Some(letter) = letter else {
                // The event makes no such message any more.
                let at = self.clock.now();
                return Done { attempted: nothing_to_tell(delivery, at), quiet_until: None };
            };
            fail::fail_point!("outbound.before_send");
            let posted = self.post(&letter, &keys).await;
            let quiet = posted.answer.as_ref().ok().filter(|sent| asks_to_wait(sent.status));
            let quiet_until = quiet.and_then(|sent| Some(posted.at + sent.retry_after?));
            let chance = rand::rng().random();
            Done { attempted: verdict::attempted(&delivery, posted, chance), quiet_until }
        }
    }

    /// Writes down what became of some tries, and what follows for the endpoint.
    async fn settle(
        &self,
        visit: &mut Visit<'_>,
        done: Vec<Done>,
        desk: Option<Desk>,
    ) -> Result<Option<Desk>, WorkError> {
        let Visit { tenant, endpoint, .. } = *visit;
        let (mut attempts, mut gone) = (Vec::with_capacity(done.len()), false);
        for Done { attempted, quiet_until } in done {
            gone |= attempted.status == Some(GONE);
            visit.busy.remove(&attempted.delivery);
            visit.health = after(visit.health, &attempted);
            visit.health.quiet_until = visit.health.quiet_until.max(quiet_until);
            attempts.push(attempted);
        }
        fail::fail_point!("outbound.before_record");
        self.store.record_attempts(tenant, endpoint, &attempts, visit.health).await?;
        fail::fail_point!("outbound.after_record");
        let Some(before) = desk else { return Ok(None) };
        let Some((open, same)) = self.anew(visit, before).await? else { return Ok(None) };
        // Where it is another one, whoever is gone was somebody else.
        gone &= same;
        match self.note(tenant, endpoint, &open.known, visit.health, gone).await? {
            Noted::Disabled => {
                visit.ready.clear();
                Ok(None)
            }
            Noted::GoesOn => Ok(Some(open)),
        }
    }

    /// Asks for the next look: when something is due, or the endpoint has failed for too long.
    async fn look_again(&self, visit: &Visit<'_>, desk: Option<&Desk>) -> Result<(), WorkError> {
        let Some(open) = desk else { return Ok(()) };
        let (tenant, endpoint, now) = (visit.tenant, visit.endpoint, self.clock.now());
        let due = self.store.next_delivery(tenant, endpoint).await?;
        let due = due.map(|due| due.max(visit.health.quiet_until.unwrap_or(due)));
        let told = open.known.trouble.map_or(0, |trouble| trouble.told);
        let since = visit.health.failing_since.map(|since| open.known.counted(since));
        let step = since.and_then(|since| schedule::next_step(since, told));
        let next = match (due, step) {
            (Some(due), Some(step)) => due.min(step),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => return Ok(()),
        };
        let intent: NewIntent = match next <= now {
            // Others had to have their turn.
            true => look(tenant, endpoint, &ulid::Ulid::generate().to_string(), None),
            false => {
                let at = next.timestamp_micros();
                let payload = Look { endpoint: endpoint.to_owned(), at };
                let effect = format!("{}/{endpoint}/{at}", LookLater::KIND);
                NewIntent { run_at: Some(next), ..LookLater::intent(effect, tenant, &payload) }
            }
        };
        self.store.add_intents(&[intent]).await?;
        self.added.notify_waiters();
        Ok(())
    }
}

impl Visit<'_> {
    /// Whether more is taken from the queue.
    fn may_go_on(&self, now: DateTime<Utc>) -> bool {
        Instant::now() < self.ends && self.health.quiet_until.is_none_or(|until| until <= now)
    }
}

/// What became of one message.
struct Done {
    attempted: Attempted,
    /// Until when the receiver wants nothing at all.
    quiet_until: Option<DateTime<Utc>>,
}

fn nothing_to_tell(delivery: Delivery, at: DateTime<Utc>) -> Attempted {
    Attempted {
        delivery: delivery.id,
        order_key: delivery.order_key,
        at,
        millis: 0,
        status: None,
        error: None,
        reply: None,
        fate: Fate::Dropped("nothing_to_tell".to_owned()),
    }
}
