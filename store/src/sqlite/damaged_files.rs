//! Files that are no database, or a broken one: which one it is, and what to do about it.

use crate::types::StoreError;

use super::unavailable;

/// What is in them follows from the log.
const BUILT_AGAIN: [&str; 2] = ["index.db", "views.db"];
const CORRUPT: i32 = 11;
const NOT_A_DATABASE: i32 = 26;

/// An error of this file, which it names where the file is damaged.
pub(super) fn of(file: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| named(file, unavailable(error))
}

pub(super) fn named(file: &str, error: StoreError) -> StoreError {
    let StoreError::Unavailable(cause) = &error else { return error };
    if !cause.downcast_ref().is_some_and(is_damage) {
        return error;
    }
    let remedy = match BUILT_AGAIN.contains(&file) {
        true => "delete it while the server is stopped, and it is built again",
        false => {
            "restore it from a backup while the server is stopped, and do not delete it: what it \
             holds is nowhere else"
        }
    };
    StoreError::Setup(format!("{file} in the data directory is damaged: {remedy}"))
}

/// The lowest byte of a code is its kind, the others say more.
fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|said| said.code());
    let code = code.and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| [CORRUPT, NOT_A_DATABASE].contains(&(code & 255)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rand::RngExt;
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions, Connection};

    use super::*;
    use crate::sqlite::Sqlite;

    #[tokio::test]
    async fn a_file_of_random_bytes_is_named_with_its_remedy() {
        for file in ["log.db", "keys.db", "index.db", "views.db"] {
            let directory = tempfile::tempdir().unwrap();
            let mut bytes = vec![0; 16_384];
            rand::rng().fill(&mut bytes[..]);
            std::fs::write(directory.path().join(file), bytes).unwrap();

            is_refused(directory.path(), file).await;
        }
    }

    #[tokio::test]
    async fn a_database_that_is_broken_inside_is_named_with_its_remedy() {
        for file in ["log.db", "keys.db", "index.db", "views.db"] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(file);
            let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
            let mut database = options.connect().await.unwrap();
            sqlx::raw_sql("create table some (thing text)").execute(&mut database).await.unwrap();
            database.close().await.unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            // Its header stays as it was.
            bytes[100..4_096].fill(0xff);
            std::fs::write(&path, bytes).unwrap();

            is_refused(directory.path(), file).await;
        }
    }

    #[tokio::test]
    async fn what_can_be_built_again_may_be_deleted() {
        for file in BUILT_AGAIN {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(file);
            std::fs::write(&path, [7; 8_192]).unwrap();
            is_refused(directory.path(), file).await;

            std::fs::remove_file(&path).unwrap();

            Sqlite::open(directory.path(), true).await.unwrap();
        }
    }

    async fn is_refused(directory: &Path, file: &str) {
        let before = std::fs::read(directory.join(file)).unwrap();

        let refused = Sqlite::open(directory, true).await.err().expect("the file is damaged");

        let StoreError::Setup(why) = &refused else { panic!("{file}: {refused:?}") };
        let remedy = match file {
            "index.db" | "views.db" => "delete it while the server is stopped",
            _ => "restore it from a backup",
        };
        assert!(why.starts_with(file) && why.contains(remedy), "{why}");
        assert_eq!(std::fs::read(directory.join(file)).unwrap(), before);
    }
}
