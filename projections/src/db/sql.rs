//! Statements, written once for both databases.

use std::sync::OnceLock;

use super::VersionOf;
use crate::table::Column;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The database's clock, when a lease taken now ends, how rows are held until the commit, and what makes
/// an instant the number of its day.
const SQLITE: [&str; 5] = [
    "cast(unixepoch('subsec') * 1000000 as integer)",
    "cast(unixepoch('subsec') * 1000000 as integer) + 15000000",
    "",
    "(",
    "/ 86400000000)",
];
const POSTGRES: [&str; 5] = [
    "clock_timestamp()",
    "clock_timestamp() + interval '15 seconds'",
    "for update",
    "cast(floor(extract(epoch from ",
    ") / 86400) as bigint)",
];

/// A statement. Tables are named `views.<projection>`, which becomes the view of the version that
/// is handed in (SQLite has no schemas). `{columns}` and `{x.columns}` become the columns of its
/// row, bare or of the alias `x`; `{now}`, `{lease}`, `{lock}` and `{day of}at{}` differ between the
/// databases.
/// Both texts are made once.
pub(crate) struct Sql {
    text: &'static str,
    columns: &'static [Column],
    texts: OnceLock<[String; 2]>,
}

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Sql {
        Sql { text, columns: &[], texts: OnceLock::new() }
    }
    pub(crate) const fn of(columns: &'static [Column], text: &'static str) -> Sql {
        Sql { text, columns, texts: OnceLock::new() }
    }

    pub(crate) fn text(&self, dialect: Dialect, version_of: VersionOf) -> &str {
        let texts = self.texts.get_or_init(|| {
            let text = |own: [&str; 5], schema: &str| {
                let text = self.text.replace("{now}", own[0]);
                let text = text.replace("{lease}", own[1]).replace("{lock}", own[2]);
                let text = text.replace("{day of}", own[3]).replace("{}", own[4]);
                with_tables(&with_columns(&text, self.columns), schema, version_of)
            };
            [text(SQLITE, ""), text(POSTGRES, "views.")]
        });
        match dialect {
            Dialect::Sqlite => &texts[0],
            Dialect::Postgres => &texts[1],
        }
    }
}

fn with_columns(text: &str, columns: &[Column]) -> String {
    let list = |prefix: &str| {
        let names: Vec<String> =
            columns.iter().map(|column| format!("{prefix}{}", column.name)).collect();
        names.join(", ")
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(&list(name.strip_suffix("columns").unwrap_or_default()));
        rest = after;
    }
    out + rest
}

fn with_tables(text: &str, schema: &str, version_of: VersionOf) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("views.") {
        let end =
            after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        out.push_str(before);
        out.push_str(schema);
        out.push_str(name);
        if let Some(version) = version_of(name) {
            out.push_str(&format!("_v{version}"));
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Kind, Role};

    #[test]
    fn a_statement_names_versions_and_columns() {
        static COLUMNS: [Column; 2] = [
            Column { name: "a", kind: Kind::Text, nullable: false, role: Role::Key },
            Column { name: "b", kind: Kind::Text, nullable: false, role: Role::Plain },
        ];
        let sql =
            Sql::of(&COLUMNS, "select {u.columns} from views.units as u, views.json_each($1)");

        let text = |dialect| sql.text(dialect, |name| (name == "units").then_some(1));
        assert_eq!(text(Dialect::Sqlite), "select u.a, u.b from units_v1 as u, json_each($1)");
        assert_eq!(
            text(Dialect::Postgres),
            "select u.a, u.b from views.units_v1 as u, views.json_each($1)"
        );
    }
}
