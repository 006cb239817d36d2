//! Getting an append ready for the writer: checked, compared by its clear content, sealed.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use crate::backend::{BlobRow, EventData, stream_hash};
use crate::blob::CHUNK;
use crate::erasure::Pending;
use crate::read::event_place;
use crate::sealing::{DataKey, SEALED_OVERHEAD, SubjectKey, seal};
use crate::store::Store;
use crate::types::{Append, AppendError, Appended, Shard, StoreError};
use crate::writer::{Request, RequestStream};

/// Most events and bytes one append may carry; more is the caller's to split.
const MOST_EVENTS: usize = 10_000;
const MOST_BYTES: usize = 32 << 20;
/// Longest name, key, principal: index entries of PostgreSQL end at 2.7 KB.
const LONGEST_TEXT: usize = 1_024;

impl Store {
    /// Writes events to any number of streams of one tenant, durably, or nothing at all.
    ///
    /// `Conflict` names every stream that was not as expected. After `Store` it is unknown whether
    /// anything was written: repeat it under the same key or expectation.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let shard = self.shard_of(&append.tenant).await?;
        let appended = self.append_to(shard, append).await;
        if let Err(AppendError::Store(error)) = &appended {
            self.note(error);
        }
        appended
    }

    async fn append_to(&self, shard: Shard, append: Append) -> Result<Appended, AppendError> {
        let (pending, tenant) = (Pending::new(self, &append), append.tenant.clone());
        let mark = pending.mark();
        let (reply, answer) = oneshot::channel();
        let (request, recorded) = self.prepare(append).await?.into_request(shard, reply);
        let stopped = |_| StoreError::unavailable("the writer has stopped");
        self.writer().send(request).await.map_err(stopped)?;
        let appended = pending.answer(answer).await?;
        if !appended.repeated && !recorded.is_empty() {
            let unerased = || self.erasures().none_since(mark);
            self.keys().remember(self.db(), &tenant, recorded, unerased).await?;
        }
        Ok(appended)
    }

    /// Whether an append under this key stands in the log.
    pub async fn key_used(&self, tenant: &str, key: &str) -> Result<bool, StoreError> {
        let looked = self.db().look(&[], &[(tenant.into(), key.to_owned())]).await;
        let (_, used) = self.noted(looked)?;
        Ok(used.into_iter().flatten().next().is_some())
    }

    /// Checks and seals an append.
    async fn prepare(&self, append: Append) -> Result<Prepared, AppendError> {
        check(&append)?;
        let key = append.key.clone().map(|key| (key, request_hash(&append)));
        let mut subjects: Vec<String> = append
            .streams
            .iter()
            .flat_map(|stream| &stream.events)
            .filter(|event| event.personal.is_some())
            .filter_map(|event| event.subject.clone())
            .collect();
        subjects.sort_unstable();
        subjects.dedup();
        let keys = self.keys().subjects(self.shared_db(), &append.tenant, &subjects).await?;
        if let Some(subject) =
            subjects.into_iter().find(|one| !matches!(keys.get(one), Some(Some(_))))
        {
            return Err(AppendError::Erased { subject });
        }
        let mut blobs = Vec::with_capacity(append.blobs.len());
        if !append.blobs.is_empty() {
            let tag_key = self.keys().derived(self.db(), &append.tenant, "blob tags").await?;
            let blob_keys = self.take_keys(&append.tenant, append.blobs.len()).await?;
            for (blob, key) in append.blobs.iter().zip(&blob_keys) {
                blobs.push(Arc::new(Store::seal_blob(&append.tenant, blob, key, &tag_key)));
            }
        }
        Ok(seal_all(append, key, &keys, blobs))
    }
}

/// Refuses what can never pass.
fn check(append: &Append) -> Result<(), AppendError> {
    let events = || append.streams.iter().flat_map(|stream| &stream.events);
    let mut names: Vec<&str> = append.streams.iter().map(|s| s.stream.as_str()).collect();
    names.sort_unstable();
    let size: usize =
        events().map(|e| e.payload.len() + e.personal.as_ref().map_or(0, Vec::len)).sum();
    let blobs: usize = append.blobs.iter().map(|blob| blob.bytes.len()).sum();
    if events().next().is_none() {
        Err(AppendError::Invalid("it has no events"))
    } else if names.windows(2).any(|pair| pair[0] == pair[1]) {
        Err(AppendError::Invalid("it names a stream twice"))
    } else if events().any(|event| event.personal.is_some() && event.subject.is_none()) {
        Err(AppendError::Invalid("a personal part needs a subject"))
    } else if events().count() > MOST_EVENTS || size + blobs > MOST_BYTES {
        Err(AppendError::Invalid("it is too large; split it"))
    } else if append.texts().any(|text| text.len() > LONGEST_TEXT || text.contains('\0')) {
        Err(AppendError::Invalid("a name, key or principal is above 1 KiB or has a NUL in it"))
    } else if append.blobs.iter().any(|blob| blob.bytes.len() > CHUNK) {
        Err(AppendError::Invalid("a blob above 1 MiB must be written ahead"))
    } else {
        Ok(())
    }
}

