//! Which key seals what: the operator's wraps the tenants', data keys follow from their tenant's.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::cipher::{DataKey, KeyId, OperatorKey, open, seal};
use super::key_page::{KeyDeriver, KeyPage, SLOTS, page_of};
use crate::backend::EventStore;
use crate::types::StoreError;

/// A pool smaller than this is refilled in the background.
const LOW: usize = 512;
/// How many keys one refill makes durable, with one fsync. More would keep others waiting.
const REFILL: usize = 1_024;
/// The cache starts over beyond this many keys (about 100 bytes each).
const CACHE: usize = 200_000;

/// Has a key as tenants do, from the first start on, so that another operator key is noticed.
const OF_NOBODY: &str = "";

/// The keys of one installation.
pub(crate) struct Hierarchy {
    operator: DataKey,
    tenants: Mutex<HashMap<Arc<str>, Arc<Tenant>>>,
}

/// The keys of one tenant.
struct Tenant {
    key: DataKey,
    deriver: KeyDeriver,
    /// Durable and not yet used.
    pool: Mutex<VecDeque<DataKey>>,
    refilling: tokio::sync::Mutex<()>,
    /// Opened data keys by id.
    opened: Mutex<HashMap<KeyId, DataKey>>,
    /// Which key seals a subject's fields.
    subjects: Mutex<HashMap<String, KeyId>>,
    /// How many erasures by other processes the two maps take into account.
    erasures: AtomicU64,
    /// How often the two maps were emptied: what was loaded before then does not go in any more.
    forgotten: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The key of a subject, and whether it is new: then the append has to record it.
pub(crate) enum SubjectKey {
    Known(DataKey),
    Fresh(DataKey),
}

impl Hierarchy {
    pub(crate) fn new(operator: &OperatorKey) -> Self {
        Hierarchy { operator: operator.as_data_key(), tenants: Mutex::default() }
    }

    /// Refuses an operator key that is not the one of this database. The first one stays it.
    pub(crate) async fn check(&self, db: &dyn EventStore) -> Result<(), StoreError> {
        let first = db.tenants().await?.into_iter().next();
        for tenant in first.iter().map(|row| &*row.id).chain([OF_NOBODY]) {
            match self.tenant(db, tenant).await {
                Err(StoreError::Damaged(_)) => {
                    return Err(StoreError::Setup(
                        "the operator key is not the one this database was made with; set \
                         ROLLCALL_OPERATOR_KEY or ROLLCALL_OPERATOR_KEY_FILE to that one"
                            .to_owned(),
                    ));
                }
                other => other?,
            };
        }
        Ok(())
    }

    async fn tenant(&self, db: &dyn EventStore, tenant: &str) -> Result<Arc<Tenant>, StoreError> {
        if let Some(known) = lock(&self.tenants).get(tenant) {
            return Ok(known.clone());
        }
        let fresh = seal(&self.operator, tenant.as_bytes(), &*DataKey::fresh().secret);
        let wrapped = db.tenant_key(tenant, &fresh).await?;
        let key = DataKey {
            id: [0; 16],
            secret: secret(open(&self.operator, tenant.as_bytes(), &wrapped)?)?,
        };
        let made = Arc::new(Tenant {
            deriver: KeyDeriver::new(&derived(&key, "data keys")),
            key,
            pool: Mutex::default(),
            refilling: tokio::sync::Mutex::default(),
            opened: Mutex::default(),
            subjects: Mutex::default(),
            erasures: AtomicU64::new(0),
            forgotten: AtomicU64::new(0),
        });
        Ok(lock(&self.tenants).entry(tenant.into()).or_insert(made).clone())
    }

    /// A key of the tenant for one purpose, the same every time: derivation of ids, tags of blobs.
    pub(crate) async fn derived(
        &self,
        db: &dyn EventStore,
        tenant: &str,
        purpose: &str,
    ) -> Result<[u8; 32], StoreError> {
        Ok(derived(&self.tenant(db, tenant).await?.key, purpose))
    }

