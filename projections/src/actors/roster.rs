//! The roster as a sync run reads it: everybody compactly, and some people fully.

use std::collections::HashMap;

use rollcall_domain::ids::id_text;
use rollcall_domain::plan::{Flags, Managers, RosterKey, RosterRow};
use rollcall_domain::vocabulary::Source;
use ulid::Ulid;

use super::{Actor, one};
use crate::db::{Db, ReadError, Sql, list_of};
use crate::table::{Mismatch, Row, Value};

// A row costs more than its bytes, so a thousand people come as one text, in blocks of the first
// characters of their ids being equal. An id has 26 characters; fields end with a comma, people
// with a semicolon.
static KEYS: Sql = Sql::new(
    "select string_agg(actor || ',' || fingerprint || ',' || flags, ';')
     from (
        select actor, fingerprint,
            case when active then 1 else 0 end + case when synced then 2 else 0 end as flags
        from views.actors
        where tenant = cast($1 as text) and scenario = cast($2 as text)
            and provider = cast($3 as text) and account = cast($4 as text)
     ) as people
     group by substr(actor, 25)",
);
static ROWS: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.actor in (select value from views.json_each(cast($3 as text)))",
);
static MANAGERS: Sql = Sql::new(
    "select string_agg(actor || manager, ';')
     from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text) and manager is not null
     group by substr(actor, 25)",
);

/// Everybody this source brought into a scenario, in no order.
pub async fn roster_keys(
    db: &Db,
    tenant: &str,
    scenario: &str,
    source: &Source,
) -> Result<Vec<RosterKey>, ReadError> {
    let args: Vec<Value> = vec![
        tenant.into(),
        scenario.into(),
        source.provider.as_str().into(),
        source.account.as_str().into(),
    ];
    let blocks: Vec<String> = db.all(&KEYS, args, |cells| cells.get()).await?;
    let keys: Option<Vec<RosterKey>> =
        blocks.iter().flat_map(|block| block.split(';')).map(parse_key).collect();
    Ok(keys.ok_or(Mismatch)?)
}

fn parse_key(text: &str) -> Option<RosterKey> {
    let mut parts = text.split(',');
    let actor = id_bytes(parts.next()?)?;
    let mut number = || parts.next()?.parse::<i64>().ok();
    Some(RosterKey {
        actor,
        fingerprint: number()?.cast_unsigned(),
        flags: Flags::from_bits(u8::try_from(number()?).ok()?),
    })
}

/// These people with their fields, in no order; those that are not there are missing.
pub async fn roster_rows(
    db: &Db,
    tenant: &str,
    scenario: &str,
    actors: &[String],
) -> Result<Vec<RosterRow>, ReadError> {
    let mut known = Vec::with_capacity(actors.len());
    for actors in actors.chunks(1_000) {
        let args = vec![tenant.into(), scenario.into(), list_of(actors)];
        known.extend(db.all(&ROWS, args, |cells| Ok(Actor::read(cells)?.roster_row())).await?);
    }
    Ok(known)
}

/// One person with their fields.
pub async fn roster_row(
    db: &Db,
    tenant: &str,
    scenario: &str,
    actor: &str,
) -> Result<Option<RosterRow>, ReadError> {
    Ok(one(db, tenant, scenario, actor).await?.map(|actor| actor.roster_row()))
}

/// Who reports to whom in a scenario, in 32 bytes each.
#[derive(Debug, Clone, Default)]
pub struct ManagerMap {
    managers: HashMap<[u8; 16], [u8; 16]>,
}

impl ManagerMap {
    pub fn len(&self) -> usize {
        self.managers.len()
    }
    pub fn is_empty(&self) -> bool {
        self.managers.is_empty()
    }
}

impl Managers for ManagerMap {
    fn manager_of(&self, actor: &str) -> Option<String> {
        self.managers.get(&id_bytes(actor)?).copied().map(id_text)
    }
}

/// The whole map, to walk chains in.
pub async fn managers_of(db: &Db, tenant: &str, scenario: &str) -> Result<ManagerMap, ReadError> {
    let args: Vec<Value> = vec![tenant.into(), scenario.into()];
    let blocks: Vec<String> = db.all(&MANAGERS, args, |cells| cells.get()).await?;
    let pair = |text: &str| {
        let (actor, manager) = text.split_at_checked(26)?;
        Some((id_bytes(actor)?, id_bytes(manager)?))
    };
    let managers = blocks.iter().flat_map(|block| block.split(';')).filter_map(pair).collect();
    Ok(ManagerMap { managers })
}

/// An id's 128 bits; `None` for a text that is no id.
fn id_bytes(id: &str) -> Option<[u8; 16]> {
    Ulid::from_string(id).ok().map(|id| id.to_bytes())
}