/// Compared before sealing, which never gives the same bytes twice.
fn request_hash(append: &Append) -> Vec<u8> {
    let mut hash = Sha256::new();
    for stream in &append.streams {
        hash.update(format!("{}\0{:?}\0", stream.stream, stream.expected));
        for event in &stream.events {
            hash.update(format!("{}\0{}\0{:?}\0", event.kind, event.schema_version, event.subject));
            for part in [Some(&event.payload), event.personal.as_ref()] {
                let part = part.map_or(&[][..], |part| part);
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
    }
    hash.finalize().to_vec()
}

/// A checked and sealed append, and the subjects that got their first key with it.
pub(crate) struct Prepared {
    tenant: Arc<str>,
    streams: Vec<RequestStream>,
    key: Option<(String, Vec<u8>)>,
    blobs: Vec<Arc<BlobRow>>,
    attach: Vec<String>,
    fresh: HashMap<String, DataKey>,
    bytes: usize,
}

impl Prepared {
    pub(crate) fn into_request(
        self,
        shard: Shard,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
    ) -> (Request, HashMap<String, DataKey>) {
        let subject_keys =
            self.fresh.iter().map(|(subject, key)| (subject.clone(), key.id)).collect();
        let request = Request {
            shard,
            tenant: self.tenant,
            streams: self.streams,
            key: self.key,
            blobs: self.blobs,
            attach: self.attach,
            subject_keys,
            bytes: self.bytes,
            reply,
        };
        (request, self.fresh)
    }
}

fn seal_all(
    append: Append,
    key: Option<(String, Vec<u8>)>,
    keys: &HashMap<String, Option<SubjectKey>>,
    blobs: Vec<Arc<BlobRow>>,
) -> Prepared {
    let tenant = append.tenant;
    let principal: Arc<str> = append.cause.principal.into();
    let causation: Option<Arc<str>> = append.cause.causation.map(Into::into);
    let correlation: Option<Arc<str>> = append.cause.correlation.map(Into::into);
    let mut fresh = HashMap::new();
    let mut bytes: usize = blobs.iter().map(|blob| blob.sealed.len()).sum();
    let mut streams = Vec::with_capacity(append.streams.len());
    for stream in append.streams {
        let name: Arc<str> = stream.stream.as_str().into();
        let mut events = Vec::with_capacity(stream.events.len());
        for event in stream.events {
            let event_id = ulid::Ulid::generate().to_string();
            let key = event.subject.as_ref().and_then(|subject| keys.get(subject)?.as_ref());
            let sealed = event.personal.as_ref().zip(key).map(|(clear, key)| {
                let place = event_place(&tenant, &name, &event_id);
                let (SubjectKey::Known(key) | SubjectKey::Fresh(key)) = key;
                seal(key, &place, clear)
            });
            if let (Some(subject), Some(SubjectKey::Fresh(key))) = (&event.subject, key) {
                fresh.insert(subject.clone(), key.clone());
            }
            bytes += event.payload.len() + sealed.as_ref().map_or(0, Vec::len) + SEALED_OVERHEAD;
            events.push(Arc::new(EventData {
                tenant: tenant.clone(),
                stream: name.clone(),
                event_id: event_id.into(),
                kind: event.kind.into(),
                schema_version: event.schema_version,
                effective_at: event.effective_at,
                principal: principal.clone(),
                causation: causation.clone(),
                correlation: correlation.clone(),
                subject: event.subject.map(Into::into),
                payload: event.payload,
                sealed,
            }));
        }
        let hash = stream_hash(&tenant, &stream.stream);
        streams.push(RequestStream {
            name: stream.stream,
            hash,
            expected: stream.expected,
            events,
        });
    }
    Prepared { tenant, streams, key, blobs, attach: append.attach, fresh, bytes }
}
