//! The roster as a sync run reads it: everybody compactly, and some people fully.

use std::collections::{BTreeSet, HashMap};

use rollcall_domain::ids::{id_bytes, id_text};
use rollcall_domain::plan::{Flags, Managers, RosterKey, RosterRow};
use rollcall_domain::vocabulary::Source;

use super::{Actor, called};
use crate::db::{Db, ReadError, Sql, list_of};
use crate::table::{Mismatch, Row, Value};

// A row costs more than its bytes, so a thousand people come as one text, in blocks of the first
// characters of their ids being equal. An id has 26 characters; fields end with a comma, people
// with a semicolon.
static KEYS: Sql = Sql::new(
    "select string_agg(claim || ',' || fingerprint || ',' || flags, ';')
     from (
        select coalesce(claim, actor) as claim, fingerprint,
            case when active then 1 else 0 end + case when synced then 2 else 0 end as flags
        from views.actors
        where tenant = cast($1 as text) and scenario = cast($2 as text)
            and provider = cast($3 as text) and account = cast($4 as text)
     ) as people
     group by substr(claim, 25)",
);
static BY_SUBJECT: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and a.subject in (select value from views.json_each(cast($3 as text)))
     order by a.actor",
);
// Whole shops share an address: a few of them say as much as all.
static BY_EMAIL: Sql = Sql::of(
    Actor::COLUMNS,
    "select {a.columns} from (
        select w.*, row_number() over (partition by email_key order by actor) as place
        from views.actors as w
        where w.tenant = cast($1 as text) and w.scenario = cast($2 as text)
            and w.email_key in (select value from views.json_each(cast($3 as text)))
     ) as a
     where a.place <= 10
     order by a.actor",
);
static OUTSIDERS: Sql = Sql::new(
    "select distinct a.actor from views.members as m
     join views.actors as a
        on a.tenant = m.tenant and a.scenario = m.scenario and a.actor = m.actor
     where m.tenant = cast($1 as text) and m.scenario = cast($2 as text)
        and m.unit in (select value from views.json_each(cast($3 as text)))
        and (not a.synced or a.provider is null or a.provider <> cast($4 as text)
            or a.account <> cast($5 as text))
     order by a.actor",
);
static ANYBODY: Sql = Sql::new(
    "select count(*) from (
        select actor from views.actors
        where tenant = cast($1 as text) and scenario = cast($2 as text)
        limit 1
     ) as people",
);
static LINKED: Sql = Sql::new(
    "select claim, actor from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text) and claim is not null",
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
    let claim = id_bytes(parts.next()?)?;
    let mut number = || parts.next()?.parse::<i64>().ok();
    Some(RosterKey {
        claim,
        fingerprint: number()?.cast_unsigned(),
        flags: Flags::from_bits(u8::try_from(number()?).ok()?),
    })
}

/// The people whom these ids name with their fields, in no order: their own ids, or those derived
/// from the source ids they were linked to. Those that are not there are missing.
pub async fn roster_rows(
    db: &Db,
    tenant: &str,
    scenario: &str,
    ids: &[String],
) -> Result<Vec<RosterRow>, ReadError> {
    let rows = called(db, tenant, scenario, ids).await?;
    Ok(rows.iter().map(Actor::roster_row).collect())
}

/// The actors of these people, by their subjects.
pub async fn roster_rows_by_subject(
    db: &Db,
    tenant: &str,
    scenario: &str,
    subjects: &[String],
) -> Result<Vec<RosterRow>, ReadError> {
    rows(db, &BY_SUBJECT, tenant, scenario, subjects).await
}

/// Those who have one of these e-mail addresses, each as `email_key` makes it; of an address ten at
/// most.
pub async fn roster_rows_by_email(
    db: &Db,
    tenant: &str,
    scenario: &str,
    emails: &[String],
) -> Result<Vec<RosterRow>, ReadError> {
    rows(db, &BY_EMAIL, tenant, scenario, emails).await
}

async fn rows(
    db: &Db,
    sql: &Sql,
    tenant: &str,
    scenario: &str,
    list: &[String],
) -> Result<Vec<RosterRow>, ReadError> {
    let mut known = Vec::with_capacity(list.len());
    for some in list.chunks(1_000) {
        let args = vec![tenant.into(), scenario.into(), list_of(some)];
        known.extend(db.all(sql, args, |cells| Ok(Actor::read(cells)?.roster_row())).await?);
    }
    Ok(known)
}

/// Who is in one of these departments without being in sync with a source, in the order of their ids.
pub async fn outsiders(
    db: &Db,
    tenant: &str,
    scenario: &str,
    source: &Source,
    departments: &[String],
) -> Result<Vec<String>, ReadError> {
    let mut found = BTreeSet::new();
    for some in departments.chunks(1_000) {
        let args: Vec<Value> = vec![
            tenant.into(),
            scenario.into(),
            list_of(some),
            source.provider.as_str().into(),
            source.account.as_str().into(),
        ];
        found.extend(db.all(&OUTSIDERS, args, |cells| cells.get::<String>()).await?);
    }
    Ok(found.into_iter().collect())
}

/// Whether there is anybody in a scenario.
pub async fn is_anybody_in(db: &Db, tenant: &str, scenario: &str) -> Result<bool, ReadError> {
    let args = vec![tenant.into(), scenario.into()];
    let people: Option<u64> = db.first(&ANYBODY, args, |cells| cells.get()).await?;
    Ok(people.is_some_and(|people| people > 0))
}

/// Who reports to whom in a scenario, in 32 bytes each.
#[derive(Debug, Clone, Default)]
pub struct ManagerMap {
    managers: HashMap<[u8; 16], [u8; 16]>,
    /// Who was linked to a source id, by the id derived from it.
    linked: HashMap<[u8; 16], [u8; 16]>,
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
        let manager = self.managers.get(&id_bytes(actor)?)?;
        Some(id_text(*self.linked.get(manager).unwrap_or(manager)))
    }

    fn person(&self, id: &str) -> String {
        let linked = id_bytes(id).and_then(|id| self.linked.get(&id));
        linked.map_or_else(|| id.to_owned(), |actor| id_text(*actor))
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
    let linked = db.all(&LINKED, vec![tenant.into(), scenario.into()], |cells| {
        Ok((cells.get::<String>()?, cells.get::<String>()?))
    });
    let linked = linked.await?;
    let pair = |(claim, actor): &(String, String)| Some((id_bytes(claim)?, id_bytes(actor)?));
    Ok(ManagerMap { managers, linked: linked.iter().filter_map(pair).collect() })
}
