//! Copying a scenario: the roster at the position where the copy was asked for, written in batches.
//!
//! Units come first, so that people can be in them, then people in the order of their ids. A batch and
//! how far the copy is with it are one append; whatever stops the work, it is resumed behind that.

mod original;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rollcall_commands::{
    CommandError, CopyBatch, LoadError, Loaded, Part, complete_copy, fill_scenario, load,
};
use rollcall_domain::Refusal;
use rollcall_domain::ids::Deriver;
use rollcall_domain::scenario::copy::Copier;
use rollcall_domain::scenario::{self, KnownScenario, Scenario, Status};
use rollcall_projections::{Projections, ReadError, WaitError};
use rollcall_store::{Cause, Position, Store, StoreError};

use crate::sync::PRINCIPAL;
use crate::work::WorkError;
use original::Original;

/// How long a copy waits for the roster before it is tried again later.
const ROSTER_DEADLINE: Duration = Duration::from_secs(30);
/// How often one batch is begun anew because somebody else was faster.
const CONFLICTS: u32 = 20;

/// What copying takes.
pub(crate) struct Copies {
    pub(crate) store: Store,
    pub(crate) projections: Projections,
    pub(crate) limits: Limits,
}

/// The most that one append carries, unless it is one person who is more than that by themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) events: usize,
    /// Before they are sealed.
    pub(crate) bytes: usize,
    /// People who are read at once.
    pub(crate) people: u32,
}

impl Default for Limits {
    /// An append stays far below the 4 MiB of a commit, so that deliveries hardly wait for it.
    fn default() -> Self {
        Limits { events: 500, bytes: 1 << 20, people: 250 }
    }
}

/// Why a copy does not go on.
#[derive(Debug, thiserror::Error)]
enum Halt {
    /// The scenario is another than was read.
    #[error("others keep changing the scenario")]
    Moved,
    /// It was archived meanwhile: nobody wants it any more.
    #[error("the scenario was archived")]
    Archived,
    #[error(transparent)]
    Command(CommandError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the copy can't go on: {0}")]
    Broken(&'static str),
}

impl From<CommandError> for Halt {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Moved(_)
            | CommandError::Refused(Refusal::Scenario(scenario::Refusal::BatchOutOfOrder {
                ..
            })) => Halt::Moved,
            CommandError::Refused(Refusal::Scenario(scenario::Refusal::Archived)) => Halt::Archived,
            CommandError::Refused(_)
            | CommandError::Busy
            | CommandError::Malformed(_)
            | CommandError::Append(_) => Halt::Command(error),
        }
    }
}

impl From<LoadError> for Halt {
    fn from(error: LoadError) -> Self {
        Halt::Command(error.into())
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Halt::Command(error.into())
    }
}

impl From<WaitError> for WorkError {
    fn from(error: WaitError) -> Self {
        WorkError(error.to_string())
    }
}

/// A copy under way.
struct Copying<'a> {
    copies: &'a Copies,
    tenant: &'a Arc<str>,
    original: Original<'a>,
    copier: Copier,
    /// As the log has it.
    scenario: Loaded<Scenario>,
    /// What was read and not written yet.
    ahead: VecDeque<Part>,
    cause: Cause,
}

impl Copies {
    /// Fills a scenario with what its original was at a position, or goes on where that was left.
    /// Nothing is left to do where it is complete or archived.
    pub(crate) async fn copy(
        &self,
        tenant: &Arc<str>,
        scenario: &str,
        position: Position,
    ) -> Result<(), WorkError> {
        self.projections.wait(tenant, position, &["actors", "units"], ROSTER_DEADLINE).await?;
        let mut conflicts = 0;
        loop {
            let Some(mut copying) = self.begin(tenant, scenario, position).await? else {
                return Ok(());
            };
            match copying.go().await {
                Ok(()) | Err(Halt::Archived) => return Ok(()),
                Err(Halt::Moved) if conflicts < CONFLICTS => conflicts += 1,
                Err(halt) => return Err(WorkError(halt.to_string())),
            }
        }
    }

