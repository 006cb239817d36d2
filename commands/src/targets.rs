//! Choosing where a connection's changes apply. Whatever is newly chosen is a scenario that may be
//! written, and in the same append it still is.

use futures_util::FutureExt;
use rollcall_domain::connection::{
    self, Command, Connection, Declined, Status, Targets, TargetsChange, offered,
};
use rollcall_domain::scenario::Scenario;
use rollcall_domain::{Decider, Refusal};
use rollcall_store::{AppendError, Cause, Position, Store};

use crate::connections::keep_place;
use crate::error::CommandError;
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew, load, load_at};

/// Changes some of a connection's targets. A scenario that was chosen before and is archived by now
/// may stay in the list.
pub async fn change_targets(
    store: &Store,
    tenant: &str,
    id: &str,
    change: &TargetsChange,
    cause: &Cause,
) -> Result<Handled<connection::Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut known: Loaded<Connection> = load(store, tenant, id).await?;
            let before = known.state.status();
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let events = decide_targets(&mut unit, store, tenant, &mut known, (id, change)).await?;
            keep_place(store, tenant, &mut unit, id, (before, known.state.status())).await?;
            if unit.is_empty() {
                return Ok(Handled { events, appended: None });
            }
            let appended = Some(unit.commit(store).await?);
            Ok(Handled { events, appended })
        }
        .boxed()
    })
    .await
}

/// Decides on a change of a connection's targets.
pub(crate) async fn decide_targets(
    unit: &mut UnitOfWork,
    store: &Store,
    tenant: &str,
    known: &mut Loaded<Connection>,
    (id, change): (&str, &TargetsChange),
) -> Result<Vec<connection::Event>, CommandError> {
    let old = known.state.known.as_ref().map(|known| known.targets.clone()).unwrap_or_default();
    let targets = old.changed(change);
    let command = Command::ChangeTargets { targets: targets.clone() };
    let events = unit.decide(id, known, command)?;
    if !events.is_empty() {
        are_offered(store, tenant, unit, &targets, &old).await?;
    }
    Ok(events)
}

/// Adds the expectation that each scenario that `targets` has and `old` has not stays one that may be
/// chosen. Refused where one is none.
pub(crate) async fn are_offered(
    store: &Store,
    tenant: &str,
    unit: &mut UnitOfWork,
    targets: &Targets,
    old: &Targets,
) -> Result<(), CommandError> {
    let mut declined = Vec::new();
    for scenario in targets.added(old) {
        let known: Loaded<Scenario> = load(store, tenant, scenario).await?;
        match offered(&known.state) {
            Ok(()) => unit.add(Scenario::stream(scenario), known.expected(), vec![]),
            Err(why) => declined.push(Declined { scenario: scenario.to_owned(), why }),
        }
    }
    match declined.is_empty() {
        true => Ok(()),
        false => Err(Refusal::from(connection::Refusal::NotOffered(declined)).into()),
    }
}

/// A scenario that was made at a position becomes a target of a connection whose switch for all future
/// ones was on there, if it still may be one. Whether it did.
///
/// Done once for an effect: a target that was taken away again afterwards does not come back.
pub async fn add_future_target(
    store: &Store,
    tenant: &str,
    id: &str,
    (scenario, made_at): (&str, Position),
    effect: &str,
    cause: &Cause,
) -> Result<bool, CommandError> {
    let then: Loaded<Connection> = load_at(store, tenant, id, made_at).await?;
    if !then.state.known.is_some_and(|then| then.targets.all_future) {
        return Ok(false);
    }
    let added = decided_anew(|| {
        async {
            if store.key_used(tenant, effect).await? {
                return Ok(false);
            }
            let mut known: Loaded<Connection> = load(store, tenant, id).await?;
            let old = known.state.known.as_ref().filter(|one| one.status != Status::Disconnected);
            if old.is_none() {
                return Ok(false);
            }
            let of: Loaded<Scenario> = load(store, tenant, scenario).await?;
            if offered(&of.state).is_err() {
                return Ok(false);
            }
            let add = Command::AddFutureTarget { scenario: scenario.to_owned() };
            let mut unit = UnitOfWork::new(tenant, cause.clone()).key(Some(effect.to_owned()));
            unit.decide(id, &mut known, add)?;
            if unit.is_empty() {
                return Ok(false);
            }
            unit.add(Scenario::stream(scenario), of.expected(), vec![]);
            unit.commit(store).await.map(|_| true)
        }
        .boxed()
    });
    match added.await {
        // Somebody who lost the same work had put it there a moment before.
        Err(CommandError::Append(AppendError::KeyReused)) => Ok(false),
        added => added,
    }
}

#[cfg(test)]
mod tests;
