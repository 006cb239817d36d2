//! What each command does to a person who is there, and what each event makes of them.

use super::{Cause, Command, Event, KnownActor, Lock, Personal, Refusal};
use crate::field::{self, Field, Fields, Seen};

/// By what a person is told from others; one of them everybody has.
pub(super) const NAMES: [Field; 4] =
    [Field::FirstName, Field::LastName, Field::PreferredName, Field::Email];

impl KnownActor {
    pub(super) fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let (actor, scenario) = (self.actor.clone(), self.scenario.clone());
        let event = match command {
            Command::Create { .. } | Command::LinkTo { .. } => return Err(Refusal::AlreadyExists),
            Command::ChangeFields { .. } | Command::Reactivate | Command::Resync
                if self.source_deleted =>
            {
                return Err(Refusal::SourceDeleted);
            }
            Command::ChangeFields { .. }
            | Command::Edit { .. }
            | Command::Reactivate
            | Command::Resync
            | Command::Identify { .. }
                if self.erased =>
            {
                return Err(Refusal::Erased);
            }
            Command::Unsync { .. } | Command::Resync if self.source.is_none() => {
                return Err(Refusal::EnteredByHand);
            }
            Command::ChangeFields { seen } => {
                let changes = field::differences(&self.fields, &seen);
                Event::fields_changed(actor, scenario, changes)
            }
            Command::Edit { seen, active, lock } => return self.edit(&seen, active, lock),
            Command::Deactivate { cause } => {
                let news = self.active || (cause == Cause::SourceDeleted && !self.source_deleted);
                news.then_some(Event::Deactivated { actor, scenario, cause })
            }
            Command::Reactivate => (!self.active).then_some(Event::Reactivated { actor, scenario }),
            Command::Unsync { by_hand } => {
                let news = self.synced || (by_hand && !self.out_of_sync_by_hand);
                news.then_some(Event::Unsynced { actor, scenario, by_hand })
            }
            Command::Identify { source, source_id, claim, matched_by } => {
                let old = self.source.clone();
                let old_id = self.source_id.clone().filter(|_| old.is_some());
                let personal = Some(Personal::Identity { old: old_id, new: source_id });
                (self.claim() != Some(claim.as_str())).then_some(Event::Identified {
                    actor,
                    scenario,
                    source,
                    claim,
                    matched_by,
                    old,
                    personal,
                })
            }
            Command::PutOnHold { run } => {
                let news = self.on_hold.as_ref() != Some(&run);
                news.then_some(Event::PutOnHold { actor, scenario, run })
            }
            Command::Release => {
                self.on_hold.is_some().then_some(Event::Released { actor, scenario })
            }
            Command::Resync => (!self.synced).then_some(Event::Resynced { actor, scenario }),
        };
        Ok(event.into_iter().collect())
    }

    pub(super) fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Created { .. } | Event::LinkedTo { .. } => {}
            Event::FieldsChanged { changes, personal, .. } => {
                field::apply(&mut self.fields, changes);
                if let Some(Personal::Changes(changes)) = personal {
                    field::apply(&mut self.fields, changes);
                }
            }
            Event::Deactivated { cause, .. } => {
                self.active = false;
                self.source_deleted |= *cause == Cause::SourceDeleted;
            }
            Event::Reactivated { .. } => self.active = true,
            Event::Unsynced { by_hand, .. } => {
                self.synced = false;
                self.out_of_sync_by_hand = *by_hand;
            }
            Event::Resynced { .. } => {
                self.synced = true;
                self.out_of_sync_by_hand = false;
            }
            Event::PutOnHold { run, .. } => self.on_hold = Some(run.clone()),
            Event::Released { .. } => self.on_hold = None,
            Event::Identified { source, claim, personal, .. } => {
                self.source = Some(source.clone());
                self.claim = (*claim != self.actor).then(|| claim.clone());
                if let Some(Personal::Identity { new, .. }) = personal {
                    self.source_id = Some(new.clone());
                }
                self.synced = true;
                self.out_of_sync_by_hand = false;
                self.source_deleted = false;
            }
        }
        self
    }

    fn edit(
        &self,
        seen: &Seen,
        active: Option<bool>,
        lock: Option<Lock>,
    ) -> Result<Vec<Event>, Refusal> {
        let changes = field::differences(&self.fields, seen);
        let active = active.filter(|active| *active != self.active);
        if let Some(lock) = lock.filter(|lock| self.is_kept_by(lock)) {
            let told = |field: &&Field| lock.keeps(**field);
            let mut fields: Vec<_> =
                changes.keys().filter(told).map(|field| field.as_str()).collect();
            fields.extend(active.map(|_| "active"));
            if !fields.is_empty() {
                return Err(Refusal::Synced { connection: lock.connection, run: lock.run, fields });
            }
        }
        let mut after = self.fields.clone();
        field::apply(&mut after, &changes);
        let named = |fields: &Fields| NAMES.iter().any(|name| fields.contains_key(name));
        if named(&self.fields) && !named(&after) {
            return Err(Refusal::Nameless);
        }
        let (actor, scenario) = (self.actor.clone(), self.scenario.clone());
        let changed = Event::fields_changed(actor.clone(), scenario.clone(), changes);
        let became = active.map(|active| match active {
            true => Event::Reactivated { actor, scenario },
            false => Event::Deactivated { actor, scenario, cause: Cause::ByHand },
        });
        Ok(changed.into_iter().chain(became).collect())
    }
}

/// A creation always carries its personal part; one without was erased.
pub(super) fn created(event: &Event) -> Option<KnownActor> {
    let Event::Created { actor, scenario, subject, source, active, fields, personal, .. } = event
    else {
        return None;
    };
    let mut fields = fields.clone();
    let mut source_id = None;
    if let Some(Personal::Profile { source_id: id, fields: personal }) = personal {
        source_id.clone_from(id);
        fields.extend(personal.iter().map(|(field, value)| (*field, value.clone())));
    }
    Some(KnownActor {
        actor: actor.clone(),
        scenario: scenario.clone(),
        subject: subject.clone(),
        source: source.clone(),
        source_id,
        claim: None,
        active: *active,
        synced: source.is_some(),
        out_of_sync_by_hand: false,
        on_hold: None,
        source_deleted: false,
        erased: personal.is_none(),
        fields,
    })
}
