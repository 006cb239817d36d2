//! What owners and admins were told: a row for each of them, with what they marked it as.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::notification::{Event, Raised};
use rollcall_domain::{Fact, Recorded};

use crate::db::{Cells, Db, Page, ReadError, Sql, cursor, limit_of, resume_by_time};
use crate::table::{Json, Key, Mismatch, Projection, Reads, Row, row};

/// Older ones are not listed any more, and count as read. The log keeps them.
pub const LISTED_FOR: TimeDelta = TimeDelta::days(180);

row! {
    pub struct Told {
        [key] recipient: String,
        [key] notification: String,
        kind: String,
        /// Without the other recipients.
        content: Json<Raised>,
        raised_at: DateTime<Utc>,
        /// Where it stands in the log.
        place: u64,
        /// `read` or `unread`, as it was last marked by itself, and where in the log that stands.
        mark: Option<String>,
        marked: Option<u64>,
        updated_at: DateTime<Utc>,
    }
}

pub struct Notifications;

impl Projection for Notifications {
    const NAME: &'static str = "notifications";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["notification"]);
    const INDEXES: &'static [&'static [&'static str]] =
        &[&["recipient", "raised_at", "notification"]];
    type Row = Told;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Notification(happened) = &event.fact else { return vec![] };
        match happened {
            Event::Raised(raised) => {
                let key = |user: &String| Key::of([user, &raised.notification]);
                raised.recipients.iter().map(key).collect()
            }
            Event::Read { user, .. } | Event::Unread { user, .. } => {
                let id = event.stream.strip_prefix("notification/");
                id.map(|id| Key::of([user, id])).into_iter().collect()
            }
        }
    }

    fn evolve(key: &Key, row: Option<Told>, event: &Recorded) -> Option<Told> {
        let Fact::Notification(happened) = &event.fact else { return row };
        let mark = match happened {
            Event::Raised(raised) => {
                return Some(Told {
                    recipient: key.text(0).to_owned(),
                    notification: raised.notification.clone(),
                    kind: raised.kind.as_str().to_owned(),
                    content: Json(Raised { recipients: vec![], ..(**raised).clone() }),
                    raised_at: event.recorded_at,
                    place: event.position,
                    mark: None,
                    marked: None,
                    updated_at: event.recorded_at,
                });
            }
            Event::Read { .. } => "read",
            Event::Unread { .. } => "unread",
        };
        let (mark, marked) = (Some(mark.to_owned()), Some(event.position));
        Some(Told { mark, marked, updated_at: event.recorded_at, ..row? })
    }
}

/// A notification as its recipient has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub told: Told,
    pub unread: bool,
}

/// The later of the two counts: what it was marked as itself, or that all was marked as read.
static PAGE: Sql = Sql::of(
    Told::COLUMNS,
    "select {n.columns},
        case when coalesce(n.marked, 0) > coalesce(i.swept, 0) then n.mark = 'unread'
            else n.place > coalesce(i.up_to, 0) and coalesce(n.mark, 'unread') = 'unread' end
     from views.notifications as n
     left join views.inboxes as i on i.tenant = n.tenant and i.owner = n.recipient
     where n.tenant = cast($1 as text) and n.recipient = cast($2 as text)
        and n.raised_at > cast($3 as timestamptz)
        and (cast($4 as boolean) = false or
            case when coalesce(n.marked, 0) > coalesce(i.swept, 0) then n.mark = 'unread'
                else n.place > coalesce(i.up_to, 0)
                    and coalesce(n.mark, 'unread') = 'unread' end)
        and (cast($5 as timestamptz) is null
            or (n.raised_at, n.notification) < (cast($5 as timestamptz), cast($6 as text)))
        and (cast($7 as text) is null or n.notification = cast($7 as text))
     order by n.raised_at desc, n.notification desc
     limit cast($8 as bigint)",
);
static UNREAD: Sql = Sql::new(
    "select count(*) from views.notifications as n
     left join views.inboxes as i on i.tenant = n.tenant and i.owner = n.recipient
     where n.tenant = cast($1 as text) and n.recipient = cast($2 as text)
        and n.raised_at > cast($3 as timestamptz)
        and case when coalesce(n.marked, 0) > coalesce(i.swept, 0) then n.mark = 'unread'
            else n.place > coalesce(i.up_to, 0) and coalesce(n.mark, 'unread') = 'unread' end",
);

fn listed(cells: &mut Cells) -> Result<Listed, Mismatch> {
    Ok(Listed { told: Told::read(cells)?, unread: cells.get()? })
}

/// What a user was told in a tenant, newest first.
pub async fn page(
    db: &Db,
    (tenant, user): (&str, &str),
    unread_only: bool,
    now: DateTime<Utc>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Listed>, ReadError> {
    let (at, id) = resume_by_time(after)?.unzip();
    let limit = limit_of(limit);
    let args = vec![
        tenant.into(),
        user.into(),
        (now - LISTED_FOR).into(),
        Some(unread_only).into(),
        at.into(),
        id.into(),
        None::<String>.into(),
        (limit + 1).into(),
    ];
    let rows = db.all(&PAGE, args, listed).await?;
    Ok(Page::of(rows, limit, |row| cursor(&(row.told.raised_at, &row.told.notification))))
}

/// One of them.
pub async fn one(
    db: &Db,
    (tenant, user): (&str, &str),
    notification: &str,
    now: DateTime<Utc>,
) -> Result<Option<Listed>, ReadError> {
    let args = vec![
        tenant.into(),
        user.into(),
        (now - LISTED_FOR).into(),
        Some(false).into(),
        None::<DateTime<Utc>>.into(),
        None::<String>.into(),
        notification.into(),
        1_u32.into(),
    ];
    db.first(&PAGE, args, listed).await
}

/// How many they have not read.
pub async fn unread(
    db: &Db,
    tenant: &str,
    user: &str,
    now: DateTime<Utc>,
) -> Result<u64, ReadError> {
    let args = vec![tenant.into(), user.into(), (now - LISTED_FOR).into()];
    Ok(db.first(&UNREAD, args, |cells| cells.get()).await?.unwrap_or(0))
}
