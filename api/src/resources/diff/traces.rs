//! What the streams of a person or unit tell: what made each field as it is, and what it was when it
//! began.

use std::collections::HashMap;

use rollcall_domain::actor::{self, Actor, Personal};
use rollcall_domain::diff::{Link, fork, told_of_person, told_of_unit};
use rollcall_domain::field::Fields;
use rollcall_domain::unit::{self, Unit};
use rollcall_domain::{Decider, Written};
use rollcall_store::Stored;

use super::Sides;
use super::view::Cause;
use crate::answer::Token;
use crate::edge::Problem;
use crate::problems::internal;

/// Copies of copies are followed so far back.
const DEEPEST: usize = 32;

/// Something that is compared, and whose events are read for it.
pub(super) trait Traced: Decider {
    /// What it was when it began.
    type Begun: Clone;

    /// The fields an event says something new of; `None` for a creation.
    fn told(event: &Self::Event) -> Option<Vec<&'static str>>;
    /// What a creation made, and what that is a copy of.
    fn begun(event: Self::Event) -> Option<(Self::Begun, Option<String>)>;
    /// What an event that was written together with the creation of a copy adds to it.
    fn complete(begun: &mut Self::Begun, event: &Self::Event);
}

/// A person as they were created. `None` for one who was erased.
#[derive(Debug, Clone)]
pub(super) struct BegunPerson {
    pub(super) scenario: String,
    pub(super) active: bool,
    pub(super) fields: Option<Fields>,
}

impl Traced for Actor {
    type Begun = BegunPerson;

    fn told(event: &actor::Event) -> Option<Vec<&'static str>> {
        told_of_person(event)
    }

    fn begun(event: actor::Event) -> Option<(BegunPerson, Option<String>)> {
        let actor::Event::Created { scenario, active, mut fields, copied_from, personal, .. } =
            event
        else {
            return None;
        };
        let fields = match personal {
            Some(Personal::Profile { fields: personal, .. }) => {
                fields.extend(personal);
                Some(fields)
            }
            Some(Personal::Changes(_) | Personal::Identity { .. }) | None => None,
        };
        Some((BegunPerson { scenario, active, fields }, copied_from))
    }

    fn complete(begun: &mut BegunPerson, event: &actor::Event) {
        match event {
            actor::Event::Deactivated { .. } => begun.active = false,
            actor::Event::Reactivated { .. } => begun.active = true,
            actor::Event::Created { .. }
            | actor::Event::FieldsChanged { .. }
            | actor::Event::Unsynced { .. }
            | actor::Event::Resynced { .. }
            | actor::Event::PutOnHold { .. }
            | actor::Event::Released { .. }
            | actor::Event::Identified { .. }
            | actor::Event::LinkedTo { .. } => {}
        }
    }
}

/// A unit as it was created.
#[derive(Debug, Clone)]
pub(super) struct BegunUnit {
    pub(super) name: String,
    pub(super) retired: bool,
}

impl Traced for Unit {
    type Begun = BegunUnit;

    fn told(event: &unit::Event) -> Option<Vec<&'static str>> {
        told_of_unit(event)
    }

    fn begun(event: unit::Event) -> Option<(BegunUnit, Option<String>)> {
        let unit::Event::Created { name, copied_from, .. } = event else { return None };
        Some((BegunUnit { name, retired: false }, copied_from))
    }

    fn complete(begun: &mut BegunUnit, event: &unit::Event) {
        match event {
            unit::Event::Retired { .. } => begun.retired = true,
            unit::Event::Created { .. }
            | unit::Event::Renamed { .. }
            | unit::Event::Identified { .. }
            | unit::Event::LinkedTo { .. }
            | unit::Event::Restored { .. } => {}
        }
    }
}

/// What one stream tells.
pub(super) struct Trace<B> {
    begun: B,
    copied_from: Option<String>,
    position: u64,
    created: Cause,
    since: HashMap<&'static str, Cause>,
}

impl<B> Trace<B> {
    pub(super) fn created(&self) -> Cause {
        self.created.clone()
    }
    /// What made a field as it is.
    pub(super) fn cause(&self, field: &str) -> Cause {
        self.since.get(field).unwrap_or(&self.created).clone()
    }
}

/// The streams that were read for one answer.
pub(super) struct Traces<T: Traced> {
    known: HashMap<String, Option<Trace<T::Begun>>>,
}

impl<T: Traced> Traces<T> {
    pub(super) fn new() -> Self {
        Traces { known: HashMap::new() }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Trace<T::Begun>> {
        self.known.get(id)?.as_ref()
    }

    pub(super) async fn read(&mut self, sides: &Sides<'_>, id: &str) -> Result<(), Problem> {
        if !self.known.contains_key(id) {
            let stored = sides.app.store.read_stream(sides.tenant, &T::stream(id), 0).await?;
            self.known.insert(id.to_owned(), trace::<T>(stored)?);
        }
        Ok(())
    }

    /// Reads both sides; what they were when they were still one, if they were.
    pub(super) async fn base(
        &mut self,
        sides: &Sides<'_>,
        here: &str,
        there: &str,
    ) -> Result<Option<T::Begun>, Problem> {
        let (here, there) = (self.chain(sides, here).await?, self.chain(sides, there).await?);
        let common = fork(&here, &there).and_then(|link| self.get(&link.id));
        Ok(common.map(|trace| trace.begun.clone()))
    }

    /// What it is a copy of, itself first.
    async fn chain(&mut self, sides: &Sides<'_>, id: &str) -> Result<Vec<Link>, Problem> {
        let (mut links, mut next) = (vec![], Some(id.to_owned()));
        while let Some(id) = next.take().filter(|_| links.len() < DEEPEST) {
            self.read(sides, &id).await?;
            let Some(trace) = self.get(&id) else { break };
            links.push(Link { id, position: trace.position });
            next.clone_from(&trace.copied_from);
        }
        Ok(links)
    }
}

/// `None` where nothing was created.
fn trace<T: Traced>(stream: Vec<Stored>) -> Result<Option<Trace<T::Begun>>, Problem> {
    let mut known: Option<Trace<T::Begun>> = None;
    for stored in stream {
        let event = T::Event::read(&stored.payload, stored.personal.as_deref());
        let event = event.map_err(|error| internal(&error))?;
        let cause = cause(&stored);
        match (&mut known, T::told(&event)) {
            (Some(known), Some(fields)) => {
                // Nobody writes a copy before it is ready: what follows at once is the copy still.
                let at_once = stored.position - known.position == stored.version - 1;
                if at_once && known.copied_from.is_some() {
                    T::complete(&mut known.begun, &event);
                }
                known.since.extend(fields.into_iter().map(|field| (field, cause.clone())));
            }
            (None, None) => {
                let begun = T::begun(event);
                known = begun.map(|(begun, copied_from)| Trace {
                    begun,
                    copied_from,
                    position: stored.position,
                    created: cause,
                    since: HashMap::new(),
                });
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
    Ok(known)
}

fn cause(stored: &Stored) -> Cause {
    Cause {
        event_id: stored.event_id.clone(),
        r#type: stored.kind.to_string(),
        position: Token { shard: stored.shard, position: stored.position }.to_string(),
        recorded_at: stored.recorded_at,
        run: stored.correlation.as_deref().map(str::to_owned),
        principal: stored.principal.to_string(),
    }
}
