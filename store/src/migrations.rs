//! The schema's steps, in order; the same names for both databases.

/// Name and SQL of one step.
pub type Step = (&'static str, &'static str);

macro_rules! steps {
    ($database:literal: $($name:literal),+) => {
        &[$(($name, include_str!(concat!("../../migrations/", $database, "/", $name, ".sql")))),+]
    };
}

/// SQLite: which file each step belongs to stands in its first comment.
pub const SQLITE_LOG: &[Step] =
    steps!("sqlite": "0001_log", "0003_state", "0005_stream_ends", "0007_collation");
pub const SQLITE_KEYS: &[Step] = steps!("sqlite": "0002_keys", "0006_key_pages");
pub const SQLITE_VIEWS: &[Step] = steps!("sqlite": "0004_views");
pub const POSTGRES: &[Step] = steps!(
    "postgres": "0001_log", "0002_keys", "0003_state", "0004_views", "0005_stream_ends",
    "0006_key_pages", "0007_collation"
);