    /// Seals something small under the tenant's own key (vault entries).
    pub(crate) async fn seal_for_tenant(
        &self,
        db: &dyn EventStore,
        tenant: &str,
        place: &[u8],
        clear: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        Ok(seal(&self.tenant(db, tenant).await?.key, place, clear))
    }

    pub(crate) async fn open_for_tenant(
        &self,
        db: &dyn EventStore,
        tenant: &str,
        place: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        open(&self.tenant(db, tenant).await?.key, place, sealed)
    }

    /// Takes durable keys that nobody used before. Never waits for the disk while the pool lasts.
    pub(crate) async fn take(
        &self,
        db: &Arc<dyn EventStore>,
        tenant: &Arc<str>,
        count: usize,
    ) -> Result<Vec<DataKey>, StoreError> {
        let keys = self.tenant(&**db, tenant).await?;
        loop {
            let (taken, left) = {
                let mut pool = lock(&keys.pool);
                let taken = (pool.len() >= count).then(|| pool.drain(..count).collect::<Vec<_>>());
                (taken, pool.len())
            };
            if left < LOW && taken.is_some() && keys.refilling.try_lock().is_ok() {
                let (db, tenant, keys) = (db.clone(), tenant.clone(), keys.clone());
                tokio::spawn(async move {
                    if let Err(error) = refill(&*db, &tenant, &keys, LOW).await {
                        // Whoever needs the next one tries again.
                        tracing::debug!(%error, "could not refill the pool of keys");
                    }
                });
            }
            match taken {
                Some(taken) => return Ok(taken),
                None => refill(&**db, tenant, &keys, count).await?,
            }
        }
    }

