//! Group commit: one task takes whatever waits, for all shards, decides each request in memory with
//! its own verdict, and writes everything that passed in one transaction.
//!
//! It runs apart from its callers, so that a request that is given up never cancels a transaction.

mod decide;
mod heads;
#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::{FutureExt, poll};
use tokio::sync::{mpsc, oneshot, watch};

use crate::backend::{Bases, BatchError, BlobRow, EventData, Log, StreamHash};
use crate::clock::Clock;
use crate::types::{AppendError, Appended, Expected, Position, Shard, StoreError};
use decide::{Decided, Place, Verdict, decide};
use heads::Heads;

/// Most requests one transaction takes.
const MOST_REQUESTS: usize = 512;
/// Most bytes one transaction takes, unless a single request is larger.
const MOST_BYTES: usize = 4 << 20;
/// How often a batch is decided anew because another node was faster.
const RACES: u32 = 20;

/// An append, sealed and ready to be decided.
pub(crate) struct Request {
    pub(crate) shard: Shard,
    pub(crate) tenant: Arc<str>,
    pub(crate) streams: Vec<RequestStream>,
    pub(crate) key: Option<(String, Vec<u8>)>,
    pub(crate) blobs: Vec<Arc<BlobRow>>,
    pub(crate) attach: Vec<String>,
    pub(crate) subject_keys: Vec<(String, [u8; 16])>,
    pub(crate) bytes: usize,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

pub(crate) struct RequestStream {
    pub(crate) name: String,
    pub(crate) hash: StreamHash,
    pub(crate) expected: Expected,
    pub(crate) events: Vec<Arc<EventData>>,
}

/// Who is told how far each shard has come, by shard.
pub(crate) type Watches = Arc<[[watch::Sender<Position>; 2]]>;

/// Starts a writer. It ends when all senders are gone.
pub(crate) fn start(db: Arc<dyn Log>, watches: Watches, clock: Clock) -> mpsc::Sender<Request> {
    let (sender, mut requests) = mpsc::channel(2 * MOST_REQUESTS);
    tokio::spawn(async move {
        // A defect that one batch brings out is not the end of all others. Who waits for that batch
        // is told that its outcome is unknown.
        while AssertUnwindSafe(run(&*db, &clock, &mut requests, &watches))
            .catch_unwind()
            .await
            .is_err()
        {
            tracing::error!("the writer panicked; it goes on with the next batch");
        }
    });
    sender
}

async fn run(
    db: &dyn Log,
    clock: &Clock,
    requests: &mut mpsc::Receiver<Request>,
    watches: &Watches,
) {
    let (mut held, mut heads): (Option<Request>, _) = (None, Heads::default());
    let mut owed = Owed { watches, done: None };
    loop {
        let mut taken = Vec::with_capacity(64);
        taken.extend(held.take().or_else(|| requests.try_recv().ok()));
        if taken.is_empty() {
            owed.pay();
            if requests.recv_many(&mut taken, 1).await == 0 {
                return;
            }
        }
        held = fill(&mut taken, requests);
        commit(db, clock, &mut heads, taken, &mut owed).await;
    }
}

/// What is durable and not answered yet: the database gets its next batch first, and works on it
/// meanwhile (docs/benchmarks.md).
struct Owed<'a> {
    watches: &'a Watches,
    done: Option<(Vec<Request>, Decided, Bases)>,
}

impl Owed<'_> {
    /// Tells how far the shards have come, then answers everybody.
    fn pay(&mut self) {
        let Some((requests, decided, bases)) = self.done.take() else { return };
        for (part, base) in decided.batch.parts.iter().zip(&bases) {
            let last = base + part.rows.len() as u64 - 1;
            for one in &self.watches[usize::from(part.shard)] {
                one.send_modify(|position| *position = last.max(*position));
            }
        }
        answer(requests, decided, &bases);
    }

    /// Waits for the future; while it can't go on, pays.
    async fn pay_meanwhile<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        if let Poll::Ready(value) = poll!(&mut future) {
            return value;
        }
        self.pay();
        future.await
    }
}

