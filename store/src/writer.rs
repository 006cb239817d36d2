//! Group commit: one task per shard takes whatever waits, decides each request in memory with its
//! own verdict, and writes everything that passed in one transaction.
//!
//! It runs apart from its callers, so that a request that is given up never cancels a transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::backend::{
    Batch, BatchError, BatchWritten, BlobRow, EventData, EventRow, EventStore, KeyRow, StreamHash,
    StreamNumber,
};
use crate::types::{AppendError, Appended, Expected, Moved, Position, Shard, StoreError, Version};

/// Most requests one transaction takes.
const MOST_REQUESTS: usize = 512;
/// Most bytes one transaction takes, unless a single request is larger.
const MOST_BYTES: usize = 4 << 20;
/// Shards of a node that write at the same time. More of them make more, smaller transactions:
/// ingest for 16 tenants 3,000 per second with 16 at a time, 4,700 with 8 (docs/benchmarks.md).
pub(crate) const TURNS: usize = 8;
/// How often a batch is decided anew because another node was faster.
const RACES: u32 = 20;

/// An append, sealed and ready to be decided.
pub(crate) struct Request {
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

/// Starts the writer of a shard. It ends when all senders are gone.
pub(crate) fn start(
    db: Arc<dyn EventStore>,
    shard: Shard,
    turns: Arc<Semaphore>,
    written: Vec<watch::Sender<Position>>,
) -> mpsc::Sender<Request> {
    let (sender, mut requests) = mpsc::channel::<Request>(2 * MOST_REQUESTS);
    tokio::spawn(async move {
        let mut held: Option<Request> = None;
        loop {
            let mut taken = Vec::with_capacity(64);
            taken.extend(held.take());
            if taken.is_empty() && requests.recv_many(&mut taken, 1).await == 0 {
                return;
            }
            // Whoever comes while other shards write goes along.
            let Ok(_turn) = turns.acquire().await else { return };
            held = fill(&mut taken, &mut requests);
            if let Some(last) = commit(&*db, shard, taken).await {
                for one in &written {
                    one.send_modify(|position| *position = last.max(*position));
                }
            }
        }
    });
    sender
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

/// Decides and writes a batch and answers every request; the last position, if anything was written.
async fn commit(db: &dyn EventStore, shard: Shard, requests: Vec<Request>) -> Option<Position> {
    for race in 0..RACES {
        let (verdicts, batch) = match decide(db, shard, &requests, race).await {
            Ok(decided) => decided,
            Err(error) => {
                refuse_all(requests, &error);
                return None;
            }
        };
        if batch.rows.is_empty() {
            answer(requests, verdicts, shard, None);
            return None;
        }
        fail::fail_point!("log.before_commit");
        match db.write(shard, &batch).await {
            Ok(written) => {
                fail::fail_point!("log.after_commit");
                let last = written.base + batch.rows.len() as u64 - 1;
                answer(requests, verdicts, shard, Some(written));
                return Some(last);
            }
            Err(BatchError::Raced) => {
                tokio::time::sleep(Duration::from_millis(u64::from(race))).await;
            }
            Err(BatchError::Store(error)) => {
                refuse_all(requests, &error);
                return None;
            }
        }
    }
    let busy = StoreError::unavailable("other nodes write to the same streams all the time");
    refuse_all(requests, &busy);
    None
}

/// What a request gets once the batch is durable.
enum Verdict {
    /// Its rows stand at these offsets of the batch.
    Passed {
        first: u32,
        last: u32,
        versions: BTreeMap<String, Version>,
    },
    /// An append under the same key stands in the log, or at these offsets of this batch.
    Repeats {
        first: Position,
        last: Position,
    },
    RepeatsHere {
        first: u32,
        last: u32,
    },
    Failed(AppendError),
}

/// A stream as this batch sees it.
#[derive(Clone, Copy)]
struct Seen {
    number: Option<StreamNumber>,
    version: Version,
    touched: bool,
}

async fn decide(
    db: &dyn EventStore,
    shard: Shard,
    requests: &[Request],
    race: u32,
) -> Result<(Vec<Verdict>, Batch), StoreError> {
    let mut hashes: Vec<StreamHash> =
        requests.iter().flat_map(|r| r.streams.iter().map(|s| s.hash)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let keys: Vec<(Arc<str>, String)> = requests
        .iter()
        .filter_map(|r| r.key.as_ref().map(|(key, _)| (r.tenant.clone(), key.clone())))
        .collect();
    // Streams that must not exist hardly ever do (a delivery that came before): where only such
    // begin, the constraint on them decides, and a violation is a race that is looked up then.
    let begins =
        |stream: &RequestStream| stream.expected == Expected::NoStream && !stream.events.is_empty();
    let all_begin = requests.iter().all(|r| r.key.is_none() && r.streams.iter().all(begins));
    let (heads, used) = if race == 0 && all_begin {
        (vec![None; hashes.len()], vec![])
    } else {
        db.look(shard, &hashes, &keys).await?
    };
    let mut seen: HashMap<StreamHash, Seen> = hashes
        .into_iter()
        .zip(heads)
        .map(|(hash, head)| {
            let number = head.map(|head| StreamNumber::Known(head.first));
            (hash, Seen { number, version: head.map_or(0, |head| head.version), touched: false })
        })
        .collect();
    let mut used = used.into_iter();
    let mut batch = Batch::default();
    let mut verdicts = Vec::with_capacity(requests.len());
    for request in requests {
        if let Some((key, hash)) = &request.key {
            if let Some(known) = used.next().flatten() {
                verdicts.push(if known.request_hash == *hash {
                    Verdict::Repeats { first: known.first, last: known.last }
                } else {
                    Verdict::Failed(AppendError::KeyReused)
                });
                continue;
            }
            let here = |row: &&KeyRow| row.0 == request.tenant && row.1 == *key;
            if let Some((_, _, other, first, last)) = batch.keys.iter().find(here) {
                verdicts.push(if other == hash {
                    Verdict::RepeatsHere { first: *first, last: *last }
                } else {
                    Verdict::Failed(AppendError::KeyReused)
                });
                continue;
            }
        }
        let verdict = admit(request, &mut seen, &mut batch);
        if let (Some((key, hash)), Verdict::Passed { first, last, .. }) = (&request.key, &verdict) {
            batch.keys.push((request.tenant.clone(), key.clone(), hash.clone(), *first, *last));
        }
        verdicts.push(verdict);
    }
    finish_streams(seen, &mut batch);
    Ok((verdicts, batch))
}

/// Checks one request's expectations and, where all hold, moves its rows into the batch.
fn admit(request: &Request, seen: &mut HashMap<StreamHash, Seen>, batch: &mut Batch) -> Verdict {
    let moved: Vec<Moved> = request
        .streams
        .iter()
        .filter(|stream| !stream.expected.holds(seen[&stream.hash].version))
        .map(|stream| Moved {
            stream: stream.name.clone(),
            expected: stream.expected,
            actual: seen[&stream.hash].version,
        })
        .collect();
    if !moved.is_empty() {
        return Verdict::Failed(AppendError::Conflict(moved));
    }
    let first = batch.rows.len() as u32;
    let mut versions = BTreeMap::new();
    for stream in &request.streams {
        let Some(state) = seen.get_mut(&stream.hash) else { continue };
        for data in &stream.events {
            let offset = batch.rows.len() as u32;
            let number = *state.number.get_or_insert(StreamNumber::BeginsAt(offset));
            state.version += 1;
            state.touched = true;
            batch.rows.push(EventRow { number, version: state.version, data: data.clone() });
        }
        versions.insert(stream.name.clone(), state.version);
    }
    batch.blobs.extend(request.blobs.iter().cloned());
    batch.attach.extend(request.attach.iter().cloned());
    for (subject, key) in &request.subject_keys {
        batch.subject_keys.push((request.tenant.clone(), subject.clone(), *key));
    }
    Verdict::Passed { first, last: batch.rows.len() as u32 - 1, versions }
}

/// Notes which streams begin and which go on, in the order of their hashes.
fn finish_streams(seen: HashMap<StreamHash, Seen>, batch: &mut Batch) {
    let mut touched: Vec<_> = seen.into_iter().filter(|(_, state)| state.touched).collect();
    touched.sort_unstable_by_key(|(hash, _)| *hash);
    for (hash, state) in touched {
        match state.number {
            Some(StreamNumber::BeginsAt(offset)) => batch.begun.push((hash, offset, state.version)),
            Some(StreamNumber::Known(_)) | None => batch.moved.push((hash, state.version)),
        }
    }
}

fn answer(
    requests: Vec<Request>,
    verdicts: Vec<Verdict>,
    shard: Shard,
    written: Option<BatchWritten>,
) {
    let base = written.map_or(0, |written| written.base);
    let place =
        |first, last, versions, repeated| Appended { shard, first, last, versions, repeated };
    for (request, verdict) in requests.into_iter().zip(verdicts) {
        let result = match verdict {
            Verdict::Passed { first, last, versions } => {
                Ok(place(base + u64::from(first), base + u64::from(last), versions, false))
            }
            Verdict::Repeats { first, last } => Ok(place(first, last, BTreeMap::new(), true)),
            Verdict::RepeatsHere { first, last } => {
                let (first, last) = (base + u64::from(first), base + u64::from(last));
                Ok(place(first, last, BTreeMap::new(), true))
            }
            Verdict::Failed(error) => Err(error),
        };
        // Who no longer waits finds out by its key or expectation.
        let _ = request.reply.send(result);
    }
}

fn refuse_all(requests: Vec<Request>, error: &StoreError) {
    tracing::warn!(%error, source = ?std::error::Error::source(error), "a batch was not written");
    let text = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    for request in requests {
        let _ = request.reply.send(Err(StoreError::unavailable(text.clone()).into()));
    }
}
