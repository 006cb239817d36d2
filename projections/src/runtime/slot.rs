//! A projection's tables: two slots per version, behind a view. All SQL that varies with the
//! declaration is made here, once per slot.

use crate::db::Dialect;
use crate::table::{Column, Declared, Kind};

/// One of the two places a version of a projection can lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    A,
    B,
}

impl Slot {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Slot::A => "a",
            Slot::B => "b",
        }
    }
    pub(crate) fn parse(text: &str) -> Slot {
        if text == "b" { Slot::B } else { Slot::A }
    }
    pub(crate) fn other(self) -> Slot {
        match self {
            Slot::A => Slot::B,
            Slot::B => Slot::A,
        }
    }
}

/// The tables of one slot.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) declared: Declared,
    pub(crate) slot: Slot,
    pub(crate) dialect: Dialect,
}

impl Tables {
    pub(crate) fn new(declared: Declared, slot: Slot, dialect: Dialect) -> Self {
        Tables { declared, slot, dialect }
    }
    fn schema(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => "views.",
        }
    }
    /// Without the schema.
    fn bare(&self) -> String {
        let Declared { name, version, .. } = self.declared;
        format!("{name}_v{version}_{}", self.slot.as_str())
    }
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.schema(), self.bare())
    }
    pub(crate) fn history(&self) -> String {
        format!("{}{}_history", self.schema(), self.bare())
    }
    fn sql_type(&self, kind: Kind) -> &'static str {
        match (self.dialect, kind) {
            (Dialect::Sqlite, Kind::Text) => "text",
            (Dialect::Sqlite, Kind::Integer | Kind::Boolean | Kind::Timestamp) => "integer",
            (Dialect::Sqlite, Kind::Bytes) => "blob",
            // Compared byte by byte, so that both databases sort alike.
            (Dialect::Postgres, Kind::Text) => "text collate \"C\"",
            (Dialect::Postgres, Kind::Integer) => "bigint",
            (Dialect::Postgres, Kind::Boolean) => "boolean",
            (Dialect::Postgres, Kind::Timestamp) => "timestamptz",
            (Dialect::Postgres, Kind::Bytes) => "bytea",
        }
    }
    fn column(&self, column: &Column) -> String {
        let null = if column.nullable { "" } else { " not null" };
        format!("{} {}{null}", column.name, self.sql_type(column.kind))
    }
    fn number(&self, name: &str) -> String {
        format!("{name} {} not null", self.sql_type(Kind::Integer))
    }
    /// Tenant and key columns.
    pub(crate) fn key(&self) -> Vec<&'static str> {
        ["tenant"].into_iter().chain(self.declared.keys().map(|column| column.name)).collect()
    }
    /// Every column of the main table.
    pub(crate) fn columns(&self) -> Vec<(&'static str, Kind)> {
        let own = self.declared.columns.iter().map(|column| (column.name, column.kind));
        [("tenant", Kind::Text)]
            .into_iter()
            .chain(own)
            .chain([("position", Kind::Integer)])
            .collect()
    }
    /// Every column of the table of past states.
    pub(crate) fn history_columns(&self) -> Vec<(&'static str, Kind)> {
        let mut columns = self.columns();
        columns.pop();
        columns.extend([
            ("from_position", Kind::Integer),
            ("to_position", Kind::Integer),
            ("from_at", Kind::Timestamp),
        ]);
        columns
    }

    /// Makes empty tables, without the indexes that can wait until they are filled.
    pub(crate) fn create(&self) -> String {
        let history = self.declared.history.then(|| self.history());
        let tables = [self.name()].into_iter().chain(history);
        self.definition() + &tables.map(|table| self.hand_over(&table)).collect::<String>()
    }

    fn definition(&self) -> String {
        let mut columns = vec![format!("tenant {} not null", self.sql_type(Kind::Text))];
        columns.extend(self.declared.columns.iter().map(|column| self.column(column)));
        let mut sql = self.drop();
        let key = self.key().join(", ");
        let (end, row_security) = match self.dialect {
            // A narrow row lies in its primary key; a wide one would make that deep.
            Dialect::Sqlite if columns.len() <= 6 => (" strict, without rowid", false),
            Dialect::Sqlite => (" strict", false),
            Dialect::Postgres => (" with (fillfactor = 85)", true),
        };
        let mut tables = vec![self.name()];
        let main = [columns.clone(), vec![self.number("position")]].concat().join(", ");
        sql += &format!("create table {} ({main}, primary key ({key})){end};\n", self.name());
        if self.declared.history {
            let more = [
                self.number("from_position"),
                format!("to_position {}", self.sql_type(Kind::Integer)),
                format!("from_at {} not null", self.sql_type(Kind::Timestamp)),
            ];
            let past = [columns, more.to_vec()].concat().join(", ");
            let name = self.history();
            sql += &format!(
                "create table {name} ({past}, primary key ({key}, from_position)){end};\n"
            );
            tables.push(name);
        }
        if let Some(subject) = self.declared.subject().filter(|_| self.declared.is_personal()) {
            // Erasures look rows up by it, in a rebuild too.
            let (bare, table, column) = (self.bare(), self.name(), subject.name);
            sql += &format!("create index {bare}_subject on {table} (tenant, {column});\n");
        }
        for table in tables.iter().filter(|_| row_security) {
            sql += &format!(
                "alter table {table} enable row level security;\n\
                 create policy own_tenant on {table} for select \
                 using (tenant = current_setting('rollcall.tenant', true));\n"
            );
        }
        sql
    }

    /// The indexes that queries need.
    pub(crate) fn index(&self) -> String {
        let (bare, table) = (self.bare(), self.name());
        let indexes = self.declared.indexes.iter().enumerate().map(|(number, columns)| {
            let columns = columns.join(", ");
            format!("create index if not exists {bare}_{number} on {table} (tenant, {columns});\n")
        });
        indexes.chain(self.analyze()).collect()
    }

    /// Tells the planner what the table holds now; SQLite's plans don't depend on that.
    pub(crate) fn analyze(&self) -> Option<String> {
        match self.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!("analyze {};\n", self.name())),
        }
    }

    /// Never what is live. Views may still show it if nothing is.
    pub(crate) fn drop(&self) -> String {
        let views = match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " cascade",
        };
        let mut sql = String::new();
        if self.declared.history {
            sql += &format!("drop table if exists {}{views};\n", self.history());
        }
        sql + &format!("drop table if exists {}{views};\n", self.name())
    }

    /// Points the views at this slot: the one this version's queries use, and one for people.
    pub(crate) fn show(&self) -> String {
        let Declared { name, version, history, .. } = self.declared;
        let schema = self.schema();
        let with = match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " with (security_invoker = true)",
        };
        let mut views = vec![
            (format!("{schema}{name}_v{version}"), self.name(), self.columns()),
            (format!("{schema}{name}"), self.name(), self.columns()),
        ];
        if history {
            let (table, columns) = (self.history(), self.history_columns());
            views.push((
                format!("{schema}{name}_history_v{version}"),
                table.clone(),
                columns.clone(),
            ));
            views.push((format!("{schema}{name}_history"), table, columns));
        }
        let mut sql = String::new();
        for (view, table, columns) in views {
            let columns: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            let columns = columns.join(", ");
            sql += &format!(
                "drop view if exists {view};\n\
                 create view {view}{with} as select {columns} from {table};\n"
            );
            sql += &self.hand_over(&view);
        }
        sql
    }

    /// Gives a table or view to all who write, so that each may replace it; the policies bind
    /// those who only read. Where the roles are missing, or are not ours, it stays with its maker.
    fn hand_over(&self, name: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => String::new(),
            // A view is altered as a table is.
            Dialect::Postgres => format!(
                "do $$ begin\n\
                 grant select on {name} to rollcall_reader;\n\
                 alter table {name} owner to rollcall_writer;\n\
                 exception when undefined_object or insufficient_privilege then null;\n\
                 end $$;\n"
            ),
        }
    }

    /// Changes when the tables would look different.
    pub(crate) fn shape(&self) -> String {
        use sha2::Digest;
        let fixed = Tables { slot: Slot::A, dialect: Dialect::Postgres, ..self.clone() };
        let digest = sha2::Sha256::digest(fixed.definition() + &fixed.index());
        hex::encode(&digest[..8])
    }
}
