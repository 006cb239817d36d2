//! The form of a person: one field as the other, those that are kept in sync to be read only, and what
//! somebody else saved meanwhile beside what was typed.

use std::collections::BTreeMap;

use askama::Template;
use rollcall_domain::actor::{KnownActor, Lock};
use rollcall_domain::field::Field;

use super::choices::{Choice, Choices};
use super::fields::{GROUPS, label};
use super::filters;
use super::told::value_words;
use super::typed::Typed;
use super::who::Who;
use crate::resources::actors::View;
use crate::resources::history::Origin;
use crate::web::form::Wrong;
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "people/form.html")]
pub(super) struct Form {
    pub(super) shell: Shell,
    pub(super) title: String,
    /// Where the form is shown and sent to, and where it leads when it is left.
    pub(super) here: String,
    pub(super) back: String,
    pub(super) is_new: bool,
    /// The version that the fields were read at.
    pub(super) version: u64,
    pub(super) wrong: Wrong,
    pub(super) groups: Vec<Shown>,
    pub(super) active: Active,
    /// Who keeps fields in sync.
    pub(super) source: Option<&'static str>,
    /// Whether somebody else saved other values meanwhile.
    pub(super) moved: bool,
    /// Whom a typed manager may mean.
    pub(super) found: Option<Vec<View>>,
    pub(super) manager_q: String,
    pub(super) more_departments: bool,
    pub(super) department_q: String,
}

pub(super) struct Shown {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) inputs: Vec<Input>,
}

pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: Kind,
    pub(super) value: String,
    pub(super) options: Vec<Choice>,
    /// Kept in sync, by a run where one is known.
    pub(super) locked: bool,
    pub(super) run: Option<String>,
    /// What was typed into a field that is locked by now.
    pub(super) lost: Option<String>,
    pub(super) theirs: Option<Theirs>,
    pub(super) error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Day,
    One,
    Many,
    Person,
}

/// What somebody else saved since the form was opened.
pub(super) struct Theirs {
    pub(super) value: String,
    pub(super) who: String,
    pub(super) at: chrono::DateTime<chrono::Utc>,
}

pub(super) struct Active {
    pub(super) checked: bool,
    pub(super) locked: bool,
    pub(super) theirs: Option<Theirs>,
    pub(super) error: Option<String>,
}

/// What the form is made from.
pub(super) struct Facts<'a> {
    /// The person as they are now; `None` for somebody new.
    pub(super) known: Option<&'a KnownActor>,
    pub(super) typed: &'a Typed,
    pub(super) lock: Option<&'a Lock>,
    pub(super) origins: &'a BTreeMap<&'static str, Origin>,
    pub(super) who: &'a Who,
    /// Fields in which both wrote.
    pub(super) both: &'a [String],
    pub(super) wrong: &'a Wrong,
}

impl Form {
    pub(super) fn is_open(&self) -> bool {
        !self.active.locked
            || self.groups.iter().any(|group| group.inputs.iter().any(|input| !input.locked))
    }
    pub(super) fn run(&self, run: &str) -> Option<String> {
        let may = self.shell.may(rollcall_domain::access::Permission::IntegrationsRead);
        may.then(|| format!("/settings/integrations/logs/{run}"))
    }
    /// Whether somebody found can be chosen already.
    pub(super) fn is_listed(&self, input: &Input, person: &View) -> bool {
        input.options.iter().any(|one| one.id == person.id)
    }
    /// What is wrong and has no field of its own.
    pub(super) fn beside(&self) -> Vec<String> {
        let mut paths: Vec<String> = Field::ALL.map(|field| format!("/{}", field.as_str())).into();
        paths.push("/active".to_owned());
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        self.wrong.beside(&paths).into_iter().map(|one| one.message.clone()).collect()
    }
}

impl Input {
    fn id(&self, part: &str) -> String {
        format!("{}-{part}", self.name)
    }
    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }
    /// Which texts explain it.
    fn described(&self) -> String {
        let parts = [("e", self.error.is_some()), ("t", self.theirs.is_some()), ("h", self.locked)];
        let shown = parts.into_iter().filter(|(_, is)| *is).map(|(part, _)| self.id(part));
        shown.collect::<Vec<_>>().join(" ")
    }
    fn is_day(&self) -> bool {
        let is_one = chrono::NaiveDate::parse_from_str(&self.value, "%Y-%m-%d").is_ok();
        self.kind == Kind::Day && (self.value.is_empty() || is_one)
    }
}

