//! The last of a connection's runs: for one event, and of all.

use chrono::{DateTime, Utc};

use super::Run;
use crate::db::{Db, ReadError, Sql};
use crate::table::Row;

static LAST_OF: Sql = Sql::of(
    Run::COLUMNS,
    "select {columns} from views.runs
     where tenant = cast($1 as text) and connection = cast($2 as text)
        and event_type = cast($3 as text)
        and (cast($4 as boolean) = false or status in ('succeeded', 'partial'))
        and queued_at >= cast($5 as timestamptz)
     order by queued_at desc, run desc
     limit 1",
);

/// The last run of a connection that was queued for such an event, if it was since then; of those
/// that have done their work only, where that is wanted.
pub async fn last_of(
    db: &Db,
    tenant: &str,
    connection: &str,
    event_type: &str,
    is_done: bool,
    since: DateTime<Utc>,
) -> Result<Option<Run>, ReadError> {
    let args = vec![
        tenant.into(),
        connection.into(),
        event_type.into(),
        Some(is_done).into(),
        since.into(),
    ];
    db.first(&LAST_OF, args, Run::read).await
}

static LAST_END: Sql = Sql::new(
    "select coalesce(finished_at, held_at) from views.runs
     where tenant = cast($1 as text) and connection = cast($2 as text)
        and status in ('succeeded', 'partial', 'failed', 'held', 'rejected')
     order by queued_at desc, run desc
     limit 1",
);

/// When the last run of a connection that did anything came to its end, or is held.
pub async fn last_end(
    db: &Db,
    tenant: &str,
    connection: &str,
) -> Result<Option<DateTime<Utc>>, ReadError> {
    let args = vec![tenant.into(), connection.into()];
    Ok(db.first(&LAST_END, args, |cells| cells.get()).await?.flatten())
}
