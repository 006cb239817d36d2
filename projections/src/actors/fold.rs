//! The row of a person in one scenario, and what events make of it.

use chrono::{DateTime, Utc};
use rollcall_domain::actor::{Cause, Event, Personal};
use rollcall_domain::diff::PersonIdentity;
use rollcall_domain::field::{Changes, Field, Fields, Value};
use rollcall_domain::identity::email_key;
use rollcall_domain::plan::{self, NO_FINGERPRINT, RosterRow};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_domain::{Fact, Recorded};

use crate::table::{Json, Key, Projection, Reads, row};

row! {
    /// A person in one scenario.
    pub struct Actor {
        [key] scenario: String,
        [key] actor: String,
        /// The person behind their actors in all scenarios.
        [subject] subject: String,
        /// Where they come from; `None` for somebody entered by hand.
        provider: Option<String>,
        /// Whose account there.
        account: Option<String>,
        [personal] source_id: Option<String>,
        /// The id derived from the source id they were linked to; `None` for one who was created under
        /// it, or by hand.
        claim: Option<String>,
        active: bool,
        synced: bool,
        out_of_sync_by_hand: bool,
        /// The run that was taken back, while others leave the person alone because of that.
        on_hold: Option<String>,
        source_deleted: bool,
        [erased] erased: bool,
        [personal] employee_number: Option<String>,
        [personal] first_name: Option<String>,
        [personal] last_name: Option<String>,
        [personal] preferred_name: Option<String>,
        [personal] email: Option<String>,
        [personal] phone: Option<String>,
        job_title: Option<String>,
        /// Ids, in the source's order.
        departments: Json<Vec<String>>,
        division: Option<String>,
        location: Option<String>,
        employment_type: Option<String>,
        [personal] hire_date: Option<String>,
        [personal] termination_date: Option<String>,
        manager: Option<String>,
        [personal] photo_url: Option<String>,
        /// Name, e-mail address and number in lower case.
        [personal] search: String,
        [personal] sort_name: String,
        /// What e-mail addresses are compared by.
        [personal] email_key: Option<String>,
        /// Of a person in sync; `NO_FINGERPRINT` for one who has to be planned in any case.
        [personal] fingerprint: u64,
        /// Of the actor's stream.
        version: u64,
        /// Of the last event, in the tenant's shard.
        last_position: u64,
        /// The run that changed them last.
        run: Option<String>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

pub struct Actors;

impl Projection for Actors {
    const NAME: &'static str = "actors";
    const VERSION: u16 = 4;
    const READS: Reads = Reads::Only(&["actor"]);
    const INDEXES: &'static [&'static [&'static str]] = &[
        &["scenario", "sort_name", "actor"],
        &["scenario", "manager"],
        &["scenario", "claim"],
        &["scenario", "email_key"],
        &["scenario", "last_position"],
        // Counting reads nothing else.
        &["scenario", "active", "synced"],
    ];
    type Row = Actor;

    fn keys(event: &Recorded) -> Vec<Key> {
        match actor_event(event) {
            // The stream of a claim is nobody.
            None | Some(Event::LinkedTo { .. }) => vec![],
            Some(event) => vec![Key::of([event.scenario(), event.actor()])],
        }
    }

    fn evolve(_key: &Key, row: Option<Actor>, event: &Recorded) -> Option<Actor> {
        let happened = actor_event(event)?;
        let mut actor = match row {
            Some(actor) => actor,
            None => created(happened, event)?,
        };
        match happened {
            Event::Created { .. } | Event::LinkedTo { .. } => {}
            Event::FieldsChanged { changes, personal, .. } => {
                actor.change(changes);
                if let Some(Personal::Changes(changes)) = personal {
                    actor.change(changes);
                }
            }
            Event::Deactivated { cause, .. } => {
                actor.active = false;
                actor.source_deleted |= *cause == Cause::SourceDeleted;
            }
            Event::Reactivated { .. } => actor.active = true,
            Event::Unsynced { by_hand, .. } => {
                actor.synced = false;
                actor.out_of_sync_by_hand = *by_hand;
            }
            Event::Resynced { .. } => {
                actor.synced = true;
                actor.out_of_sync_by_hand = false;
            }
            Event::PutOnHold { run, .. } => actor.on_hold = Some(run.clone()),
            Event::Released { .. } => actor.on_hold = None,
            Event::Identified { source, claim, personal, .. } => {
                actor.provider = Some(source.provider.as_str().to_owned());
                actor.account = Some(source.account.clone());
                actor.claim = (*claim != actor.actor).then(|| claim.clone());
                if let Some(Personal::Identity { new, .. }) = personal {
                    actor.source_id = Some(new.clone());
                }
                actor.synced = true;
                actor.out_of_sync_by_hand = false;
                actor.source_deleted = false;
            }
        }
        actor.last_position = event.position;
        actor.version = event.version;
        actor.updated_at = event.recorded_at;
        if let Some(run) = &event.correlation {
            actor.run = Some(run.to_string());
        }
        Some(actor)
    }

    fn finish(actor: &mut Actor) {
        let name = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
        let (first, last) = (name(&actor.first_name), name(&actor.last_name));
        // It is indexed, and index entries are bounded.
        actor.sort_name = format!("{last} {first}").trim().chars().take(200).collect();
        let parts = [
            first,
            last,
            name(&actor.preferred_name),
            name(&actor.email),
            name(&actor.employee_number),
        ];
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
        actor.search = parts.join(" ");
        actor.email_key = actor.email.as_deref().and_then(email_key);
        let plain =
            actor.synced && actor.on_hold.is_none() && !actor.source_deleted && !actor.erased;
        actor.fingerprint =
            if plain { plan::fingerprint(actor.active, &actor.fields()) } else { NO_FINGERPRINT };
    }
}

fn actor_event(event: &Recorded) -> Option<&Event> {
    if let Fact::Actor(event) = &event.fact { Some(event) } else { None }
}

/// A creation always has a personal part; one without was erased.
fn created(happened: &Event, event: &Recorded) -> Option<Actor> {
    let Event::Created { actor, scenario, subject, source, active, fields, personal, .. } =
        happened
    else {
        return None;
    };
    let mut row = Actor {
        scenario: scenario.clone(),
        actor: actor.clone(),
        subject: subject.clone(),
        provider: source.as_ref().map(|source| source.provider.as_str().to_owned()),
        account: source.as_ref().map(|source| source.account.clone()),
        source_id: None,
        claim: None,
        active: *active,
        synced: source.is_some(),
        out_of_sync_by_hand: false,
        on_hold: None,
        source_deleted: false,
        erased: personal.is_none(),
        employee_number: None,
        first_name: None,
        last_name: None,
        preferred_name: None,
        email: None,
        phone: None,
        job_title: None,
        departments: Json::default(),
        division: None,
        location: None,
        employment_type: None,
        hire_date: None,
        termination_date: None,
        manager: None,
        photo_url: None,
        search: String::new(),
        sort_name: String::new(),
        email_key: None,
        fingerprint: NO_FINGERPRINT,
        version: event.version,
        last_position: event.position,
        run: None,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
    };
    fields.iter().for_each(|(field, value)| row.set(*field, Some(value)));
    if let Some(Personal::Profile { source_id, fields }) = personal {
        row.source_id.clone_from(source_id);
        fields.iter().for_each(|(field, value)| row.set(*field, Some(value)));
    }
    Some(row)
}

impl Actor {
    fn change(&mut self, changes: &Changes) {
        changes.iter().for_each(|(field, (_, now))| self.set(*field, now.as_ref()));
    }

    fn set(&mut self, field: Field, value: Option<&Value>) {
        match self.text_of(field) {
            Some(text) => *text = value.and_then(Value::text).map(str::to_owned),
            None => self.departments.0 = value.map_or(&[][..], Value::list).to_vec(),
        }
    }

    /// Where a field's text lies; departments are a list.
    fn text_of(&mut self, field: Field) -> Option<&mut Option<String>> {
        Some(match field {
            Field::Departments => return None,
            Field::EmployeeNumber => &mut self.employee_number,
            Field::FirstName => &mut self.first_name,
            Field::LastName => &mut self.last_name,
            Field::PreferredName => &mut self.preferred_name,
            Field::Email => &mut self.email,
            Field::Phone => &mut self.phone,
            Field::JobTitle => &mut self.job_title,
            Field::Division => &mut self.division,
            Field::Location => &mut self.location,
            Field::EmploymentType => &mut self.employment_type,
            Field::HireDate => &mut self.hire_date,
            Field::TerminationDate => &mut self.termination_date,
            Field::Manager => &mut self.manager,
            Field::PhotoUrl => &mut self.photo_url,
        })
    }

    /// What people call them: the preferred name, or the first, and the last; else their address.
    pub fn display_name(&self) -> String {
        let first = self.preferred_name.as_ref().or(self.first_name.as_ref());
        let parts: Vec<&str> =
            first.into_iter().chain(&self.last_name).map(|part| &**part).collect();
        match parts.is_empty() {
            true => self.email.clone().unwrap_or_default(),
            false => parts.join(" "),
        }
    }

    /// The fields that have a value.
    pub fn fields(&self) -> Fields {
        let texts = [
            (Field::EmployeeNumber, &self.employee_number),
            (Field::FirstName, &self.first_name),
            (Field::LastName, &self.last_name),
            (Field::PreferredName, &self.preferred_name),
            (Field::Email, &self.email),
            (Field::Phone, &self.phone),
            (Field::JobTitle, &self.job_title),
            (Field::Division, &self.division),
            (Field::Location, &self.location),
            (Field::EmploymentType, &self.employment_type),
            (Field::HireDate, &self.hire_date),
            (Field::TerminationDate, &self.termination_date),
            (Field::Manager, &self.manager),
            (Field::PhotoUrl, &self.photo_url),
        ];
        let texts = texts.into_iter().filter_map(|(field, text)| Some((field, text.clone()?)));
        let mut fields: Fields = texts.map(|(field, text)| (field, Value::Text(text))).collect();
        if !self.departments.is_empty() {
            fields.insert(Field::Departments, Value::List(self.departments.0.clone()));
        }
        fields
    }

    pub(super) fn source(&self) -> Option<Source> {
        let provider = Provider::parse(self.provider.as_deref()?)?;
        Some(Source { provider, account: self.account.clone()? })
    }

    /// By what they are found in another scenario.
    pub fn identity(&self) -> PersonIdentity {
        PersonIdentity {
            actor: self.actor.clone(),
            subject: self.subject.clone(),
            source: self.source().zip(self.source_id.clone()),
        }
    }

    /// The row as a plan reads it.
    pub fn roster_row(&self) -> RosterRow {
        RosterRow {
            actor: self.actor.clone(),
            subject: self.subject.clone(),
            version: self.version,
            active: self.active,
            synced: self.synced,
            out_of_sync_by_hand: self.out_of_sync_by_hand,
            claim: self
                .provider
                .as_ref()
                .map(|_| self.claim.as_ref().unwrap_or(&self.actor).clone()),
            source: self.source(),
            source_id: self.source_id.clone(),
            on_hold: self.on_hold.is_some(),
            source_deleted: self.source_deleted,
            erased: self.erased,
            run: self.run.clone(),
            fields: self.fields(),
        }
    }
}