pub(super) fn groups(facts: &Facts<'_>, choices: &mut Choices) -> Vec<Shown> {
    // Who somebody is comes before what they do, where it is typed.
    let [role, contact, employment] = &GROUPS;
    let shown = [contact, role, employment].into_iter().map(|group| Shown {
        id: group.id,
        title: group.title,
        inputs: group.fields.iter().map(|field| input(facts, choices, *field)).collect(),
    });
    shown.collect()
}

fn input(facts: &Facts<'_>, choices: &mut Choices, field: Field) -> Input {
    let name = field.as_str();
    let locked = facts.lock.is_some_and(|lock| lock.keeps(field));
    let kind = match field {
        Field::Departments => Kind::Many,
        Field::Division | Field::Location => Kind::One,
        Field::Manager => Kind::Person,
        Field::HireDate | Field::TerminationDate => Kind::Day,
        Field::EmployeeNumber
        | Field::FirstName
        | Field::LastName
        | Field::PreferredName
        | Field::Email
        | Field::Phone
        | Field::JobTitle
        | Field::EmploymentType
        | Field::PhotoUrl => Kind::Text,
    };
    let now = facts.known.and_then(|known| known.fields.get(&field));
    let now_in_words = now.map(|value| value_words(name, value, &choices.names));
    let typed = facts.typed.text(field).unwrap_or_default();
    let value = match (locked, kind) {
        (true, _) => now_in_words.clone().unwrap_or_default(),
        (false, _) => typed.to_owned(),
    };
    let lost = (locked && facts.typed.changes(facts.known).contains_key(name))
        .then(|| typed_in_words(facts.typed, field, choices));
    let options = match kind {
        Kind::Many => std::mem::take(&mut choices.departments),
        Kind::One if field == Field::Division => std::mem::take(&mut choices.divisions),
        Kind::One => std::mem::take(&mut choices.locations),
        Kind::Person => manager(facts, choices),
        Kind::Text | Kind::Day => vec![],
    };
    Input {
        name,
        label: label(field),
        kind,
        value,
        options,
        locked,
        run: facts.origins.get(name).and_then(|origin| origin.run.clone()),
        lost,
        theirs: theirs(facts, name, now_in_words),
        error: facts.wrong.with(&format!("/{name}")).map(str::to_owned),
    }
}

/// The manager as typed, and the one there is.
fn manager(facts: &Facts<'_>, choices: &Choices) -> Vec<Choice> {
    let typed = facts.typed.text(Field::Manager).unwrap_or_default();
    let now = facts.known.and_then(KnownActor::manager).unwrap_or_default();
    let mut ids = vec![now];
    if typed != now {
        ids.push(typed);
    }
    let choice = |id: &str| {
        let named = choices.names.person(id.to_owned());
        let name = named.name.unwrap_or(named.id);
        Choice { id: id.to_owned(), name, chosen: id == typed }
    };
    ids.into_iter().filter(|id| !id.is_empty()).map(choice).collect()
}

fn typed_in_words(typed: &Typed, field: Field, choices: &Choices) -> String {
    use rollcall_domain::field::Value;
    let value = if field == Field::Departments {
        Value::List(typed.departments().unwrap_or_default().to_vec())
    } else {
        Value::Text(typed.text(field).unwrap_or_default().to_owned())
    };
    value_words(field.as_str(), &value, &choices.names)
}

fn theirs(facts: &Facts<'_>, name: &str, now: Option<String>) -> Option<Theirs> {
    let origin = facts.origins.get(name).filter(|_| facts.both.iter().any(|one| one == name))?;
    Some(Theirs {
        value: now.unwrap_or_else(|| "nothing".to_owned()),
        who: facts.who.name(&origin.principal),
        at: origin.recorded_at,
    })
}

pub(super) fn active(facts: &Facts<'_>) -> Active {
    let now = facts.known.is_none_or(|known| known.active);
    let locked = facts.lock.is_some();
    let words = if now { "active" } else { "inactive" };
    Active {
        checked: if locked { now } else { facts.typed.active().unwrap_or(now) },
        locked,
        theirs: theirs(facts, "active", Some(words.to_owned())),
        error: facts.wrong.with("/active").map(str::to_owned),
    }
}
