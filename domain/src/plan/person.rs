//! The people table of product.md §8.0, for one employee who was read.

use super::{Action, Decision, Employee, Managers, Note, RosterRow, Rules, Standing, Status};
use crate::actor::{Cause, Event, MatchedBy, Personal};
use crate::field::{Changes, Field, Fields, Seen, Value, differences, say_something};
use crate::run::NoteReason;

/// What happens to somebody the source spoke of. `known` is the roster row of the actor id derived
/// from the source id, if there is one.
pub(super) fn plan_person(
    employee: &Employee,
    known: Option<&RosterRow>,
    managers: &dyn Managers,
    rules: &Rules,
) -> Decision {
    let decision = Decision::of(Some(&employee.source_id), known, rules);
    let plan = Plan { employee, managers, rules };
    let is_ignored = known.is_some_and(|known| rules.ignores(known));
    if is_ignored || employee.status == Status::Ignored {
        return decision.skipped(NoteReason::Ignored);
    }
    match known {
        None => plan.newcomer(decision),
        Some(known) if known.erased => decision.skipped(NoteReason::Erased),
        Some(known) if known.source_deleted => plan.returning(decision),
        Some(known) if known.out_of_sync_by_hand => decision.skipped(NoteReason::OutOfSync),
        Some(known) if known.on_hold => decision.skipped(NoteReason::OnHold),
        Some(known) if known.active => plan.active(decision, known),
        Some(known) => plan.inactive(decision, known),
    }
}

/// What happens to somebody who is found to be the source's employee, and gets the source id.
/// `row` is theirs.
pub(super) fn plan_link(
    employee: &Employee,
    row: &RosterRow,
    matched_by: MatchedBy,
    managers: &dyn Managers,
    rules: &Rules,
) -> Decision {
    let mut decision = Decision::of(Some(&employee.source_id), Some(row), rules);
    decision.matched_by = Some(matched_by);
    if rules.ignores(row) {
        return decision.skipped(NoteReason::Ignored);
    }
    if row.erased {
        return decision.skipped(NoteReason::Erased);
    }
    if row.out_of_sync_by_hand {
        return decision.skipped(NoteReason::OutOfSync);
    }
    if row.on_hold {
        return decision.skipped(NoteReason::OnHold);
    }
    if employee.standing(rules.today) == Standing::NotStarted && !row.active {
        return decision.skipped(NoteReason::NotStarted);
    }
    let claim = rules.actor_id(&employee.source_id);
    let identity =
        Personal::Identity { old: row.source_id.clone(), new: employee.source_id.clone() };
    decision.claims = Some(claim.clone());
    let linked = Event::Identified {
        actor: row.actor.clone(),
        scenario: rules.scenario.clone(),
        source: rules.source.clone(),
        claim: claim.clone(),
        matched_by,
        old: row.source.clone(),
        personal: Some(identity),
    };
    let decision = decision.doing(Action::Update, linked);
    let ours = RosterRow {
        claim: Some(claim),
        source: Some(rules.source.clone()),
        source_deleted: false,
        synced: true,
        ..row.clone()
    };
    let plan = Plan { employee, managers, rules };
    let decision =
        if row.active { plan.active(decision, &ours) } else { plan.inactive(decision, &ours) };
    plan.without_a_cycle(decision, row)
}

struct Plan<'a> {
    employee: &'a Employee,
    managers: &'a dyn Managers,
    rules: &'a Rules,
}

