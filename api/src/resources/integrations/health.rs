//! How a connection is, by how its runs went and what time has done to it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_projections::health::{self, Health};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Reader;
use crate::edge::Problem;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IntegrationHealth)]
pub(crate) struct View {
    /// `healthy`, `failing`.
    pub(crate) state: &'static str,
    pub(crate) failing_since: Option<DateTime<Utc>>,
    /// The run that failed, and a code of the catalogue of errors.
    pub(crate) failing_run: Option<String>,
    pub(crate) failing_code: Option<String>,
    pub(crate) recovered_at: Option<DateTime<Utc>>,
    /// It fails and recovers so often that nobody is told until it was calm for a day.
    pub(crate) flapping: bool,
    /// Since when nothing has run, where that is longer than its schedule allows.
    pub(crate) stale_since: Option<DateTime<Utc>>,
    /// The last day of its credentials, where somebody entered one.
    pub(crate) credentials_expire_on: Option<NaiveDate>,
}

/// By connection.
pub(super) async fn of(
    reader: &Reader,
    connection: Option<&str>,
) -> Result<HashMap<String, Health>, Problem> {
    let found = health::of(reader.db(), reader.id(), connection).await?;
    Ok(found.into_iter().map(|one| (one.connection.clone(), one)).collect())
}

pub(super) fn view(expire_on: Option<&str>, known: Option<Health>) -> View {
    let failing = known.as_ref().is_some_and(|known| known.failing_since.is_some());
    let part = |get: fn(&Health) -> Option<DateTime<Utc>>| known.as_ref().and_then(get);
    View {
        state: if failing { "failing" } else { "healthy" },
        failing_since: part(|known| known.failing_since),
        recovered_at: part(|known| known.recovered_at),
        stale_since: part(|known| known.stale_since),
        flapping: known.as_ref().is_some_and(|known| known.flapping),
        credentials_expire_on: expire_on.and_then(|on| on.parse().ok()),
        failing_run: known.as_ref().and_then(|known| known.failing_run.clone()),
        failing_code: known.and_then(|known| known.failing_code),
    }
}
