//! A page of the log, opened and decoded once for everybody who folds it.

use rollcall_domain::{Fact, Malformed, Recorded};
use rollcall_store::{Position, Shard, Store, StoreError, Stored};

use super::fold::Event;

#[derive(Default)]
pub(crate) struct Page {
    pub(crate) events: Vec<Event>,
    /// How far it reaches; events that nobody wants are left out.
    pub(crate) last: Position,
    /// Whether the log had more.
    pub(crate) full: bool,
}

/// Reads the events after a position; `None` where there are none.
pub(crate) async fn read(
    store: &Store,
    shard: Shard,
    after: Position,
    limit: u32,
    wants: impl Fn(&str) -> bool,
) -> Result<Option<Page>, StoreError> {
    let stored = store.read_shard(shard, after, limit).await?;
    let full = stored.len() >= limit as usize;
    let page = open(store, stored, wants).await?;
    Ok(page.map(|page| Page { full, ..page }))
}

/// Opens and decodes what was read; `None` where there was nothing.
pub(crate) async fn open(
    store: &Store,
    mut stored: Vec<Stored>,
    wants: impl Fn(&str) -> bool,
) -> Result<Option<Page>, StoreError> {
    let Some(last) = stored.last().map(|event| event.position) else { return Ok(None) };
    stored.retain(|event| wants(&event.kind));
    store.unseal(&mut stored).await?;
    let events = stored.into_iter().map(decode).collect();
    Ok(Some(Page { events, last, full: false }))
}

fn decode(stored: Stored) -> Event {
    let (position, kind) = (stored.position, stored.kind.clone());
    Event { position, kind, recorded: recorded(stored) }
}

/// An event as the rules know it.
pub(crate) fn recorded(stored: Stored) -> Result<Recorded, Malformed> {
    let fact = Fact::read(&stored.kind, &stored.payload, stored.personal.as_deref())?;
    Ok(Recorded {
        shard: stored.shard,
        position: stored.position,
        tenant: stored.tenant,
        stream: stored.stream,
        version: stored.version,
        event_id: stored.event_id,
        kind: stored.kind,
        recorded_at: stored.recorded_at,
        effective_at: stored.effective_at,
        principal: stored.principal,
        causation: stored.causation,
        correlation: stored.correlation,
        subject: stored.subject,
        fact,
    })
}
