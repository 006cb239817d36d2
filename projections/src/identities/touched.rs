//! Whom a run changed, and who of them is known to the source by another subject.

use crate::db::{Db, ReadError, Sql, list_of};
use crate::table::Value;

static TOUCHED: Sql = Sql::new(
    "select subject, actor from views.identities
     where tenant = cast($1 as text) and run = cast($2 as text) and scenario = cast($3 as text)
        and actor is not null and action not in ('conflict', 'error', 'degraded', 'skipped')
        and (cast($4 as boolean) = false or cast(changes as text) like '%\"manager\"%')
        and (cast($5 as text) is null or subject > cast($5 as text))
     order by subject
     limit cast($6 as bigint)",
);

/// Whom a run changed in a scenario; all of them, or those whose manager it changed.
#[derive(Debug, Clone, Copy)]
pub struct Touched<'a> {
    pub run: &'a str,
    pub scenario: &'a str,
    pub manager_changed: bool,
}

/// Their subjects and actor ids, by subject, after one.
pub async fn touched(
    db: &Db,
    tenant: &str,
    of: Touched<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<(String, String)>, ReadError> {
    let args: Vec<Value> = vec![
        tenant.into(),
        of.run.into(),
        of.scenario.into(),
        Some(of.manager_changed).into(),
        after.into(),
        limit.into(),
    ];
    db.all(&TOUCHED, args, |cells| Ok((cells.get()?, cells.get()?))).await
}

static LINKED: Sql = Sql::new(
    "select distinct i.subject, a.provider, a.account, a.source_id
     from views.identities as i
     join views.actors as a
        on a.tenant = i.tenant and a.scenario = i.scenario and a.actor = i.actor
     where i.tenant = cast($1 as text)
        and i.run in (select value from views.json_each(cast($2 as text)))
        and a.claim is not null and a.account is not null and a.source_id is not null
     limit 10000",
);

/// Somebody who was linked with a source id that they did not come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub subject: String,
    pub provider: String,
    pub account: String,
    pub source_id: String,
}

/// Whom of those that some runs touched a source knows by another subject than we do.
pub async fn linked(db: &Db, tenant: &str, runs: &[String]) -> Result<Vec<Linked>, ReadError> {
    db.all(&LINKED, vec![tenant.into(), list_of(runs)], |cells| {
        let (subject, provider) = (cells.get()?, cells.get()?);
        Ok(Linked { subject, provider, account: cells.get()?, source_id: cells.get()? })
    })
    .await
}
