//! Filling a copy, batch by batch. Each is appended together with `scenario.filled` at an exact
//! version: the fence against whoever lost the work, and the place where it is resumed.

use rollcall_domain::Decider;
use rollcall_domain::actor::Actor;
use rollcall_domain::scenario::copy::{CopiedPerson, CopiedUnit};
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::unit::Unit;
use rollcall_store::{AppendError, Cause, Expected, NewEvent, Store, StreamAppend};

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork, written};

/// A person or unit of the copy as it is written.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is a copy of.
    pub original: String,
    stream: String,
    subject: Option<String>,
    events: Vec<NewEvent>,
}

/// What is written at once.
#[derive(Debug, Clone, Default)]
pub struct CopyBatch {
    pub units: Vec<Part>,
    pub people: Vec<Part>,
    /// The last person of the original that is dealt with; `None` while it is about units.
    pub after: Option<String>,
}

impl Part {
    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// Of its events, before they are sealed.
    pub fn bytes(&self) -> usize {
        let personal = |event: &NewEvent| event.personal.as_ref().map_or(0, Vec::len);
        self.events.iter().map(|event| event.payload.len() + personal(event)).sum()
    }

    fn into_append(self) -> StreamAppend {
        StreamAppend { stream: self.stream, expected: Expected::NoStream, events: self.events }
    }
}

impl From<CopiedUnit> for Part {
    fn from(copied: CopiedUnit) -> Self {
        Part {
            stream: Unit::stream(&copied.unit),
            subject: None,
            events: written(&copied.events, None),
            original: copied.original,
        }
    }
}

impl From<CopiedPerson> for Part {
    fn from(copied: CopiedPerson) -> Self {
        Part {
            stream: Actor::stream(&copied.actor),
            events: written(&copied.events, Some(&copied.subject)),
            subject: Some(copied.subject),
            original: copied.original,
        }
    }
}

/// Writes the next batch; `scenario` is then as the log has it. Whoever was erased meanwhile is left
/// out. `Moved` says that the scenario is another than was read: read it again.
pub async fn fill_scenario(
    store: &Store,
    tenant: &str,
    scenario: &mut Loaded<Scenario>,
    mut batch: CopyBatch,
    cause: &Cause,
) -> Result<(), CommandError> {
    let known = scenario.state.known.as_ref().ok_or(scenario::Refusal::NotFound);
    let known = known.map_err(rollcall_domain::Refusal::from)?;
    let (id, number) = (known.scenario.clone(), known.filled.batches + 1);
    loop {
        let mut now = scenario.clone();
        let mut unit = UnitOfWork::new(tenant, cause.clone());
        let fill = scenario::Command::Fill {
            batch: number,
            people: batch.people.len() as u64,
            units: batch.units.len() as u64,
            after: batch.after.clone(),
        };
        unit.decide(&id, &mut now, fill)?;
        unit.extend(batch.units.iter().chain(&batch.people).cloned().map(Part::into_append));
        match unit.commit(store).await {
            Ok(_) => {
                *scenario = now;
                return Ok(());
            }
            Err(CommandError::Append(AppendError::Erased { subject }))
                if batch.people.iter().any(|one| one.subject.as_ref() == Some(&subject)) =>
            {
                batch.people.retain(|one| one.subject.as_ref() != Some(&subject));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The copy is complete: from now on it is offered, listed and targeted. Once is enough.
pub async fn complete_copy(
    store: &Store,
    tenant: &str,
    scenario: &mut Loaded<Scenario>,
    cause: &Cause,
) -> Result<(), CommandError> {
    let known = scenario.state.known.as_ref().ok_or(scenario::Refusal::NotFound);
    let id = known.map_err(rollcall_domain::Refusal::from)?.scenario.clone();
    let mut now = scenario.clone();
    let mut unit = UnitOfWork::new(tenant, cause.clone());
    unit.decide(&id, &mut now, scenario::Command::MarkReady)?;
    if !unit.is_empty() {
        unit.commit(store).await?;
    }
    *scenario = now;
    Ok(())
}
