//! The statements that move rows between a slot and memory.

use super::slot::Tables;
use crate::db::Dialect;
use crate::table::Kind;

/// Rows per statement on SQLite: of three fixed lengths, so that three statements stay prepared.
pub(super) const SIZES: [usize; 3] = [64, 8, 1];

/// The generated statements of one slot. On PostgreSQL a list of rows is one array per column, on
/// SQLite a list of keys is one JSON text and rows are `values` lists.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(super) load: String,
    pub(super) load_subject: Option<String>,
    pub(super) upsert: Vec<String>,
    pub(super) delete: String,
    pub(super) history: Option<HistoryStatements>,
    pub(super) key_kinds: Vec<Kind>,
    pub(super) kinds: Vec<Kind>,
}

#[derive(Debug)]
pub(super) struct HistoryStatements {
    pub(super) end: String,
    pub(super) upsert: Vec<String>,
    pub(super) erase: Option<String>,
    pub(super) kinds: Vec<Kind>,
}

impl Statements {
    pub(crate) fn of(tables: &Tables) -> Statements {
        let (columns, key) = (tables.columns(), tables.key());
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let kinds: Vec<Kind> = columns.iter().map(|(_, kind)| *kind).collect();
        let key_kinds = kinds[..key.len()].to_vec();
        let (table, list) = (tables.name(), of_table("t", &names));
        let keys = key_source(tables.dialect, &key_kinds);
        let on = matches(&key);
        let load = match tables.dialect {
            Dialect::Postgres => format!("select {list} from {keys} join {table} as t on {on}"),
            // The order of a cross join is fixed: keys first, each looked up.
            Dialect::Sqlite => {
                format!("select {list} from {keys} cross join {table} as t where {on}")
            }
        };
        let delete = match tables.dialect {
            Dialect::Postgres => format!("delete from {table} as t using {keys} where {on}"),
            Dialect::Sqlite => format!(
                "delete from {table} where ({}) in (select {} from {keys})",
                key.join(", "),
                of_keys(key.len()),
            ),
        };
        let subject = tables.declared.subject().filter(|_| tables.declared.is_personal());
        Statements {
            load,
            load_subject: subject.map(|subject| {
                let subject = subject.name;
                format!("select {list} from {table} as t where tenant = $1 and {subject} = $2")
            }),
            upsert: upserts(tables.dialect, &table, &columns, &key),
            delete,
            history: tables.declared.history.then(|| history(tables, &key_kinds)),
            key_kinds,
            kinds,
        }
    }
}

fn history(tables: &Tables, key_kinds: &[Kind]) -> HistoryStatements {
    let (table, columns) = (tables.history(), tables.history_columns());
    let key = tables.key();
    let mut with_from = key_kinds.to_vec();
    with_from.push(Kind::Integer);
    let keys = key_source(tables.dialect, &with_from);
    let (on, n) = (matches(&key), key.len());
    let end = match tables.dialect {
        Dialect::Postgres => format!(
            "update {table} as t set to_position = k.k{n} from {keys} \
             where {on} and t.to_position is null and t.from_position < k.k{n}"
        ),
        Dialect::Sqlite => format!(
            "update {table} as t set to_position = k.k{n} from (select {} from {keys}) as k \
             where {on} and t.to_position is null and t.from_position < k.k{n}",
            of_keys(n + 1),
        ),
    };
    let personal = tables.declared.columns.iter().filter(|column| column.is_personal());
    let blanks: Vec<String> = personal
        .map(|column| format!("{} = {}", column.name, if column.nullable { "null" } else { "''" }))
        .collect();
    let subject = tables.declared.subject().filter(|_| !blanks.is_empty());
    HistoryStatements {
        end,
        upsert: upserts(tables.dialect, &table, &columns, &[&key[..], &["from_position"]].concat()),
        erase: subject.map(|subject| {
            let (blanks, subject) = (blanks.join(", "), subject.name);
            format!("update {table} set {blanks} where tenant = $1 and {subject} = $2")
        }),
        kinds: columns.iter().map(|(_, kind)| *kind).collect(),
    }
}

fn of_table(alias: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{alias}.{name}")).collect();
    names.join(", ")
}

/// `t.tenant = k.k0 and t.actor = k.k1`
fn matches(key: &[&str]) -> String {
    let parts: Vec<String> =
        key.iter().enumerate().map(|(at, name)| format!("t.{name} = k.k{at}")).collect();
    parts.join(" and ")
}

/// `k.k0 as k0, k.k1 as k1`
fn of_keys(count: usize) -> String {
    let parts: Vec<String> = (0..count).map(|at| format!("k.k{at} as k{at}")).collect();
    parts.join(", ")
}

/// A relation `k` with the columns `k0`, `k1`, … of all keys.
fn key_source(dialect: Dialect, kinds: &[Kind]) -> String {
    match dialect {
        Dialect::Postgres => {
            let names: Vec<String> = (0..kinds.len()).map(|at| format!("k{at}")).collect();
            format!("unnest({}) as k ({})", arrays(kinds), names.join(", "))
        }
        Dialect::Sqlite => {
            let parts: Vec<String> =
                (0..kinds.len()).map(|at| format!("value ->> {at} as k{at}")).collect();
            format!("(select {} from json_each($1)) as k", parts.join(", "))
        }
    }
}

/// `cast($1 as text[]), cast($2 as bigint[])`
fn arrays(kinds: &[Kind]) -> String {
    let parts: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| {
            let of = match kind {
                Kind::Text => "text",
                Kind::Integer => "bigint",
                Kind::Boolean => "boolean",
                Kind::Timestamp => "timestamptz",
                Kind::Bytes => "bytea",
            };
            format!("cast(${} as {of}[])", at + 1)
        })
        .collect();
    parts.join(", ")
}

fn upserts(dialect: Dialect, table: &str, columns: &[(&str, Kind)], key: &[&str]) -> Vec<String> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let sets: Vec<String> = names
        .iter()
        .filter(|name| !key.contains(name))
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let head = format!("insert into {table} ({})", names.join(", "));
    let tail = format!("on conflict ({}) do update set {}", key.join(", "), sets.join(", "));
    match dialect {
        Dialect::Postgres => {
            let kinds: Vec<Kind> = columns.iter().map(|(_, kind)| *kind).collect();
            vec![format!("{head} select * from unnest({}) {tail}", arrays(&kinds))]
        }
        Dialect::Sqlite => {
            let row = format!("({})", vec!["?"; names.len()].join(", "));
            let lists = SIZES.map(|size| vec![row.as_str(); size].join(", "));
            lists.map(|list| format!("{head} values {list} {tail}")).to_vec()
        }
    }
}
