//! Who was invited to a tenant.

use chrono::{DateTime, Utc};
use rollcall_domain::members::Event;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, resume};
use crate::table::{Key, Projection, Reads, Row, Value, row};

row! {
    pub struct Invitation {
        [key_subject] id: String,
        [personal] email: Option<String>,
        role: String,
        /// `open`, `accepted`, `revoked`, `replaced`; one that is over by time is open.
        state: String,
        expires_at: DateTime<Utc>,
        invited_by: String,
        /// The user.
        accepted_by: Option<String>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

pub struct Invitations;

impl Projection for Invitations {
    const NAME: &'static str = "invitations";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["members"]);
    type Row = Invitation;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Members(happened) = &event.fact else { return vec![] };
        match happened {
            Event::Invited { invitation, replaces, .. } => {
                [invitation].into_iter().chain(replaces).map(|id| Key::of([id])).collect()
            }
            Event::InvitationAccepted { invitation, .. }
            | Event::InvitationRevoked { invitation } => vec![Key::of([invitation])],
            Event::Joined { .. }
            | Event::RoleChanged { .. }
            | Event::Left { .. }
            | Event::MailChanged { .. } => vec![],
        }
    }

    fn evolve(key: &Key, row: Option<Invitation>, event: &Recorded) -> Option<Invitation> {
        let Fact::Members(happened) = &event.fact else { return row };
        let mut row = match happened {
            Event::Invited { invitation, role, expires_at, personal, .. }
                if invitation == key.text(0) =>
            {
                Invitation {
                    id: invitation.clone(),
                    email: personal.as_ref().map(|invitee| invitee.email.clone()),
                    role: role.as_str().to_owned(),
                    state: "open".to_owned(),
                    expires_at: *expires_at,
                    invited_by: event.principal.to_string(),
                    accepted_by: None,
                    created_at: event.recorded_at,
                    updated_at: event.recorded_at,
                }
            }
            Event::Invited { .. } => Invitation { state: "replaced".to_owned(), ..row? },
            Event::InvitationAccepted { user, .. } => {
                Invitation { state: "accepted".to_owned(), accepted_by: Some(user.clone()), ..row? }
            }
            Event::InvitationRevoked { .. } => Invitation { state: "revoked".to_owned(), ..row? },
            Event::Joined { .. }
            | Event::RoleChanged { .. }
            | Event::Left { .. }
            | Event::MailChanged { .. } => return row,
        };
        row.updated_at = event.recorded_at;
        Some(row)
    }
}

static PAGE: Sql = Sql::of(
    Invitation::COLUMNS,
    "select {columns} from views.invitations
     where tenant = cast($1 as text)
        and (cast($2 as text) is null or id < cast($2 as text))
     order by id desc
     limit cast($3 as bigint)",
);

/// A tenant's invitations, newest first.
pub async fn page(
    db: &Db,
    tenant: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Invitation>, ReadError> {
    let after: Option<String> = resume(after)?;
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![tenant.into(), after.into(), (limit + 1).into()];
    let rows = db.all_rows(&PAGE, args).await?;
    Ok(Page::of(rows, limit, |row: &Invitation| cursor(&row.id)))
}
