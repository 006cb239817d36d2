//! The schema's steps, in order; the same names for both databases.

/// Name and SQL of one step.
pub(crate) type Step = (&'static str, &'static str);

macro_rules! steps {
    ($database:literal: $($name:literal),+) => {
        &[$(($name, include_str!(concat!("../../migrations/", $database, "/", $name, ".sql")))),+]
    };
}

/// SQLite: which file each step belongs to stands in its first comment.
pub(crate) const SQLITE_LOG: &[Step] = steps!("sqlite": "0001_log", "0003_work", "0004_state", "0006_entries", "0007_sessions", "0009_outbound");
pub(crate) const SQLITE_KEYS: &[Step] = steps!("sqlite": "0002_keys");
pub(crate) const SQLITE_VIEWS: &[Step] = steps!("sqlite": "0005_views");
pub(crate) const POSTGRES: &[Step] = steps!("postgres": "0001_log", "0002_keys", "0003_work", "0004_state", "0005_views", "0006_entries", "0007_sessions", "0009_outbound");
