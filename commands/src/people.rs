//! People by hand: made, edited, taken out of sync and put back, released from hold, in any scenario
//! that may be written.
//!
//! The scenario's stream is expected as it was read, without an event of its own: whoever archives it
//! meanwhile wins or loses, but nobody writes what is archived.

use futures_util::FutureExt;
use rollcall_domain::Refusal;
use rollcall_domain::actor::{Actor, Command, Event, KnownActor, Refusal as No};
use rollcall_domain::field::{Field, Fields, Seen};
use rollcall_store::{Cause, Store};

use crate::chain;
use crate::error::CommandError;
use crate::lock::{self, Known, read_with_run};
use crate::references::{check, check_open, leaving};
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew};
use crate::writable::expect_writable;

/// Somebody new. `actor` and `subject` are fresh ULIDs: nobody else has this person's key.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub scenario: String,
    pub actor: String,
    pub subject: String,
    pub active: bool,
    pub fields: Fields,
}

/// What is to be different; fields that are not named stay as they are.
#[derive(Debug, Clone, Default)]
pub struct PersonEdit {
    pub seen: Seen,
    pub active: Option<bool>,
    /// Only if nobody changed the person since they were at this version.
    pub version: Option<u64>,
}

/// Makes a person. Departments, division, location and manager must be there.
pub async fn create_person(
    store: &Store,
    tenant: &str,
    new: &NewPerson,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let place = expect_writable(&mut unit, store, tenant, &new.scenario).await?;
            let mut fields = new.fields.clone();
            let said = fields.iter().map(|(field, value)| (*field, Some(value.clone()))).collect();
            check(store, tenant, &new.scenario, &said).await?;
            let lock = lock::of_people(store, tenant, &place, None).await?;
            check_open(store, tenant, lock, None, &said).await?;
            if let Some(manager) = manager_in(&said) {
                let manager = chain::named(store, tenant, &new.scenario, &manager).await?;
                fields.insert(Field::Manager, manager.actor.as_str().into());
            }
            let command = Command::Create {
                actor: new.actor.clone(),
                scenario: new.scenario.clone(),
                subject: new.subject.clone(),
                source: None,
                source_id: None,
                active: new.active,
                fields,
            };
            let mut nobody = Loaded::<Actor>::default();
            let events = unit.decide_about(&new.actor, &mut nobody, command, Some(&new.subject))?;
            let appended = Some(unit.commit(store).await?);
            Ok(Handled { events, appended })
        }
        .boxed()
    })
    .await
}

/// Changes a person. What a connection keeps in sync is refused, and so is a manager who reports to
/// them: everybody above is expected as they were read, so that two edits can't close a cycle.
pub async fn edit_person(
    store: &Store,
    tenant: &str,
    scenario: &str,
    actor: &str,
    edit: &PersonEdit,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let place = expect_writable(&mut unit, store, tenant, scenario).await?;
            let Known { mut loaded, run } = read_with_run::<Actor>(store, tenant, actor).await?;
            let known = known_in(&loaded, scenario)?;
            if edit.version.is_some_and(|version| version != loaded.version) {
                return Err(CommandError::Busy);
            }
            let subject = known.subject.clone();
            let lock = lock::of_people(store, tenant, &place, run).await?;
            let mut seen = edit.seen.clone();
            let moves = moved(store, tenant, &known, &mut seen).await?;
            let locked = lock.clone();
            let command = Command::Edit { seen: seen.clone(), active: edit.active, lock };
            let events = unit.decide_about(actor, &mut loaded, command, Some(&subject))?;
            seen.retain(|field, now| known.fields.get(field) != now.as_ref());
            check(store, tenant, scenario, &seen).await?;
            check_open(store, tenant, locked, Some(&known), &seen).await?;
            if let Some(manager) = moves {
                chain::expect_above(&mut unit, store, tenant, &known, &manager).await?;
            }
            written(unit, events, store).await
        }
        .boxed()
    })
    .await
}

