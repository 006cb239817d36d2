//! Departments, divisions and locations, one row per scenario. Public name: departments.

mod tree;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rollcall_domain::diff::UnitIdentity;
use rollcall_domain::plan::UnitRow;
use rollcall_domain::unit::{Event, Kind, KnownUnit};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_domain::{Fact, Recorded};
use rollcall_store::Position;

use crate::db::{Cells, Db, ReadError, Sql, list_of};
use crate::table::{Key, Mismatch, Projection, Reads, Row, row};
pub use tree::{BELOW, list, meant, names, paths, with_name};

row! {
    pub struct Unit {
        [key] scenario: String,
        [key] unit: String,
        kind: String,
        name: String,
        provider: Option<String>,
        account: Option<String>,
        source_key: Option<String>,
        /// The id derived from the source key it was linked to; `None` for one created under it.
        claim: Option<String>,
        /// The source lists it no longer.
        retired: bool,
        /// What it is a copy of in the first place; itself if it is none.
        lineage: String,
        /// What it is part of; `None` for one that stands by itself.
        parent: Option<String>,
        /// Of the unit's stream.
        version: u64,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

/// A unit, how many people are in it, and what it is part of.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Counted {
    #[serde(flatten)]
    pub unit: Unit,
    pub members: u64,
    /// The names from the top down to its own.
    pub path: Vec<String>,
}

pub struct Units;

impl Projection for Units {
    const NAME: &'static str = "units";
    const VERSION: u16 = 3;
    const READS: Reads = Reads::Only(&["unit"]);
    const HISTORY: bool = true;
    type Row = Unit;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Unit(happened) = &event.fact else { return vec![] };
        // The stream of a claim is no unit.
        if matches!(happened, Event::LinkedTo { .. }) {
            return vec![];
        }
        vec![Key::of([happened.scenario(), happened.unit()])]
    }

    fn evolve(_key: &Key, row: Option<Unit>, event: &Recorded) -> Option<Unit> {
        let Fact::Unit(happened) = &event.fact else { return row };
        let mut row = match happened {
            Event::Created {
                unit,
                scenario,
                kind,
                name,
                source,
                source_key,
                copied_from,
                parent,
            } => Unit {
                scenario: scenario.clone(),
                unit: unit.clone(),
                kind: kind.as_str().to_owned(),
                name: name.clone(),
                provider: source.as_ref().map(|source| source.provider.as_str().to_owned()),
                account: source.as_ref().map(|source| source.account.clone()),
                source_key: source_key.clone(),
                claim: None,
                retired: false,
                lineage: copied_from.as_ref().unwrap_or(unit).clone(),
                parent: parent.clone(),
                version: event.version,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            },
            Event::Renamed { new, .. } => Unit { name: new.clone(), ..row? },
            Event::Identified { source, source_key, claim, .. } => Unit {
                provider: Some(source.provider.as_str().to_owned()),
                account: Some(source.account.clone()),
                source_key: Some(source_key.clone()),
                claim: Some(claim.clone()),
                retired: false,
                ..row?
            },
            Event::LinkedTo { .. } => return row,
            Event::Retired { .. } => Unit { retired: true, ..row? },
            Event::Restored { .. } => Unit { retired: false, ..row? },
        };
        row.version = event.version;
        row.updated_at = event.recorded_at;
        Some(row)
    }
}

static ALL: Sql = Sql::of(
    Unit::COLUMNS,
    "select {columns} from views.units
     where tenant = cast($1 as text) and scenario = cast($2 as text)
     order by unit",
);
static ONE: Sql = Sql::of(
    Unit::COLUMNS,
    "select {u.columns}, (
        select count(*) from views.members as m
        where m.tenant = u.tenant and m.scenario = u.scenario and m.unit = u.unit)
     from views.units as u
     where u.tenant = cast($1 as text) and u.scenario = cast($2 as text)
        and u.unit = cast($3 as text)",
);
static BY_IDS: Sql = Sql::of(
    Unit::COLUMNS,
    "select {u.columns} from views.units as u
     where u.tenant = cast($1 as text) and u.scenario = cast($2 as text)
        and u.unit in (select value from views.json_each(cast($3 as text)))
     limit 1000",
);
static OF_SCENARIO: Sql = Sql::of(
    Unit::COLUMNS,
    "select {columns} from views.units
     where tenant = cast($1 as text) and scenario = cast($2 as text)",
);
static AS_OF: Sql = Sql::of(
    Unit::COLUMNS,
    "select {columns} from views.units_history
     where tenant = cast($1 as text) and scenario = cast($2 as text)
        and from_position <= cast($3 as bigint)
        and (to_position is null or to_position > cast($3 as bigint))
     order by name, unit",
);

