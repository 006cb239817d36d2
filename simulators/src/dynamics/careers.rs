//! How somebody leaves, comes back, stays, takes another position, or is gone from the books.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::acts::HOME;
use super::books::{EmploymentKind, Position, Span, Status, midnight};
use super::company::{Company, Refusal};

impl Company {
    /// From that day on they no longer work there, and their positions are vacant.
    pub(super) fn terminate(&mut self, id: u64, on: NaiveDate) -> Result<(), Refusal> {
        let end = midnight(on);
        self.alter(id, |worker| {
            let goes_on = |one: DateTime<Utc>| one > end;
            worker.employments.retain(|one| one.start <= end);
            for one in worker.employments.iter_mut().filter(|one| one.end.is_none_or(goes_on)) {
                one.end = Some(end);
            }
        })?;
        self.vacate(id, end)
    }

    /// From today on they hold that position, and no other any more.
    pub(super) fn transfer(&mut self, id: u64, position: u64) -> Result<(), Refusal> {
        if !self.positions.contains_key(&position) {
            return Err(Refusal::NoSuchPosition(position));
        }
        let today = self.clock.today();
        self.vacate(id, midnight(today))?;
        self.assign(position, id, Span::since(today), true)
    }

    /// From that moment on they hold no position.
    fn vacate(&mut self, id: u64, end: DateTime<Utc>) -> Result<(), Refusal> {
        let last = end - TimeDelta::seconds(1);
        for position in self.worker(id)?.positions.clone() {
            self.alter_position(position, |position| {
                position.held.retain(|one| one.worker != id || one.span.from <= last);
                let mine = position.held.iter_mut().filter(|one| one.worker == id);
                for one in mine.filter(|one| one.span.to.is_none_or(|to| to > last)) {
                    one.span.to = Some(last);
                }
            })?;
        }
        Ok(())
    }

    /// They come back today, with the same number, into their last position if it is vacant.
    pub(super) fn rehire(&mut self, id: u64) -> Result<(), Refusal> {
        let (now, today) = (self.clock.now(), self.clock.today());
        let worker = self.worker(id)?;
        if worker.status(now) == Status::Employed {
            return self.stay(id);
        }
        let last = worker.employments.iter().max_by_key(|one| one.start);
        let last = last.map(|one| (one.legal_entity.clone(), one.kind));
        let (legal_entity, kind) = last.unwrap_or((HOME.to_owned(), EmploymentKind::Employee));
        let ends = |position: &&Position| {
            let mine = position.held.iter().filter(|one| one.worker == id);
            mine.filter_map(|one| one.span.to).max()
        };
        let positions = worker.positions.iter().filter_map(|id| self.positions.get(id));
        let vacant = positions.filter(|position| position.holders(now).is_empty());
        let vacant = vacant.max_by_key(ends).map(|position| position.id);
        self.employ(id, &legal_entity, kind, midnight(today), None)?;
        match vacant {
            Some(position) => self.assign(position, id, Span::since(today), true),
            None => self.seat(id, today).map(|_| ()),
        }
    }

    /// Who was to leave stays.
    fn stay(&mut self, id: u64) -> Result<(), Refusal> {
        let now = self.clock.now();
        self.alter(id, |worker| {
            worker.employments.iter_mut().filter(|one| one.is_active(now)).for_each(|one| {
                one.end = None;
            });
        })?;
        for position in self.worker(id)?.positions.clone() {
            self.alter_position(position, |position| {
                let mine = position.held.iter_mut().filter(|one| one.worker == id);
                mine.filter(|one| one.span.holds(now)).for_each(|one| one.span.to = None);
            })?;
        }
        Ok(())
    }

    /// Erases the record; their positions are vacant.
    pub(super) fn delete(&mut self, id: u64) -> Result<(), Refusal> {
        self.worker(id)?;
        self.forget(id);
        self.version += 1;
        self.erased.insert(id, self.version);
        Ok(())
    }

    pub(super) fn forget(&mut self, id: u64) {
        let Some(worker) = self.workers.remove(&id) else {
            return;
        };
        for position in worker.positions {
            // A position that a worker names is in the books.
            let _ = self.alter_position(position, |position| {
                position.held.retain(|one| one.worker != id);
            });
        }
    }
}
