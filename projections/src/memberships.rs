//! Which users belong to a tenant, in which role. Lists only: what a request may do is read from the
//! stream.

use chrono::{DateTime, Utc};
use rollcall_domain::members::Event;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, resume};
use crate::table::{Key, Projection, Reads, Row, Value, row};

row! {
    pub struct Membership {
        [key] member: String,
        role: String,
        joined_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

pub struct Memberships;

impl Projection for Memberships {
    const NAME: &'static str = "memberships";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["members"]);
    type Row = Membership;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Members(happened) = &event.fact else { return vec![] };
        match happened {
            Event::Joined { user, .. } | Event::RoleChanged { user, .. } | Event::Left { user } => {
                vec![Key::of([user])]
            }
            Event::Invited { .. }
            | Event::InvitationAccepted { .. }
            | Event::InvitationRevoked { .. }
            | Event::MailChanged { .. } => vec![],
        }
    }

    fn evolve(_key: &Key, row: Option<Membership>, event: &Recorded) -> Option<Membership> {
        let Fact::Members(happened) = &event.fact else { return row };
        match happened {
            Event::Joined { user, role } => Some(Membership {
                member: user.clone(),
                role: role.as_str().to_owned(),
                joined_at: event.recorded_at,
                updated_at: event.recorded_at,
            }),
            Event::RoleChanged { new, .. } => Some(Membership {
                role: new.as_str().to_owned(),
                updated_at: event.recorded_at,
                ..row?
            }),
            Event::Left { .. } => None,
            Event::Invited { .. }
            | Event::InvitationAccepted { .. }
            | Event::InvitationRevoked { .. }
            | Event::MailChanged { .. } => row,
        }
    }
}

static PAGE: Sql = Sql::of(
    Membership::COLUMNS,
    "select {columns} from views.memberships
     where tenant = cast($1 as text)
        and (cast($2 as text) is null or member > cast($2 as text))
     order by member
     limit cast($3 as bigint)",
);
static TENANTS: Sql = Sql::new(
    "select tenant from views.memberships
     where member = cast($1 as text)
     order by tenant
     limit 1000",
);

/// A tenant's members.
pub async fn page(
    db: &Db,
    tenant: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Membership>, ReadError> {
    let after: Option<String> = resume(after)?;
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![tenant.into(), after.into(), (limit + 1).into()];
    let rows = db.all_rows(&PAGE, args).await?;
    Ok(Page::of(rows, limit, |row: &Membership| cursor(&row.member)))
}

/// The tenants a user belongs to; at most 1,000.
pub async fn tenants_of(db: &Db, user: &str) -> Result<Vec<String>, ReadError> {
    db.all(&TENANTS, vec![user.into()], |cells| cells.get()).await
}