impl Unit {
    fn source(&self) -> Option<Source> {
        let provider = Provider::parse(self.provider.as_deref()?)?;
        Some(Source { provider, account: self.account.clone()? })
    }

    /// The unit as its stream tells of it; `None` where a newer version wrote the row.
    pub fn known(&self) -> Option<KnownUnit> {
        Some(KnownUnit {
            unit: self.unit.clone(),
            scenario: self.scenario.clone(),
            kind: Kind::parse(&self.kind)?,
            name: self.name.clone(),
            source: self.source(),
            source_key: self.source_key.clone(),
            claim: self.claim.clone(),
            retired: self.retired,
            parent: self.parent.clone(),
        })
    }
}

fn counted(cells: &mut Cells) -> Result<Counted, Mismatch> {
    Ok(Counted { unit: Unit::read(cells)?, members: cells.get()?, path: vec![] })
}

/// Which units; nothing but the kind set means all of it.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    pub kind: &'a str,
    /// Part of the name, in any case.
    pub q: Option<&'a str>,
    /// Whether a source brought them.
    pub synced: Option<bool>,
}

/// One unit.
pub async fn one(
    db: &Db,
    tenant: &str,
    scenario: &str,
    unit: &str,
) -> Result<Option<Counted>, ReadError> {
    let args = vec![tenant.into(), scenario.into(), unit.into()];
    let Some(mut row) = db.first(&ONE, args, counted).await? else { return Ok(None) };
    let id = row.unit.unit.clone();
    row.path =
        tree::paths(db, tenant, scenario, &[id]).await?.into_values().next().unwrap_or_default();
    Ok(Some(row))
}

/// Units by id, in no order; at most 1,000.
pub async fn by_ids(
    db: &Db,
    tenant: &str,
    scenario: &str,
    units: &[String],
) -> Result<Vec<Unit>, ReadError> {
    db.all_rows(&BY_IDS, vec![tenant.into(), scenario.into(), list_of(units)]).await
}

/// All units of a scenario by id, whether listed or not.
pub async fn all(db: &Db, tenant: &str, scenario: &str) -> Result<Vec<Unit>, ReadError> {
    db.all_rows(&ALL, vec![tenant.into(), scenario.into()]).await
}

impl Unit {
    /// By what it is found in another scenario.
    pub fn identity(&self) -> UnitIdentity {
        UnitIdentity {
            unit: self.unit.clone(),
            kind: self.kind.clone(),
            source: self.source().zip(self.source_key.clone()),
            lineage: self.lineage.clone(),
        }
    }
}

/// All units of a scenario by id, as a plan reads them.
pub async fn of_scenario(
    db: &Db,
    tenant: &str,
    scenario: &str,
) -> Result<BTreeMap<String, UnitRow>, ReadError> {
    let units: Vec<Unit> = db.all_rows(&OF_SCENARIO, vec![tenant.into(), scenario.into()]).await?;
    let rows = units.into_iter().map(|unit| Some((unit.unit.clone(), unit.row()?)));
    Ok(rows.collect::<Option<_>>().ok_or(Mismatch)?)
}

impl Unit {
    /// The row as a plan reads it; `None` for a kind that this binary does not know.
    fn row(self) -> Option<UnitRow> {
        Some(UnitRow {
            version: self.version,
            kind: Kind::parse(&self.kind)?,
            source: self.source(),
            name: self.name,
            source_key: self.source_key,
            claim: self.claim,
            retired: self.retired,
            parent: self.parent,
        })
    }
}

/// Units as they were after a position of the tenant's shard.
pub async fn as_of(
    db: &Db,
    tenant: &str,
    scenario: &str,
    position: Position,
) -> Result<Vec<Unit>, ReadError> {
    db.all_rows(&AS_OF, vec![tenant.into(), scenario.into(), position.into()]).await
}