    /// The key that seals a subject's personal fields; `None` when the subject was erased.
    pub(crate) async fn subjects(
        &self,
        db: &Arc<dyn EventStore>,
        tenant: &Arc<str>,
        subjects: &[String],
    ) -> Result<HashMap<String, Option<SubjectKey>>, StoreError> {
        if subjects.is_empty() {
            return Ok(HashMap::new());
        }
        let keys = self.current(&**db, tenant).await?;
        let mut found = HashMap::with_capacity(subjects.len());
        let mut unknown = Vec::new();
        {
            let known = lock(&keys.subjects);
            let opened = lock(&keys.opened);
            for subject in subjects {
                match known.get(subject).and_then(|id| opened.get(id)) {
                    Some(key) => {
                        found.insert(subject.clone(), Some(SubjectKey::Known(key.clone())));
                    }
                    None => unknown.push(subject.clone()),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let erased: HashSet<String> = db.erased(tenant, &unknown).await?.into_iter().collect();
        let stored: HashMap<String, KeyId> =
            db.subject_keys(tenant, &unknown).await?.into_iter().collect();
        let ids: Vec<KeyId> = stored.values().copied().collect();
        let opened = self.opened(&**db, tenant, &ids).await?;
        let missing = unknown
            .iter()
            .filter(|subject| !erased.contains(*subject) && !stored.contains_key(*subject))
            .count();
        let mut fresh = self.take(db, tenant, missing).await?;
        for subject in unknown {
            let key = if erased.contains(&subject) {
                None
            } else if let Some(id) = stored.get(&subject) {
                lock(&keys.subjects).insert(subject.clone(), *id);
                opened.get(id).cloned().flatten().map(SubjectKey::Known)
            } else {
                fresh.pop().map(SubjectKey::Fresh)
            };
            found.insert(subject, key);
        }
        Ok(found)
    }

    /// Remembers keys that are now recorded with their subjects, unless somebody was erased since.
    /// An erasure that begins after `unerased` has answered forgets them again.
    pub(crate) async fn remember(
        &self,
        db: &dyn EventStore,
        tenant: &Arc<str>,
        recorded: impl IntoIterator<Item = (String, DataKey)>,
        unerased: impl FnOnce() -> bool,
    ) -> Result<(), StoreError> {
        let keys = self.tenant(db, tenant).await?;
        let mut subjects = lock(&keys.subjects);
        let mut opened = lock(&keys.opened);
        if !unerased() {
            return Ok(());
        }
        if subjects.len() > CACHE {
            subjects.clear();
        }
        for (subject, key) in recorded {
            subjects.insert(subject, key.id);
            opened.insert(key.id, key);
        }
        Ok(())
    }

    /// Opens data keys by id; `None` for those that were destroyed.
    pub(crate) async fn opened(
        &self,
        db: &dyn EventStore,
        tenant: &str,
        ids: &[KeyId],
    ) -> Result<HashMap<KeyId, Option<DataKey>>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let keys = self.current(db, tenant).await?;
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = HashSet::new();
        {
            let opened = lock(&keys.opened);
            for id in ids {
                match opened.get(id) {
                    Some(key) => {
                        found.insert(*id, Some(key.clone()));
                    }
                    None => {
                        missing.insert(*id);
                    }
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let pages: HashSet<KeyId> = missing.iter().map(|id| page_of(*id)).collect();
        let pages: Vec<KeyId> = pages.into_iter().collect();
        let forgotten = keys.forgotten.load(Ordering::SeqCst);
        let loaded = db.load_keys(&pages).await?;
        let loaded: HashMap<KeyId, KeyPage> =
            loaded.into_iter().map(|page| (page.id, page)).collect();
        let mut opened = lock(&keys.opened);
        if opened.len() > CACHE {
            opened.clear();
        }
        for id in missing {
            let key = loaded.get(&page_of(id)).and_then(|page| page.key(id, &keys.deriver));
            if let Some(key) = &key
                && keys.forgotten.load(Ordering::SeqCst) == forgotten
            {
                opened.insert(id, key.clone());
            }
            found.insert(id, key);
        }
        Ok(found)
    }

    /// The tenant's keys, with nothing remembered that another node has destroyed since.
    async fn current(&self, db: &dyn EventStore, tenant: &str) -> Result<Arc<Tenant>, StoreError> {
        let keys = self.tenant(db, tenant).await?;
        let erasures = db.erasures(tenant).await?;
        if keys.erasures.swap(erasures, Ordering::SeqCst) != erasures {
            self.forget(tenant);
        }
        Ok(keys)
    }

    /// Forgets everything about a tenant's opened keys, so that a destroyed one stays destroyed.
    pub(crate) fn forget(&self, tenant: &str) {
        if let Some(keys) = lock(&self.tenants).get(tenant) {
            keys.forgotten.fetch_add(1, Ordering::SeqCst);
            lock(&keys.opened).clear();
            lock(&keys.subjects).clear();
        }
    }
}

async fn refill(
    db: &dyn EventStore,
    tenant: &str,
    keys: &Tenant,
    wanted: usize,
) -> Result<(), StoreError> {
    let _one = keys.refilling.lock().await;
    if lock(&keys.pool).len() >= wanted.max(1) {
        return Ok(());
    }
    let count = wanted.max(REFILL).div_ceil(SLOTS);
    let pages: Vec<KeyPage> = (0..count).map(|_| KeyPage::fresh()).collect();
    db.add_keys(tenant, &pages).await?;
    for page in &pages {
        lock(&keys.pool).extend(page.keys(&keys.deriver));
        tokio::task::yield_now().await;
    }
    Ok(())
}

fn derived(key: &DataKey, purpose: &str) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*key.secret)
        .expect("HMAC takes a key of any length");
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().into()
}

fn secret(bytes: Vec<u8>) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let bytes = Zeroizing::new(bytes);
    let mut key = Zeroizing::new([0_u8; 32]);
    if bytes.len() != 32 {
        return Err(StoreError::Damaged("a stored key does not have 32 bytes"));
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}
