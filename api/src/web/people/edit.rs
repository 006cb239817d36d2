//! `/people/{actor}/edit`: a person's fields. The form knows the version it was opened at: what others
//! saved since is shown beside what was typed, and nobody's value is lost.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::actor::KnownActor;
use rollcall_domain::field::{Field, Value};
use serde_json::{Map, Value as Json};

use super::choices::Choices;
use super::form::{Facts, Form, active, groups};
use super::typed::Typed;
use super::who::Who;
use super::{BEHIND, done, settled, with_status};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::resources::actors::by_hand;
use crate::resources::actors::person;
use crate::resources::history::{Origin, story};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use rollcall_projections::units;

/// How often a save is tried anew that somebody else was faster than.
const TRIES: usize = 4;

/// The person as the log has them, at the form's version and now.
struct Seen {
    opened: KnownActor,
    now: KnownActor,
    version: u64,
    origins: BTreeMap<&'static str, Origin>,
}

impl Seen {
    async fn of(
        app: &App,
        reader: &Reader,
        scenario: &str,
        actor: &str,
        opened: Option<u64>,
    ) -> Result<Seen, Problem> {
        let story = story(app, reader, scenario, actor).await?;
        let version = story.version();
        let at = |version| story.at(version).ok_or(Problem::from(Code::NotFound));
        let now = at(version)?;
        if now.erased {
            return Err(Code::Gone.into());
        }
        let opened = at(opened.filter(|opened| (1..=version).contains(opened)).unwrap_or(version))?;
        Ok(Seen { opened, now, version, origins: story.origins() })
    }

    /// What was typed, where it is neither what was there nor what is there now.
    fn changes(&self, typed: &Typed) -> Map<String, Json> {
        let mut changes = typed.changes(Some(&self.now));
        let since = typed.changes(Some(&self.opened));
        changes.retain(|name, _| since.contains_key(name));
        changes
    }

