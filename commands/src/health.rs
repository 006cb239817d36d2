//! How a connection is: what the end of a run, or time alone, says of it.

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use rollcall_domain::health::{Command, Event, Health, Observed, outcome_of, reach_of};
use rollcall_domain::run::Run;
use rollcall_domain::{Decider, Written, run};
use rollcall_store::{Cause, Position, Store};

use crate::error::{CommandError, LoadError};
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, load};

/// Decides on a connection's health. Under one effect it is written once.
pub async fn assess_health(
    store: &Store,
    tenant: &str,
    connection: &str,
    command: &Command,
    effect: Option<&str>,
    cause: &Cause,
) -> Result<Vec<Event>, CommandError> {
    decided_anew(|| {
        async {
            if let Some(effect) = effect
                && store.key_used(tenant, effect).await?
            {
                return Ok(vec![]);
            }
            let mut known: Loaded<Health> = load(store, tenant, connection).await?;
            let mut unit = UnitOfWork::new(tenant, cause.clone()).key(effect.map(str::to_owned));
            let events = unit.decide(connection, &mut known, command.clone())?;
            if !unit.is_empty() {
                unit.commit(store).await?;
            }
            Ok(events)
        }
        .boxed()
    })
    .await
}

/// What a run had said of its connection up to a position of the log; `None` where it said nothing.
pub async fn observed_run(
    store: &Store,
    tenant: &str,
    id: &str,
    position: Position,
    at: DateTime<Utc>,
) -> Result<Option<Observed>, LoadError> {
    let (mut state, mut began) = (Run::default(), None);
    let all = store.read_stream(tenant, &Run::stream(id), 0).await?;
    for stored in all.iter().take_while(|stored| stored.position <= position) {
        let event = run::Event::read(&stored.payload, stored.personal.as_deref())?;
        match &event {
            // What is applied later still rests on what was read then.
            run::Event::Fetched { .. } => began = Some(stored.recorded_at),
            run::Event::Started { .. } => began = began.or(Some(stored.recorded_at)),
            run::Event::Queued { .. }
            | run::Event::Joined { .. }
            | run::Event::Waiting { .. }
            | run::Event::Applied { .. }
            | run::Event::Noted { .. }
            | run::Event::Held { .. }
            | run::Event::Approved { .. }
            | run::Event::Rejected { .. }
            | run::Event::Succeeded { .. }
            | run::Event::Partial { .. }
            | run::Event::Failed { .. }
            | run::Event::Skipped { .. }
            | run::Event::Cancelled { .. } => {}
        }
        state = state.evolve(&event);
    }
    Ok(state.known.and_then(|known| {
        let (reach, outcome) = (reach_of(known.spec.kind)?, outcome_of(&known)?);
        let began = began.unwrap_or(at);
        Some(Observed { run: known.run, reach, outcome, began, at })
    }))
}
