//! Who signs in. All of them are the system tenant's.

use chrono::{DateTime, Utc};
use rollcall_domain::tenant::SYSTEM;
use rollcall_domain::user::Event;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, list_of, resume};
use crate::table::{Key, Projection, Reads, Row, Value, row};

row! {
    pub struct User {
        [key_subject] id: String,
        [personal] email: Option<String>,
        [personal] name: Option<String>,
        disabled: bool,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

pub struct Users;

impl Projection for Users {
    const NAME: &'static str = "users";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["user"]);
    type Row = User;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::User(happened) = &event.fact else { return vec![] };
        vec![Key::of([happened.user()])]
    }

    fn evolve(_key: &Key, row: Option<User>, event: &Recorded) -> Option<User> {
        let Fact::User(happened) = &event.fact else { return row };
        let mut row = match happened {
            Event::Registered { user, personal } => User {
                id: user.clone(),
                email: personal.as_ref().and_then(|profile| profile.email.clone()),
                name: personal.as_ref().map(|profile| profile.name.clone()),
                disabled: false,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            },
            Event::Renamed { personal, .. } => {
                User { name: personal.as_ref().map(|profile| profile.name.clone()), ..row? }
            }
            Event::PasswordChanged { .. } => row?,
            Event::Disabled { .. } => User { disabled: true, ..row? },
            Event::Enabled { .. } => User { disabled: false, ..row? },
        };
        row.updated_at = event.recorded_at;
        Some(row)
    }
}

static PAGE: Sql = Sql::of(
    User::COLUMNS,
    "select {columns} from views.users
     where tenant = cast($1 as text)
        and (cast($2 as text) is null or id > cast($2 as text))
     order by id
     limit cast($3 as bigint)",
);
static BY_IDS: Sql = Sql::of(
    User::COLUMNS,
    "select {columns} from views.users
     where tenant = cast($1 as text) and id in (select value from views.json_each(cast($2 as text)))",
);

/// All of them, in the order they were registered: for the operator only.
pub async fn page(db: &Db, after: Option<&str>, limit: u32) -> Result<Page<User>, ReadError> {
    let after: Option<String> = resume(after)?;
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![SYSTEM.into(), after.into(), (limit + 1).into()];
    let rows = db.all_rows(&PAGE, args).await?;
    Ok(Page::of(rows, limit, |row: &User| cursor(&row.id)))
}

/// Some of them; at most 1,000.
pub async fn by_ids(db: &Db, ids: &[String]) -> Result<Vec<User>, ReadError> {
    db.all_rows(&BY_IDS, vec![SYSTEM.into(), list_of(ids)]).await
}
