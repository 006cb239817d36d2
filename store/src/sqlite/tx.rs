//! The one writer of a file, and its transactions.
//!
//! They are not sqlx's. Where the disk is full or fails, SQLite ends a transaction by itself; sqlx's
//! own rollback then fails as well, and its connection never begins another one.

use std::ops::{Deref, DerefMut};

use sqlx::SqliteConnection;
use tokio::sync::{Mutex, MutexGuard};

pub(super) const BEGIN: &str = "begin immediate";
const COMMIT: &str = "commit";
const GIVE_UP: &str = "rollback";

/// The only connection that writes to a file.
pub(super) struct Writer(Mutex<Connection>);

struct Connection {
    sqlite: SqliteConnection,
    /// Whether a transaction may be open: one began, and its commit was not seen.
    open: bool,
}

impl Writer {
    pub(super) fn new(sqlite: SqliteConnection) -> Writer {
        Writer(Mutex::new(Connection { sqlite, open: false }))
    }

    /// The connection, outside of any transaction.
    pub(super) async fn lock(&self) -> Held<'_> {
        let mut held = Held(self.0.lock().await);
        held.give_up().await;
        held
    }

    #[cfg(test)]
    pub(super) async fn close(self) {
        sqlx::Connection::close(self.0.into_inner().sqlite).await.unwrap();
    }
}

/// The connection, while nobody else has it.
pub(super) struct Held<'w>(MutexGuard<'w, Connection>);

impl Held<'_> {
    pub(super) async fn begin(&mut self) -> sqlx::Result<Tx<'_>> {
        self.give_up().await;
        self.begins();
        sqlx::raw_sql(BEGIN).execute(&mut **self).await?;
        Ok(Tx(&mut self.0))
    }

    /// The caller begins a transaction by itself. Unless it says `committed`, the transaction is
    /// rolled back before anybody else gets the connection.
    pub(super) fn begins(&mut self) {
        self.0.open = true;
    }

    pub(super) fn committed(&mut self) {
        self.0.open = false;
    }

    /// Rolls back what somebody before us began, who then failed or was dropped on the way.
    async fn give_up(&mut self) {
        if self.0.open {
            // Where SQLite has ended it already, this fails, and nothing is left to give up.
            let _ = sqlx::raw_sql(GIVE_UP).execute(&mut **self).await;
            self.0.open = false;
        }
    }
}

impl Deref for Held<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.0.sqlite
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0.sqlite
    }
}

/// A transaction. One that is dropped without `commit` changes nothing.
pub(super) struct Tx<'w>(&'w mut Connection);

impl Tx<'_> {
    pub(super) async fn commit(self) -> sqlx::Result<()> {
        sqlx::raw_sql(COMMIT).execute(&mut self.0.sqlite).await?;
        self.0.open = false;
        Ok(())
    }
}

impl Deref for Tx<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.0.sqlite
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0.sqlite
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use crate::backend::{Keys, Work};
    use crate::sealing::KeyPage;
    use crate::sqlite::Sqlite;
    use crate::types::StoreError;
    use crate::work::NewIntent;

    use super::Writer;

    #[tokio::test]
    async fn keys_are_written_again_once_the_disk_has_room() {
        let directory = tempfile::tempdir().unwrap();
        let db = Sqlite::open(directory.path(), true).await.unwrap();

        fill(&db.keys).await;
        let refused = fails_when_full(async |n| db.add_keys("acme", &[page(n)]).await).await;
        empty(&db.keys).await;

        db.add_keys("acme", &[page(refused)]).await.unwrap();
        assert_eq!(db.load_keys(&[page(refused).id]).await.unwrap().len(), 1);
        db.destroy_keys(&[page(refused).id]).await.unwrap();
    }

    #[tokio::test]
    async fn intents_are_written_again_once_the_disk_has_room() {
        let directory = tempfile::tempdir().unwrap();
        let db = Sqlite::open(directory.path(), true).await.unwrap();

        fill(&db.log).await;
        let refused = fails_when_full(async |n| db.add_intents(&[intent(n)]).await).await;
        empty(&db.log).await;

        db.add_intents(&[intent(refused)]).await.unwrap();
        assert_eq!(db.unfinished().await.unwrap(), u64::from(refused) + 1);
    }

    #[tokio::test]
    async fn a_transaction_that_was_dropped_takes_nothing_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let db = Sqlite::open(directory.path(), true).await.unwrap();
        {
            let mut keys = db.keys.lock().await;
            let mut step = keys.begin().await.unwrap();
            let sql = "insert into vault (tenant, name, sealed) values ('acme', 'half', x'01')";
            sqlx::raw_sql(sql).execute(&mut *step).await.unwrap();
        }

        // It has no transaction of its own, and must not end up in the one before.
        db.vault_put("acme", "whole", b"sealed").await.unwrap();
        db.add_keys("acme", &[page(1)]).await.unwrap();

        assert!(db.vault_get("acme", "half").await.unwrap().is_none());
        assert!(db.vault_get("acme", "whole").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_write_that_is_dropped_anywhere_does_not_stop_the_next_one() {
        let directory = tempfile::tempdir().unwrap();
        let db = Sqlite::open(directory.path(), true).await.unwrap();
        let pages = [page(1)];

        for polls in 1..20 {
            let mut adding = pin!(db.add_keys("acme", &pages));
            for _ in 0..polls {
                if poll!(&mut adding).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }

        db.add_keys("acme", &[page(2)]).await.unwrap();
        db.vault_put("acme", "whole", b"sealed").await.unwrap();
        assert_eq!(db.load_keys(&[page(2).id]).await.unwrap().len(), 1);
    }

    /// The file can't grow any more.
    async fn fill(writer: &Writer) {
        // SQLite takes the pages that are there for the least.
        let full = sqlx::raw_sql("pragma max_page_count = 1");
        full.execute(&mut *writer.lock().await).await.unwrap();
    }

    async fn empty(writer: &Writer) {
        let room = sqlx::raw_sql("pragma max_page_count = 1000000");
        room.execute(&mut *writer.lock().await).await.unwrap();
    }

    /// Writes until the file is full; the first number that had no room.
    async fn fails_when_full(write: impl AsyncFn(u32) -> Result<(), StoreError>) -> u32 {
        for n in 0..100 {
            if let Err(error) = write(n).await {
                let StoreError::Unavailable(cause) = &error else { panic!("{error}") };
                let cause = cause.downcast_ref::<sqlx::Error>().unwrap();
                // SQLITE_FULL
                assert_eq!(cause.as_database_error().unwrap().code().as_deref(), Some("13"));
                return n;
            }
        }
        panic!("the file is never full");
    }

    fn page(n: u32) -> KeyPage {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&(n + 1).to_be_bytes());
        KeyPage { id, salts: [7; 512] }
    }

    fn intent(n: u32) -> NewIntent {
        NewIntent {
            effect_id: format!("effect-{n}"),
            kind: "test".to_owned(),
            tenant: "acme".into(),
            key: "one".to_owned(),
            payload: vec![7; 1_000],
            run_at: None,
        }
    }
}
