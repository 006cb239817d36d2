//! A projection's rows in memory, and the fold over them. They stay as long as their owner holds
//! its lease.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rollcall_domain::subject;
use rollcall_domain::{Fact, Recorded};

use super::fold::{Changes, Event, Fold, History, Poison, Wanted};
use crate::db::{Cells, DbRow};
use crate::table::{Declared, Key, Mismatch, Place, Projection, Row, Value};

struct Past<R> {
    from: u64,
    at: DateTime<Utc>,
    /// `None`: it was removed.
    row: Option<R>,
}

struct Entry<R> {
    /// Boxed, so that the map stays small while it grows.
    row: Option<Box<R>>,
    /// The last event that was folded into it.
    position: u64,
    weight: usize,
    dirty: bool,
    past: Vec<Past<R>>,
}

enum Step {
    Evolve { event: usize, place: Place },
    Erase { event: usize, tenant: Arc<str>, subject: String },
}

pub(crate) struct Folder<P: Projection> {
    rows: HashMap<Place, Entry<P::Row>>,
    steps: Vec<Step>,
    dirty: Vec<Place>,
    erased: Vec<(Arc<str>, String)>,
    weight: usize,
    /// The quarter of the rows that is evicted next.
    hand: usize,
}

impl<P: Projection> Default for Folder<P> {
    fn default() -> Self {
        Folder {
            rows: HashMap::new(),
            steps: vec![],
            dirty: vec![],
            erased: vec![],
            weight: 0,
            hand: 0,
        }
    }
}

/// What an entry costs beside its row: the map's slot and the key's texts.
const OVERHEAD: usize = 240;

fn declared<P: Projection>() -> Declared {
    Declared::of::<P>()
}

/// The person an event erased.
fn erased_by(recorded: &Recorded) -> Option<&str> {
    if let Fact::Subject(subject::Event::Erased { subject }) = &recorded.fact {
        Some(subject)
    } else {
        None
    }
}

impl<P: Projection> Folder<P> {
    fn plan_one(&mut self, at: usize, event: &Event, wanted: &mut Wanted) -> Result<(), Poison> {
        let poison = |reason: String| Poison { position: event.position, reason };
        let recorded = event.recorded.as_ref().map_err(|error| poison(error.to_string()))?;
        let subject = erased_by(recorded).filter(|_| declared::<P>().is_personal());
        if let Some(subject) = subject {
            let who = (recorded.tenant.clone(), subject.to_owned());
            wanted.subjects.push(who.clone());
            self.steps.push(Step::Erase { event: at, tenant: who.0, subject: who.1 });
        }
        if !P::READS.includes(&event.kind) {
            return Ok(());
        }
        let keys = catch_unwind(AssertUnwindSafe(|| P::keys(recorded)));
        for key in keys.map_err(|panic| poison(said(&*panic)))? {
            let place = (recorded.tenant.clone(), key);
            if !self.rows.contains_key(&place) {
                wanted.places.push(place.clone());
            }
            self.steps.push(Step::Evolve { event: at, place });
        }
        Ok(())
    }

    fn evolve(&mut self, place: Place, recorded: &Recorded) -> Result<(), Poison> {
        let position = recorded.position;
        // Everything planned was loaded, or is known not to exist.
        let entry = self.rows.entry(place.clone()).or_insert_with(Entry::absent);
        if entry.position >= position {
            return Ok(());
        }
        let before = if P::HISTORY { entry.row.as_deref().cloned() } else { None };
        let row = entry.row.take().map(|row| *row);
        let row = catch_unwind(AssertUnwindSafe(|| P::evolve(&place.1, row, recorded)))
            .map_err(|panic| Poison { position, reason: said(&*panic) })?;
        let was_dirty = std::mem::replace(&mut entry.dirty, true);
        if P::HISTORY && before != row {
            entry.past.push(Past { from: position, at: recorded.recorded_at, row: row.clone() });
        }
        entry.row = row.map(Box::new);
        entry.position = position;
        self.weight -= entry.weight;
        entry.weight = entry.measure();
        self.weight += entry.weight;
        if !was_dirty {
            self.dirty.push(place);
        }
        Ok(())
    }

    fn erase(&mut self, tenant: &Arc<str>, subject: &str, recorded: &Recorded) {
        for (place, entry) in &mut self.rows {
            let theirs = entry.row.as_ref().is_some_and(|row| row.subject() == Some(subject));
            if !theirs || place.0 != *tenant || entry.position >= recorded.position {
                continue;
            }
            if let Some(row) = &mut entry.row {
                row.blank();
            }
            for past in &mut entry.past {
                past.row.iter_mut().for_each(Row::blank);
            }
            if P::HISTORY {
                let (from, at) = (recorded.position, recorded.recorded_at);
                entry.past.push(Past { from, at, row: entry.row.as_deref().cloned() });
            }
            entry.position = recorded.position;
            if !std::mem::replace(&mut entry.dirty, true) {
                self.dirty.push(place.clone());
            }
        }
        self.erased.push((tenant.clone(), subject.to_owned()));
    }
}

impl<R: Row> Entry<R> {
    fn absent() -> Self {
        Entry { row: None, position: 0, weight: 0, dirty: false, past: vec![] }
    }
    fn measure(&self) -> usize {
        let past: usize = self.past.iter().flat_map(|past| &past.row).map(Row::weight).sum();
        OVERHEAD + past + self.row.as_deref().map_or(0, Row::weight)
    }
}

