//! The store everybody uses: a database behind group commit, sealing, caches and wake-ups.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot, watch};

use crate::backend::{EventStore, StreamHash};
use crate::erasure::{Erasures, Pending};
use crate::keys::{DataKey, Hierarchy, KeyId, OperatorKey, key_id_of, open};
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::types::{Append, AppendError, Appended, Position, Shard, StoreError, Stored, Version};
use crate::views::Views;
use crate::work::TenantRow;
use crate::writer::{self, Request, Told};

/// Hints to other nodes are sent at most this often per shard.
const HINT_EVERY: Duration = Duration::from_millis(10);

/// Where the data lies.
#[derive(Debug, Clone)]
pub enum Location {
    /// A directory with `log.db`, `keys.db`, `index.db` and `views.db`; one process at a time.
    Sqlite(PathBuf),
    /// A `postgres://` URL; any number of nodes.
    Postgres(SecretString),
}

/// How to open a store.
pub struct Options {
    pub location: Location,
    pub operator_key: OperatorKey,
    /// Whether to bring the schema up to date; otherwise an old schema is an error.
    pub migrate: bool,
}

/// The log and everything beside it. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Arc<dyn EventStore>,
    keys: Hierarchy,
    views: Views,
    writer: mpsc::Sender<Request>,
    written: Vec<watch::Sender<Position>>,
    tenants: Mutex<HashMap<String, TenantRow>>,
    erasures: Arc<Erasures>,
    location: Location,
}

/// The narrow key of a stream.
pub(crate) fn stream_hash(tenant: &str, stream: &str) -> StreamHash {
    let digest = Sha256::new().chain_update(tenant).chain_update([0]).chain_update(stream);
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest.finalize()[..16]);
    hash
}

/// Where the personal part of an event belongs; it opens nowhere else.
pub(crate) fn event_place(tenant: &str, stream: &str, event_id: &str) -> Vec<u8> {
    format!("event\0{tenant}\0{stream}\0{event_id}").into_bytes()
}

