//! Decides a batch in memory: each request gets its own verdict.

use std::collections::{BTreeMap, HashMap};

use super::Request;
use super::heads::Heads;
use crate::backend::{Batch, EventRow, Head, KeyRow, Log, Part, StreamHash, StreamNumber, UsedKey};
use crate::types::{AppendError, Expected, Moved, Position, Shard, StoreError, Version};

/// What a request gets once the batch is durable. Offsets count within its shard's part.
pub(super) enum Verdict {
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

/// A row's stream and version.
pub(super) type Place = (Shard, StreamNumber, Version);

/// What would be written, and who gets told what then.
pub(super) struct Decided {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) batch: Batch,
    seen: HashMap<StreamHash, Seen>,
}

/// A stream as this batch sees it.
#[derive(Clone, Copy)]
struct Seen {
    shard: Shard,
    number: Option<StreamNumber>,
    version: Version,
    touched: bool,
    /// Looked up just now, not remembered or assumed.
    sure: bool,
}

/// Decides on what is remembered; looks up what is not, and everything where that is not enough or
/// where `doubt` says that it was wrong.
pub(super) async fn decide(
    db: &dyn Log,
    heads: &mut Heads,
    requests: &[Request],
    doubt: bool,
) -> Result<Decided, StoreError> {
    let era = db.era();
    heads.enter(era);
    if !doubt {
        let decided = decide_once(db, heads, requests, era, false).await?;
        if !decided.rests_on_memory(requests) {
            return Ok(decided);
        }
    }
    decide_once(db, heads, requests, era, true).await
}

async fn decide_once(
    db: &dyn Log,
    heads: &mut Heads,
    requests: &[Request],
    era: u64,
    doubt: bool,
) -> Result<Decided, StoreError> {
    let (mut seen, used) = look(db, heads, requests, doubt).await?;
    let mut used = used.into_iter();
    let mut batch = Batch { era, ..Batch::default() };
    let mut verdicts = Vec::with_capacity(requests.len());
    for request in requests {
        let keyed = request.key.as_ref().and_then(|(key, hash)| {
            let known = used.next().flatten();
            repeats(request, key, hash, known, &batch)
        });
        verdicts.push(keyed.unwrap_or_else(|| admit(request, &mut seen, &mut batch)));
    }
    begin_streams(&seen, &mut batch);
    Ok(Decided { verdicts, batch, seen })
}

/// What is known of all streams and keys.
async fn look(
    db: &dyn Log,
    heads: &mut Heads,
    requests: &[Request],
    doubt: bool,
) -> Result<(HashMap<StreamHash, Seen>, Vec<Option<UsedKey>>), StoreError> {
    let keys: Vec<_> = requests
        .iter()
        .filter_map(|r| r.key.as_ref().map(|(key, _)| (r.tenant.clone(), key.clone())))
        .collect();
    let mut seen = HashMap::with_capacity(requests.len());
    // Streams that must not exist hardly ever do (a delivery that came before): where nothing else
    // has to be looked up, the constraint on them decides.
    let (mut unknown, mut begin_only) = (vec![], keys.is_empty());
    for (request, stream) in requests.iter().flat_map(|r| r.streams.iter().map(move |s| (r, s))) {
        if seen.contains_key(&stream.hash) {
            continue;
        }
        let head = if doubt { None } else { heads.get(&stream.hash) };
        if head.is_none() {
            unknown.push((request.shard, stream.hash));
            begin_only &= stream.expected == Expected::NoStream && !stream.events.is_empty();
        }
        seen.insert(stream.hash, Seen::of(request.shard, head));
    }
    if begin_only && !doubt {
        return Ok((seen, vec![]));
    }
    let (found, used) = db.look(&unknown, &keys).await?;
    for ((shard, hash), head) in unknown.into_iter().zip(found) {
        heads.correct(hash, head);
        seen.insert(hash, Seen { sure: true, ..Seen::of(shard, head) });
    }
    Ok((seen, used))
}

impl Seen {
    fn of(shard: Shard, head: Option<Head>) -> Seen {
        let number = head.map(|head| StreamNumber::Known(head.first));
        let version = head.map_or(0, |head| head.version);
        Seen { shard, number, version, touched: false, sure: false }
    }
}

