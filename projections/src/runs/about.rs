//! The runs that are about another run.

use chrono::{DateTime, Utc};

use super::Run;
use crate::db::{Db, ReadError, Sql};
use crate::table::Row;

static ABOUT: Sql = Sql::of(
    Run::COLUMNS,
    "select {columns} from views.runs
     where tenant = cast($1 as text) and queued_at >= cast($2 as timestamptz)
        and (rerun_of = cast($3 as text) or undoes = cast($3 as text))
     order by queued_at, run
     limit 50",
);

/// Those that run it again or take it back, oldest first; it was queued at that time.
pub async fn about(
    db: &Db,
    tenant: &str,
    run: &str,
    queued_at: DateTime<Utc>,
) -> Result<Vec<Run>, ReadError> {
    db.all_rows(&ABOUT, vec![tenant.into(), queued_at.into(), run.into()]).await
}
