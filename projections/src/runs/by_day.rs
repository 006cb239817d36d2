//! How many runs there were each day, by how they stand.

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::{Db, ReadError, Sql};

static BY_DAY: Sql = Sql::new(
    "select {day of}queued_at{}, status, count(*) from views.runs
     where tenant = cast($1 as text) and queued_at >= cast($2 as timestamptz)
     group by 1, 2
     order by 1, 2",
);

/// The runs of one day, in UTC, with one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByDay {
    pub day: NaiveDate,
    pub status: String,
    pub count: u64,
}

/// Those queued since then; days and statuses without any are missing.
pub async fn by_day(db: &Db, tenant: &str, since: DateTime<Utc>) -> Result<Vec<ByDay>, ReadError> {
    db.all(&BY_DAY, vec![tenant.into(), since.into()], |cells| {
        let seconds = cells.get::<i64>()? * 86_400;
        let day = DateTime::from_timestamp(seconds, 0).unwrap_or_default().date_naive();
        Ok(ByDay { day, status: cells.get()?, count: cells.get()? })
    })
    .await
}