/// What an earlier append under the same key makes of this one.
fn repeats(
    request: &Request,
    key: &str,
    hash: &[u8],
    known: Option<UsedKey>,
    batch: &Batch,
) -> Option<Verdict> {
    let (same, verdict) = if let Some(known) = known {
        let verdict = Verdict::Repeats { first: known.first, last: known.last };
        (known.request_hash == hash, verdict)
    } else {
        let here = |row: &&KeyRow| row.0 == request.tenant && row.1 == *key;
        let part = batch.parts.iter().find(|part| part.shard == request.shard)?;
        let (_, _, other, first, last) = part.keys.iter().find(here)?;
        (other == hash, Verdict::RepeatsHere { first: *first, last: *last })
    };
    Some(if same { verdict } else { Verdict::Failed(AppendError::KeyReused) })
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
    let part = batch.part(request.shard);
    let first = part.rows.len() as u32;
    let mut versions = BTreeMap::new();
    for stream in &request.streams {
        let Some(state) = seen.get_mut(&stream.hash) else { continue };
        for data in &stream.events {
            let offset = part.rows.len() as u32;
            let number = *state.number.get_or_insert(StreamNumber::BeginsAt(offset));
            state.version += 1;
            state.touched = true;
            part.rows.push(EventRow { number, version: state.version, data: data.clone() });
        }
        versions.insert(stream.name.clone(), state.version);
    }
    let last = part.rows.len() as u32 - 1;
    if let Some((key, hash)) = &request.key {
        part.keys.push((request.tenant.clone(), key.clone(), hash.clone(), first, last));
    }
    batch.blobs.extend(request.blobs.iter().cloned());
    batch.attach.extend(request.attach.iter().cloned());
    for (subject, key) in &request.subject_keys {
        batch.subject_keys.push((request.tenant.clone(), subject.clone(), *key));
    }
    Verdict::Passed { first, last, versions }
}

/// Notes which streams begin, in the order of their hashes.
fn begin_streams(seen: &HashMap<StreamHash, Seen>, batch: &mut Batch) {
    for (hash, state) in seen.iter().filter(|(_, state)| state.touched) {
        if let Some(StreamNumber::BeginsAt(offset)) = state.number {
            batch.part(state.shard).begun.push((*hash, offset));
        }
    }
    for part in &mut batch.parts {
        part.begun.sort_unstable();
    }
}

impl Batch {
    /// What this shard gets.
    fn part(&mut self, shard: Shard) -> &mut Part {
        let place = self.parts.partition_point(|part| part.shard < shard);
        if self.parts.get(place).is_none_or(|part| part.shard != shard) {
            self.parts.insert(place, Part { shard, ..Part::default() });
        }
        &mut self.parts[place]
    }
}

impl Decided {
    /// Whether anything here rests on what was only remembered or assumed, and nothing would prove it:
    /// a refusal, or a stream that is checked and gets no event. What the batch writes is proven by
    /// being written.
    fn rests_on_memory(&self, requests: &[Request]) -> bool {
        let unsure = |hash: &StreamHash| !self.seen[hash].sure && !self.seen[hash].touched;
        self.verdicts.iter().zip(requests).any(|(verdict, request)| match verdict {
            Verdict::Failed(AppendError::Conflict(_)) => {
                request.streams.iter().any(|stream| unsure(&stream.hash))
            }
            Verdict::Passed { .. } => {
                request.streams.iter().any(|one| one.events.is_empty() && unsure(&one.hash))
            }
            Verdict::Repeats { .. } | Verdict::RepeatsHere { .. } | Verdict::Failed(_) => false,
        })
    }

    /// Where the rows go: the constraint lets each place be taken once.
    pub(super) fn places(&self) -> Vec<Place> {
        let of = |part: &Part| {
            let shard = part.shard;
            let places = part.rows.iter().map(move |row| (shard, row.number, row.version));
            places.collect::<Vec<_>>()
        };
        self.batch.parts.iter().flat_map(of).collect()
    }

    /// Remembers where the streams of the written batch end.
    pub(super) fn remember(&self, heads: &mut Heads, base: impl Fn(Shard) -> Position) {
        for (hash, state) in self.seen.iter().filter(|(_, state)| state.touched) {
            let first = match state.number {
                Some(StreamNumber::Known(first)) => first,
                Some(StreamNumber::BeginsAt(offset)) => base(state.shard) + u64::from(offset),
                None => continue,
            };
            heads.put(*hash, Head { first, version: state.version });
        }
    }
}