impl<P: Projection> Fold for Folder<P> {
    fn plan(&mut self, events: &[Event], after: u64, upto: u64) -> Result<Wanted, Poison> {
        let declared = declared::<P>();
        let mut wanted = Wanted::default();
        self.steps.clear();
        for (at, event) in events.iter().enumerate() {
            if event.position > after && event.position <= upto && declared.wants(&event.kind) {
                self.plan_one(at, event, &mut wanted)?;
            }
        }
        wanted.places.sort_unstable();
        wanted.places.dedup();
        Ok(wanted)
    }

    fn load(&mut self, wanted: Wanted, rows: &[DbRow]) -> Result<(), Mismatch> {
        for place in wanted.places {
            self.rows.entry(place).or_insert_with(Entry::absent);
        }
        for row in rows {
            let (place, row, position) = read_row::<P>(row)?;
            let entry = self.rows.entry(place).or_insert_with(Entry::absent);
            // What is in memory may be newer than what was loaded because of its subject.
            if entry.dirty || entry.row.is_some() {
                continue;
            }
            entry.row = Some(Box::new(row));
            entry.position = position;
            entry.weight = entry.measure();
            self.weight += entry.weight;
        }
        Ok(())
    }

    fn apply(&mut self, events: &[Event]) -> Result<(), Poison> {
        for step in std::mem::take(&mut self.steps) {
            let (Step::Evolve { event, .. } | Step::Erase { event, .. }) = &step;
            let Ok(recorded) = &events[*event].recorded else { continue };
            match step {
                Step::Evolve { place, .. } => self.evolve(place, recorded)?,
                Step::Erase { tenant, subject, .. } => self.erase(&tenant, &subject, recorded),
            }
        }
        Ok(())
    }

    fn take(&mut self, most: usize) -> Changes {
        let mut changes = Changes::default();
        let mut removed = vec![];
        while changes.upserts.len() < most {
            let Some(place) = self.dirty.pop() else { break };
            // One that is clean by now was stored when it was evicted.
            let Some(entry) = self.rows.get_mut(&place).filter(|entry| entry.dirty) else {
                continue;
            };
            if entry.row.is_some() {
                store::<P>(&place, entry, &mut changes);
            } else {
                removed.push(place);
            }
        }
        if self.dirty.is_empty() {
            for place in removed {
                if let Some(entry) = self.rows.get_mut(&place) {
                    entry.dirty = false;
                    remember::<P>(&place, std::mem::take(&mut entry.past), &mut changes.history);
                }
                changes.deletes.push(place);
            }
            changes.history.erased = std::mem::take(&mut self.erased);
        } else {
            // Removed rows go with the last ones, so that no removal is written before its turn.
            self.dirty.splice(0..0, removed);
            changes.more = true;
        }
        changes
    }

    fn evict(&mut self) -> Changes {
        let mut changes = Changes::default();
        // A quarter, going round, so that neither old rows nor a repeating order win.
        let quarter = self.rows.len() / 4 + 1;
        let victims = self.rows.keys().skip(quarter * self.hand).take(quarter);
        let victims: Vec<Place> = victims.cloned().collect();
        self.hand = (self.hand + 1) % 4;
        for place in victims {
            let Some(entry) = self.rows.get_mut(&place) else { continue };
            if entry.dirty && entry.row.is_none() {
                continue;
            }
            if entry.dirty {
                store::<P>(&place, entry, &mut changes);
            }
            self.weight -= entry.weight;
            self.rows.remove(&place);
        }
        changes
    }

    fn weight(&self) -> usize {
        self.weight
    }
    fn has_erased(&self) -> bool {
        !self.erased.is_empty()
    }
    fn reset(&mut self) {
        *self = Folder::default();
    }
}

/// Adds a row that exists to what is written.
fn store<P: Projection>(place: &Place, entry: &mut Entry<P::Row>, changes: &mut Changes) {
    let Some(row) = &mut entry.row else { return };
    P::finish(row);
    let mut values = Vec::with_capacity(P::Row::COLUMNS.len() + 2);
    values.push(Value::from(&*place.0));
    values.extend(row.values());
    values.push(Value::from(entry.position));
    changes.upserts.push(values);
    entry.dirty = false;
    remember::<P>(place, std::mem::take(&mut entry.past), &mut changes.history);
}

/// Adds the states a row had; each ends where the next begins.
fn remember<P: Projection>(place: &Place, past: Vec<Past<P::Row>>, history: &mut History) {
    if let Some(first) = past.first() {
        history.ends.push((place.clone(), first.from));
    }
    let ends: Vec<Option<u64>> =
        past.iter().skip(1).map(|next| Some(next.from)).chain([None]).collect();
    for (past, to) in past.into_iter().zip(ends) {
        let Some(mut row) = past.row else { continue };
        P::finish(&mut row);
        let mut values = vec![Value::from(&*place.0)];
        values.extend(row.values());
        values.push(Value::from(past.from));
        values.push(Value::Integer(to.map(u64::cast_signed)));
        values.push(Value::from(past.at));
        history.rows.push(values);
    }
}

fn read_row<P: Projection>(row: &DbRow) -> Result<(Place, P::Row, u64), Mismatch> {
    let mut cells = Cells::of(row);
    let tenant: String = cells.get()?;
    let read = P::Row::read(&mut cells)?;
    let position: u64 = cells.get()?;
    let keys = P::Row::COLUMNS.iter().filter(|column| column.is_key()).count();
    let key = Key::from_values(read.values().into_iter().take(keys).collect());
    Ok(((tenant.into(), key), read, position))
}

/// What a panic said. It comes from our own code and names no person.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the fold failed: {}", text.unwrap_or("no reason given"))
}
