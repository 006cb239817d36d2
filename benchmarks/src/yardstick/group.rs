//! Bare group commit: one task, one connection, one table, up to 256 rows per transaction.

use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{Bare, Row, postgres_pool};
use crate::failure::Failure;

/// Most rows of one transaction.
const MOST: usize = 256;

type Waiting<R> = (R, oneshot::Sender<bool>);

/// Commits rows together with whatever else waits. Stops when dropped.
pub(crate) struct GroupCommit<R>(mpsc::Sender<Waiting<R>>);

impl<R: Row> GroupCommit<R> {
    pub(crate) async fn start(bare: &Bare) -> Result<Self, Failure> {
        let (sender, mut waiting) = mpsc::channel::<Waiting<R>>(4 * MOST);
        match bare {
            Bare::Sqlite(options) => {
                let mut connection = options.connect().await?;
                tokio::spawn(async move {
                    while let Some((rows, replies)) = next(&mut waiting).await {
                        answer(replies, together(&mut connection, &rows).await);
                    }
                });
            }
            Bare::Postgres(options) => {
                let pool = postgres_pool(options, 1);
                let mut connection = pool.acquire().await?;
                tokio::spawn(async move {
                    while let Some((rows, replies)) = next(&mut waiting).await {
                        let connection: &mut PgConnection = &mut connection;
                        answer(replies, R::into_postgres(connection, &rows).await);
                    }
                });
            }
        }
        Ok(GroupCommit(sender))
    }

    /// Returns once the row is durable.
    pub(crate) async fn commit(&self, row: R) -> Result<(), Failure> {
        let gone = || Failure::new("the yardstick has stopped");
        let (reply, written) = oneshot::channel();
        self.0.send((row, reply)).await.map_err(|_| gone())?;
        match written.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(gone()),
        }
    }
}

async fn next<R>(
    waiting: &mut mpsc::Receiver<Waiting<R>>,
) -> Option<(Vec<R>, Vec<oneshot::Sender<bool>>)> {
    let mut taken = Vec::with_capacity(MOST);
    let count = waiting.recv_many(&mut taken, MOST).await;
    (count > 0).then(|| taken.into_iter().unzip())
}

/// All rows in one transaction.
pub(crate) async fn together<R: Row>(
    connection: &mut SqliteConnection,
    rows: &[R],
) -> sqlx::Result<()> {
    let mut step = connection.begin_with("begin immediate").await?;
    R::into_sqlite(&mut step, rows).await?;
    step.commit().await
}

fn answer(replies: Vec<oneshot::Sender<bool>>, written: sqlx::Result<()>) {
    if let Err(error) = &written {
        tracing::warn!(%error, "the yardstick could not write");
    }
    for reply in replies {
        // Who no longer waits needs no answer.
        let _ = reply.send(written.is_ok());
    }
}