    /// `None` where there is nothing to do.
    async fn begin<'a>(
        &'a self,
        tenant: &'a Arc<str>,
        scenario: &str,
        position: Position,
    ) -> Result<Option<Copying<'a>>, WorkError> {
        let known: Loaded<Scenario> =
            load(&self.store, tenant, scenario).await.map_err(|e| WorkError(e.to_string()))?;
        let preparing = |known: &&KnownScenario| known.status == Status::Preparing;
        let of = known.state.known.as_ref().filter(preparing);
        let Some(of) = of.and_then(|known| known.copied_from.clone()) else { return Ok(None) };
        let deriver = Deriver::new(&self.store.derivation_key(tenant).await?);
        Ok(Some(Copying {
            copies: self,
            tenant,
            original: Original::new(&self.store, self.projections.db(), tenant, of, position),
            copier: Copier::new(scenario, deriver),
            scenario: known,
            ahead: VecDeque::new(),
            cause: Cause::by(PRINCIPAL).causation(scenario),
        }))
    }
}

impl Copying<'_> {
    async fn go(&mut self) -> Result<(), Halt> {
        self.units().await?;
        self.people().await?;
        let (store, tenant) = (&self.copies.store, self.tenant);
        Ok(complete_copy(store, tenant, &mut self.scenario, &self.cause).await?)
    }

    /// Names all units, and writes those that are not written yet.
    async fn units(&mut self) -> Result<(), Halt> {
        let (written, people_begun) = match &self.scenario.state.known {
            Some(known) => (known.filled.units, known.filled.after.is_some()),
            None => return Err(Halt::Broken("its first event is missing")),
        };
        let units = self.original.units().await?;
        for (unit, _) in &units {
            self.copier.name_unit(unit);
        }
        let parts = units.iter().map(|(unit, lineage)| self.copier.unit(unit, lineage).into());
        let parts: Vec<Part> = parts.collect();
        if people_begun {
            return Ok(());
        }
        self.ahead =
            parts.into_iter().skip(usize::try_from(written).unwrap_or(usize::MAX)).collect();
        while !self.ahead.is_empty() {
            let units = self.next_batch();
            self.write(CopyBatch { units, ..CopyBatch::default() }).await?;
        }
        Ok(())
    }

    async fn people(&mut self) -> Result<(), Halt> {
        let filled = self.scenario.state.known.as_ref().and_then(|one| one.filled.after.clone());
        let (mut read_to, mut more) = (filled, true);
        while more || !self.ahead.is_empty() {
            if more && self.events_ahead() < self.copies.limits.events {
                (read_to, more) = self.read_people(read_to).await?;
                continue;
            }
            let people = self.next_batch();
            let after = people.last().map(|part| part.original.clone());
            self.write(CopyBatch { people, after, ..CopyBatch::default() }).await?;
        }
        Ok(())
    }

    /// Reads the next people ahead; how far that was, and whether there are more.
    async fn read_people(&mut self, after: Option<String>) -> Result<(Option<String>, bool), Halt> {
        let limit = self.copies.limits.people;
        let page = self.original.people(after.as_deref(), limit).await?;
        self.original.find_managers(&self.copier, &page.people).await?;
        for person in &page.people {
            let manager = self.original.manager_of(person);
            self.ahead.extend(self.copier.person(person, manager).map(Part::from));
        }
        Ok((page.last.or(after), page.more))
    }

    fn events_ahead(&self) -> usize {
        self.ahead.iter().map(Part::events).sum()
    }

    /// What is written next: something, and no more than one append may carry.
    fn next_batch(&mut self) -> Vec<Part> {
        let limits = self.copies.limits;
        let (mut batch, mut events, mut bytes) = (Vec::new(), 0, 0);
        while let Some(part) = self.ahead.pop_front() {
            events += part.events();
            bytes += part.bytes();
            if !batch.is_empty() && (events > limits.events || bytes > limits.bytes) {
                self.ahead.push_front(part);
                break;
            }
            batch.push(part);
        }
        batch
    }

    async fn write(&mut self, batch: CopyBatch) -> Result<(), Halt> {
        fail::fail_point!("copy.before_batch");
        let (store, scenario) = (&self.copies.store, &mut self.scenario);
        fill_scenario(store, self.tenant, scenario, batch, &self.cause).await?;
        fail::fail_point!("copy.after_batch");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
