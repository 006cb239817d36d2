//! What was told since a time: for an endpoint that was not there to hear it.

use chrono::{DateTime, Utc};
use rollcall_domain::message::{Message, Selection};

use super::MessageReader;
use crate::audit_events::{self, Filter};
use crate::db::{Db, ReadError};

/// Events that are looked at in one go.
const EVENTS: u32 = 200;

/// Some messages in the order of the log, and where to go on.
pub struct Piece {
    pub messages: Vec<Message>,
    pub next: Option<String>,
}

/// The messages somebody wants of a piece of the log between two times.
pub async fn since(
    db: &Db,
    reader: &MessageReader,
    tenant: &str,
    selection: &Selection,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    after: Option<&str>,
) -> Result<Piece, ReadError> {
    let filter = Filter { since: Some(since), until: Some(until), ..Filter::default() };
    let page = audit_events::oldest(db, tenant, &filter, after, EVENTS).await?;
    let tells = |kind: &str| ["actor.", "run.", "unit."].iter().any(|one| kind.starts_with(one));
    let told = page.rows.iter().filter(|row| tells(&row.kind));
    let positions: Vec<u64> = told.map(|row| row.at).collect();
    let mut messages = reader.at(tenant, &positions).await?;
    messages.retain(|message| selection.wants(message));
    Ok(Piece { messages, next: page.next })
}