/// Takes a person out of sync: runs leave them alone until they are put back. They leave the
/// departments that only people in sync may be in.
pub async fn unsync_person(
    store: &Store,
    tenant: &str,
    scenario: &str,
    actor: &str,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let place = expect_writable(&mut unit, store, tenant, scenario).await?;
            let Known { mut loaded, run } = read_with_run::<Actor>(store, tenant, actor).await?;
            let known = known_in(&loaded, scenario)?;
            let subject = Some(known.subject.as_str());
            let command = Command::Unsync { by_hand: true };
            let mut events = unit.decide_about(actor, &mut loaded, command, subject)?;
            let lock = lock::of_people(store, tenant, &place, run).await?;
            let leaves = leaving(store, tenant, lock.as_ref(), &known).await?;
            if let Some(seen) = leaves.filter(|_| !known.erased) {
                let command = Command::Edit { seen, active: None, lock: None };
                events.extend(unit.decide_about(actor, &mut loaded, command, subject)?);
            }
            written(unit, events, store).await
        }
        .boxed()
    })
    .await
}

/// Puts a person back: the next run that reads them brings their fields in step.
pub async fn resync_person(
    store: &Store,
    tenant: &str,
    scenario: &str,
    actor: &str,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    change(store, tenant, scenario, actor, || Command::Resync, cause).await
}

/// Lets runs touch a person again whom an undo has put on hold: the next complete read brings them in
/// step.
pub async fn release_person(
    store: &Store,
    tenant: &str,
    scenario: &str,
    actor: &str,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    change(store, tenant, scenario, actor, || Command::Release, cause).await
}

async fn change(
    store: &Store,
    tenant: &str,
    scenario: &str,
    actor: &str,
    command: impl Fn() -> Command + Sync,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    decided_anew(|| {
        async {
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            expect_writable(&mut unit, store, tenant, scenario).await?;
            let Known { mut loaded, .. } = read_with_run::<Actor>(store, tenant, actor).await?;
            let subject = known_in(&loaded, scenario)?.subject;
            let events = unit.decide_about(actor, &mut loaded, command(), Some(&subject))?;
            written(unit, events, store).await
        }
        .boxed()
    })
    .await
}

async fn written(
    unit: UnitOfWork,
    events: Vec<Event>,
    store: &Store,
) -> Result<Handled<Event>, CommandError> {
    let appended = match events.is_empty() {
        true => None,
        false => Some(unit.commit(store).await?),
    };
    Ok(Handled { events, appended })
}

/// The person, if they are one of this scenario.
fn known_in(loaded: &Loaded<Actor>, scenario: &str) -> Result<KnownActor, CommandError> {
    let known = loaded.state.known.clone().filter(|known| known.scenario == scenario);
    known.ok_or_else(|| Refusal::from(No::NotFound).into())
}

fn manager_in(seen: &Seen) -> Option<String> {
    seen.get(&Field::Manager)?.as_ref()?.text().map(str::to_owned)
}

/// Puts the manager's own id where a claim was given, and leaves out a manager whom the person has
/// already, under whichever id. The new one, if there is one.
async fn moved(
    store: &Store,
    tenant: &str,
    known: &KnownActor,
    seen: &mut Seen,
) -> Result<Option<KnownActor>, CommandError> {
    let Some(wanted) = manager_in(seen) else { return Ok(None) };
    if known.manager() == Some(wanted.as_str()) {
        return Ok(None);
    }
    let manager = chain::named(store, tenant, &known.scenario, &wanted).await?;
    if let Some(current) = known.manager() {
        let (current, _) = chain::look_up(store, tenant, &known.scenario, current).await?;
        if current.is_some_and(|current| current.actor == manager.actor) {
            seen.remove(&Field::Manager);
            return Ok(None);
        }
    }
    seen.insert(Field::Manager, Some(manager.actor.as_str().into()));
    Ok(Some(manager))
}

#[cfg(test)]
mod tests;
