//! What the brake weighs a plan against: how many people a target holds, who has which field, and who
//! left within a day.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::plan::{Standings, WATCHED};
use rollcall_domain::vocabulary::Source;

use crate::db::{Db, ReadError, Sql};
use crate::table::Value;

/// What was queued before that has ended: it only spares a look at everything.
const LONGEST_RUN: TimeDelta = TimeDelta::days(9);

// In the order of `WATCHED`.
static STANDINGS: Sql = Sql::new(
    "select count(*), count(first_name), count(last_name), count(preferred_name), count(email),
        count(manager), count(case when departments <> '[]' then 1 end)
     from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text)
        and provider = cast($3 as text) and account = cast($4 as text)
        and active and synced",
);
static OF_OTHERS: Sql = Sql::new(
    "select count(*)
     from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text)
        and (provider <> cast($3 as text) or account <> cast($4 as text))
        and active",
);
// What a person approved, or took back, is no reason to hold the next plan.
static LEFT_LATELY: Sql = Sql::new(
    "select count(distinct i.actor)
     from views.runs as r
     join views.identities as i on i.tenant = r.tenant and i.run = r.run
     join views.actors as a on a.tenant = i.tenant and a.scenario = i.scenario and a.actor = i.actor
     where r.tenant = cast($1 as text) and r.queued_at > cast($6 as timestamptz)
        and r.held_at is null and r.kind <> 'undo'
        and i.scenario = cast($2 as text) and i.action = 'deactivated'
        and i.updated_at > cast($5 as timestamptz)
        and a.provider = cast($3 as text) and a.account = cast($4 as text) and not a.active",
);

/// Of a source's people in a scenario, `now`.
pub async fn standings(
    db: &Db,
    tenant: &str,
    scenario: &str,
    source: &Source,
    now: DateTime<Utc>,
) -> Result<Standings, ReadError> {
    let mut args: Vec<Value> = vec![
        tenant.into(),
        scenario.into(),
        source.provider.as_str().into(),
        source.account.as_str().into(),
    ];
    let counted = db.first(&STANDINGS, args.clone(), |cells| {
        let active = cells.get()?;
        let have =
            WATCHED.into_iter().map(|field| Ok((field, cells.get()?))).collect::<Result<_, _>>();
        Ok(Standings { active, have: have?, ..Standings::default() })
    });
    let counted = counted.await?.unwrap_or_default();
    let others: Option<u64> = db.first(&OF_OTHERS, args.clone(), |cells| cells.get()).await?;
    args.push((now - TimeDelta::days(1)).into());
    args.push((now - LONGEST_RUN).into());
    let left: Option<u64> = db.first(&LEFT_LATELY, args, |cells| cells.get()).await?;
    let (left_lately, of_others) = (left.unwrap_or_default(), others.unwrap_or_default());
    Ok(Standings { left_lately, of_others, ..counted })
}
