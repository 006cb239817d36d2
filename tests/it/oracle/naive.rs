//! A store as one would write it first: an identity column for the order, readers after the largest
//! position they saw. Under concurrent transactions a smaller position appears behind them.

use async_trait::async_trait;
use sqlx::{PgPool, Row};

use super::diary::Seen;
use super::{Lane, Subject, Wish, Written};
use crate::postgres::{Fsync, shared};

pub(super) struct Naive {
    db: PgPool,
}

impl Naive {
    pub(super) async fn open() -> Self {
        let url = shared(Fsync::Off).fresh_database().unwrap();
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(32);
        let db = options.connect(&url).await.unwrap();
        let table = "create table naive (
            pos     bigint generated always as identity primary key,
            stream  text   not null,
            version bigint not null,
            marker  text   not null
        )";
        sqlx::query(table).execute(&db).await.unwrap();
        Naive { db }
    }
}

#[async_trait]
impl Subject for Naive {
    async fn write(&self, _lane: &Lane, wishes: &[Wish]) -> Written {
        let mut step = self.db.begin().await.unwrap();
        for wish in wishes {
            let version = "select coalesce(max(version), 0) from naive where stream = $1";
            let version: i64 =
                sqlx::query_scalar(version).bind(&wish.stream).fetch_one(&mut *step).await.unwrap();
            if wish.expected.is_some_and(|expected| expected != version.cast_unsigned()) {
                return Written::Refused;
            }
            for (marker, version) in wish.markers.iter().zip(version + 1..) {
                let insert = "insert into naive (stream, version, marker) values ($1, $2, $3)";
                let insert = sqlx::query(insert).bind(&wish.stream).bind(version).bind(marker);
                insert.execute(&mut *step).await.unwrap();
            }
        }
        step.commit().await.unwrap();
        Written::Acknowledged
    }

    async fn read(&self, _lane: &Lane, after: u64) -> Vec<Seen> {
        let page = "select pos, stream, version, marker from naive \
                    where pos > $1 order by pos limit 300";
        let rows = sqlx::query(page).bind(after.cast_signed()).fetch_all(&self.db).await.unwrap();
        rows.iter()
            .map(|row| Seen {
                position: row.get::<i64, _>(0).cast_unsigned(),
                stream: row.get(1),
                version: row.get::<i64, _>(2).cast_unsigned(),
                marker: row.get(3),
            })
            .collect()
    }
}
