//! `/people/{actor}`: one person, with why each field is what it is, and everything that happened.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use rollcall_domain::access::Permission;
use rollcall_domain::field::Field;
use rollcall_domain::vocabulary::Provider;

use super::fields::{GROUPS, day, label, provider};
use super::told::{Told, told};
use super::{filters, page, query};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::actors::{self, View};
use crate::resources::history::{Origin, story};
use crate::resources::names::Named;
use crate::web::shell::Shell;

/// Events on one page, and reports beside them.
const EVENTS: u32 = 20;
const REPORTS: usize = 10;

#[derive(Template)]
#[template(path = "people/person.html")]
struct Page {
    shell: Shell,
    person: View,
    source: Option<String>,
    groups: Vec<Shown>,
    events: Vec<Told>,
    /// How many events there are.
    all_events: u64,
    newer: Option<String>,
    older: Option<String>,
    reports: Vec<View>,
    more_reports: bool,
}

struct Shown {
    id: &'static str,
    title: &'static str,
    rows: Vec<Row>,
}

struct Row {
    label: &'static str,
    values: Vec<Linked>,
    /// Comes from the source, and is not edited here.
    kept: bool,
    /// Where the event is told that gave it this value.
    why: Option<String>,
}

struct Linked {
    text: String,
    href: Option<String>,
}

impl Page {
    fn act(&self, what: &str) -> String {
        self.shell.to(&format!("/people/{}/{what}", self.person.id))
    }
    fn may_write(&self) -> bool {
        self.shell.may(Permission::PeopleWrite) && self.shell.is_writable() && !self.person.erased
    }
    /// Whether their source's departments are closed to whoever is not in sync with it.
    fn leaves(&self) -> bool {
        let source = self.person.source_hris.as_deref().and_then(Provider::parse);
        self.person.lock.is_some() && source.is_some_and(Provider::closes_departments)
    }
    fn run(&self, run: &str) -> Option<String> {
        let may = self.shell.may(Permission::IntegrationsRead);
        may.then(|| format!("/settings/integrations/logs/{run}"))
    }
    fn at(&self, actor: &str) -> String {
        self.shell.to(&format!("/people/{actor}"))
    }
    fn chart(&self) -> String {
        self.shell.to(&format!("/people/chart?at={0}&status=all", self.person.id))
    }
    fn all_reports(&self) -> String {
        self.shell.to(&format!("/people?manager={}", self.person.id))
    }
    fn line(&self) -> String {
        let place = self.person.location.as_ref().and_then(|place| place.name.clone());
        let parts = [self.person.job_title.clone(), place];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(actor): PathIds<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let scenario = shell.scenario()?.scenario.clone();
    let mut params = Params::of_page(raw.as_deref().unwrap_or_default());
    let piece = params.piece().of(EVENTS);
    params.done()?;
    let ids = PathIds((scenario.clone(), actor.clone()));
    let person = actors::read(State(app.clone()), reader.clone(), ids, Params::read("")).await?.0;
    let story = story(&app, &reader, &scenario, &actor).await?;
    let (all_events, origins) = (story.version(), story.origins());
    let found = story.piece(&reader, &piece, true).await?;
    let first = found.data.first().map_or(0, |entry| entry.version);
    let reports = Params::read(&query(&[("manager", actor.as_str()), ("limit", "11")]));
    let mut reports = actors::find(&app, &reader, &scenario, reports).await?.people;
    let more_reports = reports.len() > REPORTS;
    reports.truncate(REPORTS);
    let events = told(&app, &reader, &scenario, found.data).await?;
    let behind = |version: u64| piece.next(Some(format!("v{version}"))).unwrap_or_default();
    let at = |cursor: &str| shell.to(&format!("/people/{actor}?cursor={cursor}"));
    let newer = (first < all_events)
        .then(|| format!("{}#history", at(&behind(first + u64::from(EVENTS) + 1))));
    let older = found.next_cursor.map(|cursor| format!("{}#history", at(&cursor)));
    let why = |origin: &Origin| {
        let version = origin.version;
        let shown = events.iter().any(|told| told.entry.version == version);
        match shown {
            true => format!("#v{version}"),
            false => format!("{}#v{version}", at(&behind(version + 1))),
        }
    };
    let groups = groups(&shell, &person, |field| origins.get(field.as_str()).map(why));
    let source = person.source_hris.as_deref().map(|code| provider(code).to_owned());
    page(&Page {
        shell,
        person,
        source,
        groups,
        events,
        all_events,
        newer,
        older,
        reports,
        more_reports,
    })
}

/// The person's fields; `why` leads to what set one.
fn groups(shell: &Shell, person: &View, why: impl Fn(Field) -> Option<String>) -> Vec<Shown> {
    let keeps = |field: Field| {
        person.lock.as_ref().is_some_and(|lock| lock.fields.contains(&field.as_str()))
    };
    let row = |field: &Field| Row {
        label: label(*field),
        values: values(shell, person, *field),
        kept: keeps(*field),
        why: why(*field),
    };
    let shown = GROUPS.iter().map(|group| Shown {
        id: group.id,
        title: group.title,
        rows: group.fields.iter().map(row).collect(),
    });
    shown.collect()
}

/// What stands in a field; nothing where it is empty.
fn values(shell: &Shell, person: &View, field: Field) -> Vec<Linked> {
    let plain = |text: &Option<String>| -> Vec<Linked> {
        text.iter().map(|text| Linked { text: text.clone(), href: None }).collect()
    };
    let dated = |text: &Option<String>| plain(&text.as_deref().map(day));
    let units = |units: &[Named]| -> Vec<Linked> {
        let unit = |unit: &Named| Linked {
            text: unit.words().unwrap_or("not there yet").to_owned(),
            href: Some(shell.to(&format!("/people?department={}", unit.id))),
        };
        units.iter().map(unit).collect()
    };
    match field {
        Field::EmployeeNumber => plain(&person.employee_number),
        Field::FirstName => plain(&person.first_name),
        Field::LastName => plain(&person.last_name),
        Field::PreferredName => plain(&person.preferred_name),
        Field::Email => linked(&person.email, "mailto:"),
        Field::Phone => plain(&person.phone),
        Field::JobTitle => plain(&person.job_title),
        Field::Departments => units(&person.departments),
        Field::Division => units(person.division.as_slice()),
        Field::Location => units(person.location.as_slice()),
        Field::EmploymentType => plain(&person.employment_type),
        Field::HireDate => dated(&person.hire_date),
        Field::TerminationDate => dated(&person.termination_date),
        Field::Manager => person
            .manager
            .iter()
            .map(|manager| match &manager.name {
                Some(name) => Linked {
                    text: name.clone(),
                    href: Some(shell.to(&format!("/people/{}", manager.id))),
                },
                None => Linked { text: "not there yet".to_owned(), href: None },
            })
            .collect(),
        Field::PhotoUrl => plain(&person.photo_url),
    }
}

fn linked(text: &Option<String>, scheme: &str) -> Vec<Linked> {
    text.iter()
        .map(|text| Linked { text: text.clone(), href: Some(format!("{scheme}{text}")) })
        .collect()
}
