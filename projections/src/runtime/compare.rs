//! Compares two slots of a projection row by row.

use super::slot::Tables;
use crate::db::{Cells, Tx};
use crate::table::{Kind, Mismatch, Value};

/// Keys a report names at most.
const NAMED: u32 = 100;

/// What a rebuild has differently from what is live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Rows that are live.
    pub rows: u64,
    /// Live rows without their like, rows that only the rebuild has, and rows that differ.
    pub missing: u64,
    pub extra: u64,
    pub different: u64,
    /// Some of their keys, as JSON. Keys hold ids only, never a personal value.
    pub keys: Vec<String>,
}

impl Comparison {
    pub fn is_equal(&self) -> bool {
        self.missing + self.extra + self.different == 0
    }
}

/// Both must be at the same checkpoint in this transaction.
pub(crate) async fn compare(
    tx: &mut Tx,
    live: &Tables,
    built: &Tables,
) -> Result<Comparison, super::concede::Concede> {
    let mut found = Comparison::default();
    let pairs = [
        (live.name(), built.name(), live.columns(), live.key()),
        (
            live.history(),
            built.history(),
            live.history_columns(),
            [live.key(), vec!["from_position"]].concat(),
        ),
    ];
    let tables = if live.declared.history { 2 } else { 1 };
    for (live, built, columns, key) in pairs.into_iter().take(tables) {
        tables_of(tx, &live, &built, &columns, &key, &mut found).await?;
    }
    Ok(found)
}

async fn tables_of(
    tx: &mut Tx,
    live: &str,
    built: &str,
    columns: &[(&'static str, Kind)],
    key: &[&'static str],
    found: &mut Comparison,
) -> Result<(), super::concede::Concede> {
    let on: Vec<String> = key.iter().map(|name| format!("l.{name} = b.{name}")).collect();
    let rest = columns.iter().filter(|(name, _)| !key.contains(name));
    let differs: Vec<String> =
        rest.map(|(name, _)| format!("l.{name} is distinct from b.{name}")).collect();
    let joined = format!("from {live} as l full join {built} as b on {}", on.join(" and "));
    let differs =
        format!("(l.tenant is not null and b.tenant is not null and ({}))", differs.join(" or "));
    let counts = format!(
        "select count(l.tenant), \
         count(case when b.tenant is null then 1 end), \
         count(case when l.tenant is null then 1 end), \
         count(case when {differs} then 1 end) {joined}"
    );
    if let Some(row) = tx.rows(&counts, vec![]).await?.first() {
        let mut cells = Cells::of(row);
        found.rows += cells.get::<u64>()?;
        found.missing += cells.get::<u64>()?;
        found.extra += cells.get::<u64>()?;
        found.different += cells.get::<u64>()?;
    }
    if found.is_equal() {
        return Ok(());
    }
    let names: Vec<String> =
        key.iter().map(|name| format!("coalesce(l.{name}, b.{name})")).collect();
    let some = format!(
        "select {} {joined} where l.tenant is null or b.tenant is null or {differs} limit {NAMED}",
        names.join(", ")
    );
    let kinds: Vec<Kind> =
        columns.iter().filter(|(name, _)| key.contains(name)).map(|(_, kind)| *kind).collect();
    for row in tx.rows(&some, vec![]).await? {
        let mut cells = Cells::of(&row);
        let values: Result<Vec<Value>, Mismatch> =
            kinds.iter().map(|kind| cells.next_value(*kind)).collect();
        let values: serde_json::Value = values?.iter().map(Value::to_json).collect();
        found.keys.push(values.to_string());
    }
    Ok(())
}