/// Takes what waits, up to the limits; gives back the one that no longer fits.
fn fill(taken: &mut Vec<Request>, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
    let mut bytes: usize = taken.iter().map(|request| request.bytes).sum();
    while taken.len() < MOST_REQUESTS {
        match requests.try_recv() {
            Ok(request) if bytes + request.bytes > MOST_BYTES => return Some(request),
            Ok(request) => {
                bytes += request.bytes;
                taken.push(request);
            }
            Err(_) => break,
        }
    }
    None
}

/// Decides and writes a batch. Its answers are owed then, and those of the batch before are given.
async fn commit(
    db: &dyn Log,
    clock: &Clock,
    heads: &mut Heads,
    requests: Vec<Request>,
    owed: &mut Owed<'_>,
) {
    let mut broke: Option<(StoreError, Vec<Place>)> = None;
    for race in 0..RACES {
        let deciding = decide(db, heads, &requests, race > 0);
        let mut decided = match owed.pay_meanwhile(deciding).await {
            Ok(decided) => decided,
            Err(error) => return refuse_all(requests, &error),
        };
        if let Some((error, places)) = &broke
            && decided.places() != *places
        {
            // It may have been written before the connection broke. Only at the very same places can
            // it not be written a second time.
            return refuse_all(requests, error);
        }
        if decided.batch.parts.is_empty() {
            return answer(requests, decided, &vec![]);
        }
        decided.batch.careful = broke.is_some();
        decided.batch.recorded_at = clock.now();
        fail::fail_point!("log.before_commit");
        match owed.pay_meanwhile(db.write(&decided.batch)).await {
            Ok(bases) => {
                fail::fail_point!("log.after_commit");
                let parts = || decided.batch.parts.iter().zip(&bases);
                let of = |shard| parts().find(|part| part.0.shard == shard).map_or(0, |at| *at.1);
                decided.remember(heads, of);
                owed.pay();
                owed.done = Some((requests, decided, bases));
                return;
            }
            Err(BatchError::Raced) => {
                owed.pay();
                tokio::time::sleep(Duration::from_millis(u64::from(race))).await;
            }
            Err(BatchError::Broke(error)) if broke.is_none() => {
                broke = Some((error, decided.places()));
            }
            Err(BatchError::Store(error) | BatchError::Broke(error)) => {
                return refuse_all(requests, &error);
            }
        }
    }
    let busy = StoreError::unavailable("other nodes write to the same streams all the time");
    refuse_all(requests, &busy);
}

fn answer(requests: Vec<Request>, decided: Decided, bases: &Bases) {
    let Decided { verdicts, batch, .. } = decided;
    let place = |shard, first, last, versions, repeated| {
        Ok(Appended { shard, first, last, versions, repeated })
    };
    for (request, verdict) in requests.into_iter().zip(verdicts) {
        let shard = request.shard;
        let part = batch.parts.iter().position(|part| part.shard == shard);
        let base = part.and_then(|part| bases.get(part)).copied().unwrap_or_default();
        let result = match verdict {
            Verdict::Passed { first, last, versions } => {
                place(shard, base + u64::from(first), base + u64::from(last), versions, false)
            }
            Verdict::Repeats { first, last } => place(shard, first, last, Default::default(), true),
            Verdict::RepeatsHere { first, last } => {
                let (first, last) = (base + u64::from(first), base + u64::from(last));
                place(shard, first, last, Default::default(), true)
            }
            Verdict::Failed(error) => Err(error),
        };
        // Who no longer waits finds out by its key or expectation.
        let _ = request.reply.send(result);
    }
}

fn refuse_all(requests: Vec<Request>, error: &StoreError) {
    tracing::debug!(%error, source = ?std::error::Error::source(error), "a batch was not written");
    let text = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    for request in requests {
        let _ = request.reply.send(Err(StoreError::unavailable(text.clone()).into()));
    }
}