    /// Fields in which somebody else wrote since that version, too.
    fn both(&self, changes: &Map<String, Json>, opened: u64) -> Vec<String> {
        let newer = |name: &&String| {
            self.origins.get(name.as_str()).is_some_and(|origin| origin.version > opened)
        };
        changes.keys().filter(newer).cloned().collect()
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
    let seen = Seen::of(&app, &reader, &scenario, &actor, None).await?;
    let typed = Typed::of(&seen.now);
    let asked = Fields::read(raw.as_deref().unwrap_or_default().as_bytes());
    let again = Again { typed: &typed, posted: &asked, both: &[], wrong: Wrong::default() };
    let form = form(&app, &reader, shell, &seen, again).await?;
    with_status(StatusCode::OK, &form)
}

pub(super) async fn save(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(actor): PathIds<String>,
    posted: Fields,
) -> Result<Response, Problem> {
    let scenario = shell.scenario()?.scenario.clone();
    let opened = posted.raw("version").parse::<u64>().ok();
    let mut typed = Typed::posted(&posted);
    let mut wrong = name_department(&reader, &scenario, &posted, &mut typed).await?;
    for _ in 0..TRIES {
        let seen = Seen::of(&app, &reader, &scenario, &actor, opened).await?;
        let mut changes = seen.changes(&typed);
        changes.retain(|name, _| !posted.all("theirs").any(|one| one == name));
        let both = seen.both(&changes, opened.unwrap_or(seen.version));
        if wrong.is_empty() && is_unchosen(&posted, &seen) {
            wrong = choose()?;
        }
        let looks = posted.has("find");
        if looks || !both.is_empty() || !wrong.is_empty() {
            let status = if looks { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let typed = typed.laid_on(&seen.now, |name| changes.contains_key(name));
            let again = Again { typed: &typed, posted: &posted, both: &both, wrong };
            return with_status(status, &form(&app, &reader, shell, &seen, again).await?);
        }
        let back = shell.to(&format!("/people/{actor}"));
        if changes.is_empty() {
            return Ok(done("Nothing was different, so nothing was changed.", &back));
        }
        match write(&app, &reader, &scenario, &actor, changes.clone(), seen.version).await {
            Ok(()) => {
                settled(&app, &reader, &BEHIND).await?;
                return Ok(done("Saved.", &back));
            }
            // Somebody was faster: what they wrote is looked at first.
            Err(problem) if problem.code == Code::Conflict && problem.reason.is_none() => {}
            Err(problem) => {
                let wrong = Wrong::of(problem)?;
                let typed = typed.laid_on(&seen.now, |name| changes.contains_key(name));
                let again = Again { typed: &typed, posted: &posted, both: &[], wrong };
                let form = form(&app, &reader, shell, &seen, again).await?;
                return with_status(StatusCode::UNPROCESSABLE_ENTITY, &form);
            }
        }
    }
    Err(Code::Conflict.into())
}

async fn write(
    app: &App,
    reader: &Reader,
    scenario: &str,
    actor: &str,
    changes: Map<String, Json>,
    version: u64,
) -> Result<(), Problem> {
    let mut person = person::read(changes)?;
    person.version = Some(version);
    let ids = PathIds((scenario.to_owned(), actor.to_owned()));
    by_hand::edit(State(app.clone()), reader.clone(), ids, person).await.map(|_| ())
}

/// A department that was typed by its name is one more that is chosen.
pub(super) async fn name_department(
    reader: &Reader,
    scenario: &str,
    posted: &Fields,
    typed: &mut Typed,
) -> Result<Wrong, Problem> {
    let Some(name) = posted.text("department_q") else { return Ok(Wrong::default()) };
    let (db, tenant) = (reader.db(), reader.id());
    match units::meant(db, tenant, scenario, "department", &name).await? {
        Some(unit) => {
            typed.add_department(unit);
            Ok(Wrong::default())
        }
        None => Wrong::of(
            Problem::new(Code::InvalidRequest)
                .violation("/departments", "There is no department with this name."),
        ),
    }
}

/// Whether a name was typed for the manager, but nobody chosen.
fn is_unchosen(posted: &Fields, seen: &Seen) -> bool {
    let was = seen.opened.manager().unwrap_or_default();
    posted.text("manager_q").is_some() && posted.raw(Field::Manager.as_str()) == was
}

pub(super) fn choose() -> Result<Wrong, Problem> {
    let words = "Choose whom you mean, or empty the name that you looked for.";
    Wrong::of(Problem::new(Code::InvalidRequest).violation("/manager", words))
}

/// What a form is shown again with.
struct Again<'a> {
    typed: &'a Typed,
    posted: &'a Fields,
    both: &'a [String],
    wrong: Wrong,
}

async fn form(
    app: &App,
    reader: &Reader,
    shell: Shell,
    seen: &Seen,
    again: Again<'_>,
) -> Result<Form, Problem> {
    let scenario = seen.now.scenario.clone();
    let lock = rollcall_commands::person_lock(&app.store, reader.id(), &scenario).await?;
    let lock = lock.filter(|lock| seen.now.is_kept_by(lock));
    let manager_q = again.posted.text("manager_q");
    let sides = [again.typed, &Typed::of(&seen.now)];
    let mut choices = Choices::of(app, reader, &scenario, &sides, manager_q.as_deref()).await?;
    let principals = seen.origins.values().map(|origin| origin.principal.as_str());
    let who = Who::of(app, reader, principals).await?;
    let facts = Facts {
        known: Some(&seen.now),
        typed: again.typed,
        lock: lock.as_ref(),
        origins: &seen.origins,
        who: &who,
        both: again.both,
        wrong: &again.wrong,
    };
    let (groups, active) = (groups(&facts, &mut choices), active(&facts));
    let path = format!("/people/{}", seen.now.actor);
    Ok(Form {
        title: format!("Edit {}", called(&seen.now)),
        here: shell.to(&format!("{path}/edit")),
        back: shell.to(&path),
        shell,
        is_new: false,
        version: seen.version,
        moved: !again.both.is_empty(),
        groups,
        active,
        source: lock.map(|lock| lock.source.provider.label()),
        found: choices.found,
        manager_q: manager_q.unwrap_or_default(),
        more_departments: choices.more_departments,
        department_q: if again.wrong.is_empty() { "" } else { again.posted.raw("department_q") }
            .to_owned(),
        wrong: again.wrong,
    })
}

/// What people call them.
fn called(known: &KnownActor) -> String {
    let text = |field| known.fields.get(&field).and_then(Value::text);
    let first = text(Field::PreferredName).or(text(Field::FirstName));
    let parts: Vec<&str> = first.into_iter().chain(text(Field::LastName)).collect();
    match (parts.is_empty(), text(Field::Email)) {
        (false, _) => parts.join(" "),
        (true, Some(email)) => email.to_owned(),
        (true, None) => "a person without a name".to_owned(),
    }
}
