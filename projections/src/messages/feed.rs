//! The feed: a tenant's messages in the order of the log, from its beginning. A cursor is a place in
//! the log, so nothing comes twice and nothing is left out, however long a reader was away.

use rollcall_domain::message::{Kind, Message, Scenarios, Selection, Topic};

use super::{MessageReader, Told};
use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, list_of, resume};
use crate::table::{Row, Value};

/// Narrow rows that are looked at in one go, and events that are opened in one go.
const ROWS: u32 = 1_000;
const OPENED: usize = 100;

static PLACES: Sql = Sql::of(
    Told::COLUMNS,
    "select {columns} from views.messages
     where tenant = cast($1 as text)
        and at >= cast($2 as bigint)
        and topic in (select value from views.json_each(cast($3 as text)))
        and (cast($4 as text) is null or scenario is null
            or scenario in (select value from views.json_each(cast($4 as text))))
     order by at
     limit cast($5 as bigint)",
);

/// A message, and the cursor of what comes after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fed {
    pub message: Message,
    pub cursor: String,
}

/// Behind which message: a position, and which of the event's.
type Place = (u64, u8);

fn place_of(message: &Message) -> Place {
    let number = Kind::ALL.iter().position(|kind| *kind == message.kind);
    (message.position, number.map_or(u8::MAX, |number| number as u8))
}

/// The next messages that were asked for, at most so many.
pub async fn feed(
    db: &Db,
    reader: &MessageReader,
    tenant: &str,
    selection: &Selection,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Fed>, ReadError> {
    let after: Option<Place> = resume(after)?;
    if after.is_some_and(|(at, _)| i64::try_from(at).is_err()) {
        return Err(ReadError::Cursor);
    }
    let limit = limit_of(limit);
    let mut found: Vec<Fed> = vec![];
    let mut from = after.map_or(0, |(at, _)| at);
    loop {
        let rows = places(db, reader, tenant, selection, from).await?;
        let last = rows.last().map(|row| row.at);
        let full = rows.len() >= ROWS as usize;
        let wanted = wanted(reader, tenant, selection, rows).await?;
        for positions in wanted.chunks(OPENED.min(limit as usize + 1)) {
            let told = reader.at(tenant, positions).await?;
            let told = told.into_iter().filter(|message| {
                selection.wants(message) && after.is_none_or(|after| place_of(message) > after)
            });
            found.extend(told.map(|message| {
                let cursor = cursor(&place_of(&message));
                Fed { message, cursor }
            }));
            if found.len() > limit as usize {
                return Ok(Page::of(found, limit, |fed| fed.cursor.clone()));
            }
        }
        match last.filter(|_| full) {
            Some(last) => from = last + 1,
            None => return Ok(Page::of(found, limit, |fed| fed.cursor.clone())),
        }
    }
}

/// The next rows that may be about what was asked for.
async fn places(
    db: &Db,
    reader: &MessageReader,
    tenant: &str,
    selection: &Selection,
    from: u64,
) -> Result<Vec<Told>, ReadError> {
    let topics: Vec<&str> = Topic::ALL
        .iter()
        .filter(|topic| selection.kinds.iter().any(|kind| Topic::of(*kind).contains(topic)))
        .map(|topic| topic.as_str())
        .collect();
    let scenarios = match &selection.scenarios {
        Scenarios::These(ids) => Some(list_of(&Vec::from_iter(ids))),
        // Not known before one of its events was seen; then all are looked at.
        Scenarios::LiveBaseline => reader.live_of(tenant).map(|id| list_of(&[id])),
    };
    let args = vec![
        tenant.into(),
        from.into(),
        list_of(&topics),
        scenarios.unwrap_or(Value::Text(None)),
        ROWS.into(),
    ];
    db.all_rows(&PLACES, args).await
}

/// The positions of those rows that are about a wanted scenario, or about none.
async fn wanted(
    reader: &MessageReader,
    tenant: &str,
    selection: &Selection,
    rows: Vec<Told>,
) -> Result<Vec<u64>, ReadError> {
    let mut positions = Vec::with_capacity(rows.len());
    for row in rows {
        let there = match (&row.scenario, &selection.scenarios) {
            (None, _) => true,
            (Some(id), Scenarios::These(ids)) => ids.contains(id),
            (Some(id), Scenarios::LiveBaseline) => reader.is_live(tenant, id).await?,
        };
        if there {
            positions.push(row.at);
        }
    }
    Ok(positions)
}
