//! The store everybody uses: a database behind group commit, sealing, caches and wake-ups.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{mpsc, watch};

use crate::backend::EventStore;
use crate::clock::Clock;
use crate::erasure_marks::ErasureMarks;
use crate::outage::{ASK_EVERY, Outage};
use crate::postgres::Postgres;
use crate::sealing::{DataKey, Hierarchy, OperatorKey};
use crate::sqlite::Sqlite;
use crate::types::{Position, Shard, StoreError};
use crate::views::Views;
use crate::work::TenantRow;
use crate::writer::{self, Request, Watches};

/// Hints to other nodes are sent at most this often per shard.
const HINT_EVERY: Duration = Duration::from_millis(10);
/// Longer than readers and writers take to end what they are at.
const CLOSES_WITHIN: Duration = Duration::from_secs(10);

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
    /// When something was recorded, was erased, or has expired. Leases run on the database's.
    pub clock: Clock,
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
    erasures: ErasureMarks,
    outage: Outage,
    clock: Clock,
    location: Location,
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
        let (mut watches, mut written, mut local) = (vec![], vec![], vec![]);
        for shard in 0..db.shards() {
            let head = db.head(shard).await?;
            let (sender, _) = watch::channel(head);
            let (mine, receiver) = watch::channel(head);
            watches.push([sender.clone(), mine]);
            written.push(sender);
            local.push(receiver);
        }
        let watches: Watches = watches.into();
        let writer = writer::start(db.clone(), watches, options.clock.clone());
        let store = Store {
            inner: Arc::new(Inner {
                keys,
                db,
                views,
                writer,
                written,
                tenants: Mutex::default(),
                erasures: ErasureMarks::default(),
                outage: Outage::default(),
                clock: options.clock,
                location: options.location,
            }),
        };
        Ok((store, local))
    }

    pub(crate) fn db(&self) -> &dyn EventStore {
        &*self.inner.db
    }
    /// For what may go on in a task of its own.
    pub(crate) fn shared_db(&self) -> &Arc<dyn EventStore> {
        &self.inner.db
    }
    pub(crate) fn erasures(&self) -> &ErasureMarks {
        &self.inner.erasures
    }
    pub(crate) fn keys(&self) -> &Hierarchy {
        &self.inner.keys
    }
    pub(crate) fn writer(&self) -> &mpsc::Sender<Request> {
        &self.inner.writer
    }
    pub(crate) fn known_tenants(&self) -> &Mutex<HashMap<String, TenantRow>> {
        &self.inner.tenants
    }
    pub(crate) async fn take_keys(
        &self,
        tenant: &Arc<str>,
        count: usize,
    ) -> Result<Vec<DataKey>, StoreError> {
        self.inner.keys.take(&self.inner.db, tenant, count).await
    }

    pub fn clock(&self) -> &Clock {
        &self.inner.clock
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
        self.noted(self.inner.db.head(shard).await)
    }
    /// Follows the last position written by this node. Only a hint: other nodes write too, so poll.
    pub fn watch(&self, shard: Shard) -> watch::Receiver<Position> {
        self.inner.written[usize::from(shard)].subscribe()
    }
    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.noted(self.inner.db.ping().await)
    }

    /// The end, in good order, once nobody uses the store any more. Nothing that was acknowledged
    /// depends on it.
    pub async fn close(&self) {
        let Ok(closed) = tokio::time::timeout(CLOSES_WITHIN, self.inner.db.close()).await else {
            tracing::warn!("somebody still uses the store; it is left as after a crash");
            return;
        };
        if let Err(error) = closed {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, source, "the store was not closed in good order");
        }
    }

    /// Takes note of a failure from outside the store's own methods, which note theirs themselves.
    /// Where the database did not answer, that is logged the first time, and when it is back.
    pub fn note(&self, error: &StoreError) {
        if let StoreError::Unavailable(cause) = error {
            self.no_answer(&**cause);
        }
    }

    /// The same for a failure that is known to be one of the database.
    pub fn no_answer(&self, cause: &(dyn std::error::Error + 'static)) {
        if !self.inner.outage.fails(Instant::now()) {
            tracing::debug!(%cause, "the database did not answer again");
            return;
        }
        tracing::warn!(%cause, "the database did not answer; until it is back, failures are counted");
        tokio::spawn(until_it_answers(Arc::downgrade(&self.inner)));
    }

    /// Passes an answer on, and notes where there was none.
    pub(crate) fn noted<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        answer.inspect_err(|error| self.note(error))
    }
}

async fn until_it_answers(store: Weak<Inner>) {
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let Some(store) = store.upgrade() else { return };
        if let Err(error) = store.db.ping().await {
            tracing::debug!(%error, "the database is still away");
        } else if let Some(over) = store.outage.answers(Instant::now()) {
            let seconds = over.lasted.as_secs();
            tracing::warn!(seconds, failures = over.untold, "the database answers again");
            return;
        }
    }
}
