//! Who is above whom, read from the streams themselves: a projection may be behind, and what is
//! decided here has to hold when it is written.

use std::collections::HashSet;

use rollcall_domain::actor::{Actor, KnownActor, Refusal as No};
use rollcall_domain::field::Field;
use rollcall_domain::{Decider, Refusal};
use rollcall_store::{Expected, Store};

use crate::error::{CommandError, LoadError};
use crate::unit_of_work::{Loaded, UnitOfWork, load};

/// No organisation is that deep; every step is a stream that the append expects.
const MOST_ABOVE: usize = 500;

/// Streams that were read, and under which expectation what was found in them holds.
type Read = Vec<(String, Expected)>;

/// The actor an id names: whoever has it as their claim, else whoever has it as their own.
pub(crate) async fn look_up(
    store: &Store,
    tenant: &str,
    scenario: &str,
    id: &str,
) -> Result<(Option<KnownActor>, Read), LoadError> {
    let first: Loaded<Actor> = load(store, tenant, id).await?;
    let mut read = vec![(Actor::stream(id), first.expected())];
    let found = match first.state.linked_to {
        None => first.state.known,
        Some(to) => {
            let linked: Loaded<Actor> = load(store, tenant, &to).await?;
            read.push((Actor::stream(&to), linked.expected()));
            // Linked again since, to another source id: this one names nobody any more.
            linked.state.known.filter(|known| known.claim() == Some(id))
        }
    };
    Ok((found.filter(|known| known.scenario == scenario), read))
}

/// The same for a manager who has to be there.
pub(crate) async fn named(
    store: &Store,
    tenant: &str,
    scenario: &str,
    id: &str,
) -> Result<KnownActor, CommandError> {
    let (found, _) = look_up(store, tenant, scenario, id).await?;
    let missing = || Refusal::from(No::NotThere(vec![(Field::Manager, id.to_owned())]));
    Ok(found.ok_or_else(missing)?)
}

/// Refuses a manager above whom the person stands, and makes the append expect everybody above as
/// they were read. A cycle that was there before, and is none of this person's, ends the walk.
pub(crate) async fn expect_above(
    unit: &mut UnitOfWork,
    store: &Store,
    tenant: &str,
    person: &KnownActor,
    manager: &KnownActor,
) -> Result<(), CommandError> {
    let mut passed: HashSet<String> = HashSet::new();
    let mut next = Some(manager.actor.clone());
    while let Some(id) = next.take() {
        let (found, read) = look_up(store, tenant, &person.scenario, &id).await?;
        for (stream, expected) in read {
            unit.add(stream, expected, vec![]);
        }
        let Some(above) = found else { break };
        if above.actor == person.actor {
            return Err(Refusal::from(No::AboveThemselves).into());
        }
        if !passed.insert(above.actor.clone()) {
            break;
        }
        if passed.len() > MOST_ABOVE {
            return Err(Refusal::from(No::ChainTooLong { most: MOST_ABOVE }).into());
        }
        next = above.manager().map(str::to_owned);
    }
    Ok(())
}