impl Store {
    /// Opens a store and starts its writer. Boxed, so that the drivers are compiled here and not once
    /// more in each crate that opens one.
    pub fn open(options: Options) -> BoxFuture<'static, Result<Store, StoreError>> {
        Box::pin(Self::opened(options))
    }

    async fn opened(options: Options) -> Result<Store, StoreError> {
        match &options.location {
            Location::Sqlite(directory) => {
                let db = Sqlite::open(directory, options.migrate).await?;
                let views = Views::Sqlite(db.views());
                Ok(Self::over(Arc::new(db), views, options).await?.0)
            }
            Location::Postgres(url) => {
                let db = Arc::new(Postgres::open(url.expose_secret(), options.migrate).await?);
                let views = Views::Postgres(db.views_pool());
                let (store, local) = Self::over(db.clone(), views, options).await?;
                store.exchange_hints(&db, local);
                Ok(store)
            }
        }
    }

    /// Tells other nodes how far this one has written, and wakes followers when others have.
    fn exchange_hints(&self, db: &Arc<Postgres>, local: Vec<watch::Receiver<Position>>) {
        let written = self.inner.written.clone();
        let listener = db.listen(move |shard, position| {
            if let Some(sender) = written.get(usize::from(shard)) {
                sender.send_modify(|known| *known = position.max(*known));
            }
        });
        for (shard, mut local) in local.into_iter().enumerate() {
            let (db, listener) = (db.clone(), listener.abort_handle());
            tokio::spawn(async move {
                while local.changed().await.is_ok() {
                    let position = *local.borrow_and_update();
                    // Lost hints are found by polling.
                    if let Err(error) = db.notify(shard as Shard, position).await {
                        tracing::debug!(%error, "a hint was not sent");
                    }
                    tokio::time::sleep(HINT_EVERY).await;
                }
                listener.abort();
            });
        }
    }

    async fn over(
        db: Arc<dyn EventStore>,
        views: Views,
        options: Options,
    ) -> Result<(Store, Vec<watch::Receiver<Position>>), StoreError> {
        let keys = Hierarchy::new(&options.operator_key);
        keys.check(&*db).await?;
        let (mut told, mut written, mut local) = (vec![], vec![], vec![]);
        for shard in 0..db.shards() {
            let head = db.head(shard).await?;
            let (sender, _) = watch::channel(head);
            let (mine, receiver) = watch::channel(head);
            told.push([sender.clone(), mine]);
            written.push(sender);
            local.push(receiver);
        }
        let told: Told = told.into();
        let writer = writer::start(db.clone(), told);
        let store = Store {
            inner: Arc::new(Inner {
                keys,
                db,
                views,
                writer,
                written,
                tenants: Mutex::default(),
                erasures: Arc::default(),
                location: options.location,
            }),
        };
        Ok((store, local))
    }

    pub(crate) fn db(&self) -> &dyn EventStore {
        &*self.inner.db
    }
    pub(crate) fn erasures(&self) -> &Arc<Erasures> {
        &self.inner.erasures
    }
    pub(crate) fn keys(&self) -> &Hierarchy {
        &self.inner.keys
    }
    /// Work, state, and everything else that needs neither sealing nor group commit.
    pub fn backend(&self) -> &Arc<dyn EventStore> {
        &self.inner.db
    }
    pub fn views(&self) -> &Views {
        &self.inner.views
    }
    pub fn location(&self) -> &Location {
        &self.inner.location
    }
    pub fn shards(&self) -> u16 {
        self.inner.db.shards()
    }
    pub async fn head(&self, shard: Shard) -> Result<Position, StoreError> {
        self.inner.db.head(shard).await
    }
    /// Follows the last position written by this node. Only a hint: other nodes write too, so poll.
    pub fn watch(&self, shard: Shard) -> watch::Receiver<Position> {
        self.inner.written[usize::from(shard)].subscribe()
    }

    /// Writes events to any number of streams of one tenant, durably, or nothing at all.
    ///
    /// `Conflict` names every stream that was not as expected. After `Store` it is unknown whether
    /// anything was written: repeat it under the same key or expectation.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let shard = self.shard_of(&append.tenant).await?;
        let (pending, tenant) = (Pending::new(self, &append), append.tenant.clone());
        let mark = pending.mark();
        let (reply, answer) = oneshot::channel();
        let (request, recorded) = self.prepare(append).await?.into_request(shard, reply);
        let stopped = |_| StoreError::unavailable("the writer has stopped");
        self.inner.writer.send(request).await.map_err(stopped)?;
        let appended = pending.answer(answer).await?;
        if !appended.repeated && !recorded.is_empty() {
            let unerased = || self.erasures().none_since(mark);
            self.keys().remember(self.db(), &tenant, recorded, unerased).await?;
        }
        Ok(appended)
    }

    /// Whether an append under this key stands in the log.
    pub async fn key_used(&self, tenant: &str, key: &str) -> Result<bool, StoreError> {
        let (_, used) = self.inner.db.look(&[], &[(tenant.into(), key.to_owned())]).await?;
        Ok(used.into_iter().flatten().next().is_some())
    }

    /// The events of a stream after a version, oldest first, personal parts opened.
    pub async fn read_stream(
        &self,
        tenant: &str,
        stream: &str,
        after: Version,
    ) -> Result<Vec<Stored>, StoreError> {
        let shard = self.shard_of(tenant).await?;
        let mut events =
            self.inner.db.read_stream(shard, stream_hash(tenant, stream), after).await?;
        self.unseal(&mut events).await?;
        Ok(events)
    }

    /// The next events of a shard, sealed; `unseal` opens them. None ever appears behind another.
    pub async fn read_shard(
        &self,
        shard: Shard,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        self.inner.db.read_shard(shard, after, limit).await
    }

    /// Opens the personal parts whose keys still exist.
    pub async fn unseal(&self, events: &mut [Stored]) -> Result<(), StoreError> {
        let mut wanted: HashMap<Arc<str>, Vec<KeyId>> = HashMap::new();
        for event in events.iter() {
            if let Some(id) = event.sealed.as_deref().and_then(key_id_of) {
                wanted.entry(event.tenant.clone()).or_default().push(id);
            }
        }
        for (tenant, ids) in wanted {
            let keys = self.inner.keys.opened(self.db(), &tenant, &ids).await?;
            for event in events.iter_mut().filter(|event| event.tenant == tenant) {
                let Some(sealed) = event.sealed.take() else { continue };
                let key = key_id_of(&sealed).and_then(|id| keys.get(&id).cloned().flatten());
                if let Some(key) = key {
                    let place = event_place(&tenant, &event.stream, &event.event_id);
                    event.personal = Some(open(&key, &place, &sealed)?);
                }
                event.sealed = Some(sealed);
            }
        }
        Ok(())
    }

    /// The key that derives a tenant's ids. The same for ever.
    pub async fn derivation_key(&self, tenant: &str) -> Result<[u8; 32], StoreError> {
        self.inner.keys.derived(self.db(), tenant, "ids").await
    }

    /// Stores a secret by name, sealed; replaces an earlier one.
    pub async fn vault_put(
        &self,
        tenant: &str,
        name: &str,
        secret: &SecretString,
    ) -> Result<(), StoreError> {
        let place = format!("vault\0{tenant}\0{name}");
        let clear = secret.expose_secret().as_bytes();
        let sealed =
            self.inner.keys.seal_for_tenant(self.db(), tenant, place.as_bytes(), clear).await?;
        self.inner.db.vault_put(tenant, name, &sealed).await
    }

    pub async fn vault_get(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<SecretString>, StoreError> {
        let Some(sealed) = self.inner.db.vault_get(tenant, name).await? else { return Ok(None) };
        let place = format!("vault\0{tenant}\0{name}");
        let clear =
            self.inner.keys.open_for_tenant(self.db(), tenant, place.as_bytes(), &sealed).await?;
        let text = String::from_utf8(clear).map_err(|_| StoreError::Damaged("vault entry"))?;
        Ok(Some(SecretString::from(text)))
    }

    /// Registers a tenant under a slug. Its shard is fixed from now on.
    pub async fn register_tenant(&self, id: &str, slug: &str) -> Result<TenantRow, StoreError> {
        let digest = Sha256::digest(id.as_bytes());
        let number = u16::from_be_bytes([digest[0], digest[1]]);
        let row = TenantRow {
            id: id.into(),
            slug: slug.to_owned(),
            shard: number % self.inner.db.shards(),
        };
        self.inner.db.add_tenant(&row).await?;
        Ok(row)
    }

    /// A tenant by id or slug.
    pub async fn tenant(&self, id_or_slug: &str) -> Result<Option<TenantRow>, StoreError> {
        let cached = || {
            let tenants = self.inner.tenants.lock().unwrap_or_else(PoisonError::into_inner);
            tenants.get(id_or_slug).cloned()
        };
        if let Some(known) = cached() {
            return Ok(Some(known));
        }
        let rows = self.inner.db.tenants().await?;
        {
            let mut known = self.inner.tenants.lock().unwrap_or_else(PoisonError::into_inner);
            for row in rows {
                known.insert(row.slug.clone(), row.clone());
                known.insert(row.id.to_string(), row);
            }
        }
        Ok(cached())
    }

    pub async fn shard_of(&self, tenant: &str) -> Result<Shard, StoreError> {
        Ok(self.tenant(tenant).await?.ok_or(StoreError::NotFound("tenant"))?.shard)
    }

    pub(crate) async fn take_keys(
        &self,
        tenant: &Arc<str>,
        count: usize,
    ) -> Result<Vec<DataKey>, StoreError> {
        self.inner.keys.take(&self.inner.db, tenant, count).await
    }
}