impl Plan<'_> {
    fn newcomer(&self, mut decision: Decision) -> Decision {
        let unreadable = &self.employee.unreadable;
        match self.employee.standing(self.rules.today) {
            // Half of somebody is not made; who is there already gets what can be read.
            Standing::Active if !unreadable.is_empty() => {
                decision.action = Action::Skip;
                decision.note(NoteReason::Unreadable, unreadable.clone());
                decision
            }
            Standing::Active => {
                let changes = self.changes(&mut decision, &Fields::new());
                let fields =
                    changes.into_iter().filter_map(|(field, (_, now))| Some((field, now?)));
                let created = Event::created(
                    decision.actor.clone(),
                    self.rules.scenario.clone(),
                    decision.subject.clone(),
                    Some(self.rules.source.clone()),
                    Some(self.employee.source_id.clone()),
                    true,
                    fields.collect(),
                );
                decision.doing(Action::Create, created)
            }
            Standing::Inactive => decision.skipped(NoteReason::InactiveUnknown),
            Standing::NotStarted => decision.skipped(NoteReason::NotStarted),
            Standing::Deleted => decision.skipped(NoteReason::DeletedUnknown),
            Standing::Ignored => decision.skipped(NoteReason::Ignored),
            Standing::Unknown => {
                decision.action = Action::Skip;
                self.nothing(decision)
            }
        }
    }

    fn active(&self, decision: Decision, known: &RosterRow) -> Decision {
        match self.employee.standing(self.rules.today) {
            Standing::Active | Standing::NotStarted => self.update(decision, known),
            Standing::Unknown => self.nothing(decision),
            Standing::Ignored => decision.skipped(NoteReason::Ignored),
            Standing::Inactive => {
                let decision = self.resync(decision, known);
                let decision = self.record_last_day(decision, known);
                self.deactivate(decision, Action::Deactivate, Cause::SourceInactive)
            }
            Standing::Deleted => {
                self.deactivate(decision, Action::Deactivate, Cause::SourceDeleted)
            }
        }
    }

    fn inactive(&self, decision: Decision, known: &RosterRow) -> Decision {
        match self.employee.standing(self.rules.today) {
            Standing::Active => {
                let mut decision = self.resync(decision, known);
                let (actor, scenario) = (decision.actor.clone(), self.rules.scenario.clone());
                decision.events.push(Event::Reactivated { actor, scenario });
                decision = self.update(decision, known);
                decision.action = Action::Reactivate;
                decision
            }
            Standing::Inactive => self.resync(decision, known),
            Standing::NotStarted => decision.skipped(NoteReason::NotStarted),
            Standing::Deleted => self.deactivate(decision, Action::Update, Cause::SourceDeleted),
            Standing::Unknown => self.nothing(decision),
            Standing::Ignored => decision.skipped(NoteReason::Ignored),
        }
    }

    /// Who says neither active nor inactive may say the rest as wrongly: nothing is taken over.
    fn nothing(&self, mut decision: Decision) -> Decision {
        match self.employee.unreadable.as_slice() {
            [] => decision.note(NoteReason::UnknownStatus, vec![]),
            fields => decision.note(NoteReason::Unreadable, fields.to_vec()),
        }
        decision
    }

    /// The source speaks of somebody whose record it once said was deleted.
    fn returning(&self, decision: Decision) -> Decision {
        match self.employee.standing(self.rules.today) {
            Standing::Inactive | Standing::Deleted => decision,
            Standing::Ignored => decision.skipped(NoteReason::Ignored),
            Standing::Active | Standing::NotStarted | Standing::Unknown => {
                decision.skipped(NoteReason::SourceDeleted)
            }
        }
    }

    fn deactivate(&self, decision: Decision, action: Action, cause: Cause) -> Decision {
        let (actor, scenario) = (decision.actor.clone(), self.rules.scenario.clone());
        decision.doing(action, Event::Deactivated { actor, scenario, cause })
    }

    /// Whoever was out of sync for being absent, and is sent again, is in sync again.
    fn resync(&self, decision: Decision, known: &RosterRow) -> Decision {
        let ours = known.source.as_ref() == Some(&self.rules.source);
        let resynced = decision.events.iter().any(|event| matches!(event, Event::Resynced { .. }));
        if known.synced || !ours || resynced {
            return decision;
        }
        let (actor, scenario) = (decision.actor.clone(), self.rules.scenario.clone());
        decision.doing(Action::Update, Event::Resynced { actor, scenario })
    }

    fn update(&self, decision: Decision, known: &RosterRow) -> Decision {
        let mut decision = self.resync(decision, known);
        let changes = self.changes(&mut decision, &known.fields);
        self.change(decision, changes)
    }

    /// Of somebody who leaves only the last day is taken over: sources blank the rest, and whoever
    /// returns finds the same manager.
    fn record_last_day(&self, decision: Decision, known: &RosterRow) -> Decision {
        let mut seen = self.rules.translate(&self.employee.seen);
        seen.retain(|field, _| *field == Field::TerminationDate);
        self.change(decision, differences(&known.fields, &seen))
    }

    /// Those who waited for the source id may be above the person, who is above them by now: then
    /// the person has no manager.
    fn without_a_cycle(&self, mut decision: Decision, row: &RosterRow) -> Decision {
        let Some(manager) = row.manager() else { return decision };
        let refused =
            |note: &Note| matches!(note.reason, NoteReason::OwnManager | NoteReason::ManagerCycle);
        let is_refused = decision.notes.iter().any(refused);
        let gets_another = decision.events.iter().any(|event| match event {
            Event::FieldsChanged { changes, .. } => changes.contains_key(&Field::Manager),
            Event::Created { .. }
            | Event::Deactivated { .. }
            | Event::Reactivated { .. }
            | Event::Unsynced { .. }
            | Event::Resynced { .. }
            | Event::PutOnHold { .. }
            | Event::Released { .. }
            | Event::Identified { .. }
            | Event::LinkedTo { .. } => false,
        });
        let goes_round = !gets_another && self.managers.closes_cycle(&row.actor, manager);
        if goes_round && !is_refused {
            decision.note(NoteReason::ManagerCycle, vec![Field::Manager]);
        }
        if !goes_round && !is_refused {
            return decision;
        }
        let old = Some(Value::from(manager));
        self.change(decision, Changes::from([(Field::Manager, (old, None))]))
    }

    fn change(&self, decision: Decision, changes: Changes) -> Decision {
        if !say_something(&changes) {
            return decision;
        }
        let (actor, scenario) = (decision.actor.clone(), self.rules.scenario.clone());
        match Event::fields_changed(actor, scenario, changes) {
            Some(event) => decision.doing(Action::Update, event),
            None => decision,
        }
    }

    /// What differs and may be taken over; what may not is noted.
    fn changes(&self, decision: &mut Decision, known: &Fields) -> Changes {
        let seen = self.rules.translate(&self.employee.seen);
        let omitted = self.omitted(&seen);
        if !omitted.is_empty() {
            decision.note(NoteReason::FieldsOmitted, omitted);
        }
        let unreadable = &self.employee.unreadable;
        if !unreadable.is_empty() {
            decision.note(NoteReason::Unreadable, unreadable.clone());
        }
        let mut changes = differences(known, &seen);
        if let Some(reason) = self.objection(&decision.actor, &changes) {
            changes.remove(&Field::Manager);
            decision.note(reason, vec![Field::Manager]);
        }
        changes
    }

    fn omitted(&self, seen: &Seen) -> Vec<Field> {
        let came =
            |field: &Field| seen.contains_key(field) || self.employee.unreadable.contains(field);
        self.rules.expected_fields.iter().filter(|field| !came(field)).copied().collect()
    }

    /// Why the person can't have the manager the source names. The manager need not be there yet.
    fn objection(&self, actor: &str, changes: &Changes) -> Option<NoteReason> {
        let (_, now) = changes.get(&Field::Manager)?;
        let manager = now.as_ref()?.text()?;
        if self.managers.person(manager) == actor {
            return Some(NoteReason::OwnManager);
        }
        self.managers.closes_cycle(actor, manager).then_some(NoteReason::ManagerCycle)
    }
}
