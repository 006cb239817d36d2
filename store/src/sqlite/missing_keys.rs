//! A `log.db` without its keys. A new, empty `keys.db` in their place would look like a healthy start,
//! and nothing personal could ever be read again.

use std::io::ErrorKind;
use std::path::Path;

use sqlx::SqliteConnection;

use super::damaged_files;
use crate::types::StoreError;

const USED: &str = "select exists (select 1 from events) or exists (select 1 from tenants)";
const SEALED: &str = "select exists (select 1 from subject_keys) or exists (select 1 from blobs)";
const KEYS: &str = "select exists (select 1 from tenant_keys)";

/// Refuses a directory whose `keys.db` is gone. Asked before the file is made.
pub(super) async fn refuse_without_file(
    directory: &Path,
    log: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let missing = match std::fs::metadata(directory.join("keys.db")) {
        Ok(file) => file.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    };
    match missing && is_any("log.db", log, USED).await? {
        true => Err(without_keys("is missing in", directory)),
        false => Ok(()),
    }
}

/// Refuses a `keys.db` that is new, beside a log that needs the one before.
pub(super) async fn refuse_without_keys(
    directory: &Path,
    log: &mut SqliteConnection,
    keys: &mut SqliteConnection,
) -> Result<(), StoreError> {
    match is_any("log.db", log, SEALED).await? && !is_any("keys.db", keys, KEYS).await? {
        true => Err(without_keys("has no keys in", directory)),
        false => Ok(()),
    }
}

async fn is_any(
    name: &'static str,
    file: &mut SqliteConnection,
    sql: &'static str,
) -> Result<bool, StoreError> {
    sqlx::query_scalar(sql).fetch_one(file).await.map_err(damaged_files::of(name))
}

fn without_keys(how: &str, directory: &Path) -> StoreError {
    StoreError::Setup(format!(
        "keys.db {how} {}, and without it nothing personal in log.db can be read: restore keys.db \
         from its backup, or start with an empty directory",
        directory.display()
    ))
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions, Connection};

    use super::*;
    use crate::backend::{Keys, State};
    use crate::migrations::{SQLITE_KEYS, SQLITE_LOG};
    use crate::sqlite::{Sqlite, prepare};
    use crate::work::TenantRow;

    #[tokio::test]
    async fn a_directory_with_tenants_and_without_its_keys_is_refused_until_they_are_back() {
        let directory = tempfile::tempdir().unwrap();
        let keys = directory.path().join("keys.db");
        with_a_tenant(directory.path()).await;
        let backup = std::fs::read(&keys).unwrap();
        std::fs::remove_file(&keys).unwrap();

        is_refused(directory.path()).await;
        assert!(!keys.exists());
        std::fs::write(&keys, []).unwrap();
        is_refused(directory.path()).await;

        std::fs::write(&keys, backup).unwrap();
        Sqlite::open(directory.path(), true).await.unwrap();
    }

    #[tokio::test]
    async fn new_keys_beside_sealed_data_are_refused() {
        let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let db = Sqlite::open(directory.path(), true).await.unwrap();
        db.tenant_key("acme", b"wrapped").await.unwrap();
        let sql = "insert into subject_keys (tenant, subject, key_id) values ('acme', 'p', x'01')";
        sqlx::raw_sql(sql).execute(&mut *db.log.lock().await).await.unwrap();
        close(db).await;
        close(Sqlite::open(directory.path(), true).await.unwrap()).await;
        close(Sqlite::open(other.path(), true).await.unwrap()).await;

        let keys = |directory: &Path| directory.join("keys.db");
        std::fs::copy(keys(other.path()), keys(directory.path())).unwrap();

        is_refused(directory.path()).await;
    }

    #[tokio::test]
    async fn a_first_start_that_was_cut_off_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name| SqliteConnectOptions::new().filename(directory.path().join(name));
        let mut log = file("log.db").create_if_missing(true).connect().await.unwrap();
        prepare(&mut log, SQLITE_LOG, true).await.unwrap();
        log.close().await.unwrap();
        close(Sqlite::open(directory.path(), true).await.unwrap()).await;

        std::fs::remove_file(directory.path().join("keys.db")).unwrap();
        let mut keys = file("keys.db").create_if_missing(true).connect().await.unwrap();
        prepare(&mut keys, SQLITE_KEYS, true).await.unwrap();
        keys.close().await.unwrap();

        Sqlite::open(directory.path(), true).await.unwrap();
    }

    async fn with_a_tenant(directory: &Path) {
        let db = Sqlite::open(directory, true).await.unwrap();
        let tenant = TenantRow { id: "01J".into(), slug: "acme".to_owned(), shard: 0 };
        db.add_tenant(&tenant).await.unwrap();
        close(db).await;
    }

    /// Nothing is left to be written to the files that matter here.
    async fn close(db: Sqlite) {
        db.read.close().await;
        db.log.close().await;
        db.keys.close().await;
    }

    async fn is_refused(directory: &Path) {
        let refused = Sqlite::open(directory, true).await.err().expect("the keys are gone");
        let StoreError::Setup(why) = &refused else { panic!("{refused:?}") };
        for said in ["keys.db", "nothing personal", "restore keys.db from its backup"] {
            assert!(why.contains(said), "{why}");
        }
    }
}
