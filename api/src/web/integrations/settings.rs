//! `…/settings/{section}`: changing how a connection is set. Only what somebody changed is sent, so that
//! two who change different things don't undo each other; where both changed the same, both values are
//! shown and the second one decides.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::fields::{Field, Input, SCENARIO, Section};
use super::inputs::list;
use super::{BEHIND, HOME, Visit};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::problems::internal;
use crate::resources::integrations::View;
use crate::resources::integrations::change::{Change, change};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, settled, with_status};

#[derive(Template)]
#[template(path = "integrations/settings.html")]
struct Form {
    shell: Shell,
    section: Section,
    entries: Vec<Entry>,
    wrong: Wrong,
}

/// A field with what was typed into it.
#[derive(Debug)]
struct Entry {
    field: Field,
    typed: String,
    /// Whether the typed value is another than the one that was there to be changed.
    is_changed: bool,
    /// Whether somebody else changed it meanwhile, to something else.
    is_stale: bool,
}

impl Form {
    fn is_stale(&self) -> bool {
        self.entries.iter().any(|entry| entry.is_stale)
    }
    /// Whether it is a list of things to tick.
    fn is_choice(&self) -> bool {
        self.entries.iter().all(|entry| entry.field.is_switch())
    }
    fn is_wrong(&self, entry: &Entry) -> bool {
        entry.is_stale || self.error(entry).is_some()
    }
    /// What is wrong with a field.
    fn error(&self, entry: &Entry) -> Option<&str> {
        self.wrong.with(&entry.field.path)
    }
    fn others(&self) -> Vec<String> {
        let shown: Vec<&str> = self.entries.iter().map(|entry| &*entry.field.path).collect();
        self.wrong.beside(&shown).into_iter().map(|one| one.message.clone()).collect()
    }
}

impl Entry {
    fn fresh(field: Field) -> Entry {
        Entry { typed: field.value.clone(), field, is_changed: false, is_stale: false }
    }

    /// What a form says of a field; it says nothing of one that came up after it was shown.
    fn typed(field: Field, typed: &Fields) -> Entry {
        let before = format!("was:{}", field.path);
        if !typed.has(&before) {
            return Entry::fresh(field);
        }
        let value = match field.input {
            Input::Switch if typed.has(&field.path) => "on",
            Input::Switch => "",
            Input::Number { .. } | Input::Text | Input::List | Input::Choice(_) => {
                typed.raw(&field.path).trim()
            }
        };
        let was = typed.raw(&before);
        let is_changed = value != was;
        let is_stale = is_changed && field.value != was && field.value != value;
        let typed = if is_changed { value.to_owned() } else { field.value.clone() };
        Entry { field, typed, is_changed, is_stale }
    }

    /// As a change says it.
    fn json(&self) -> Result<Value, String> {
        Ok(match self.field.input {
            Input::Switch => json!(self.typed == "on"),
            Input::Text | Input::Choice(_) if self.typed.is_empty() => Value::Null,
            Input::Text | Input::Choice(_) => json!(self.typed),
            Input::List => json!(list(&self.typed)),
            Input::Number { least, most } => {
                let read = self.typed.parse().ok().filter(|number| (least..=most).contains(number));
                json!(
                    read.ok_or_else(|| format!(
                        "It must be a whole number from {least} to {most}."
                    ))?
                )
            }
        })
    }
}

/// The body of a change: what was changed and nothing else.
fn body(entries: &[Entry], typed: &Fields) -> Result<Value, Problem> {
    let (mut body, mut add, mut remove) = (Map::new(), vec![], vec![]);
    let mut problem = Problem::new(Code::InvalidRequest);
    for entry in entries.iter().filter(|entry| entry.is_changed) {
        let path = &entry.field.path;
        match (path.strip_prefix(SCENARIO), entry.json()) {
            (_, Err(why)) => problem = problem.violation(path, why),
            (Some(scenario), Ok(on)) => {
                if on == json!(true) { &mut add } else { &mut remove }.push(json!(scenario));
            }
            (None, Ok(value)) => put(&mut body, path, value),
        }
    }
    // One that was chosen and is offered no longer is refused with its reason, not forgotten.
    let scenarios = typed.pairs().iter().filter_map(|(name, _)| name.strip_prefix(SCENARIO));
    let known = |id: &str| entries.iter().any(|one| one.field.path[..].ends_with(id));
    add.extend(scenarios.filter(|id| !id.is_empty() && !known(id)).map(|id| json!(id)));
    for (name, ids) in [("/targets/add", add), ("/targets/remove", remove)] {
        if !ids.is_empty() {
            put(&mut body, name, Value::Array(ids));
        }
    }
    if problem.errors.is_empty() { Ok(Value::Object(body)) } else { Err(problem) }
}

/// Puts a value where a path such as `/schedule/hour` leads.
fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.trim_start_matches('/').split_once('/') {
        None => {
            body.insert(path.trim_start_matches('/').to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body.entry(first).or_insert_with(|| json!({}));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

/// A section that the connection's provider has.
async fn asked(visit: &Visit, section: &str) -> Result<(Section, View, Vec<Field>), Problem> {
    let section = Section::parse(section).ok_or(Code::NotFound)?;
    let known = visit.connected().await?;
    let fields = section.fields(&known, &visit.shell.scenarios);
    if fields.is_empty() {
        return Err(Code::NotFound.into());
    }
    Ok((section, known, fields))
}

pub(super) async fn show(
    visit: Visit,
    PathIds(section): PathIds<String>,
) -> Result<Response, Problem> {
    let (section, _, fields) = asked(&visit, &section).await?;
    let entries = fields.into_iter().map(Entry::fresh).collect();
    let form = Form { shell: visit.shell, section, entries, wrong: Wrong::default() };
    with_status(StatusCode::OK, &form)
}

pub(super) async fn save(
    visit: Visit,
    PathIds(section): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let (section, known, fields) = asked(&visit, &section).await?;
    let entries: Vec<Entry> = fields.into_iter().map(|field| Entry::typed(field, &typed)).collect();
    let mut form = Form { shell: visit.shell, section, entries, wrong: Wrong::default() };
    if form.is_stale() {
        return with_status(StatusCode::CONFLICT, &form);
    }
    let saved = match body(&form.entries, &typed) {
        Ok(body) => {
            let body: Change = serde_json::from_value(body).map_err(|error| internal(&error))?;
            let (state, admin) = (axum::extract::State(visit.app.clone()), visit.reader.clone());
            change(state, admin, PathIds(known.id), JsonBody(body)).await.map(|_| ())
        }
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(()) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            Ok(done(&format!("{} saved.", section.title()), HOME))
        }
        Err(problem) => {
            form.wrong = Wrong::of(problem)?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(now: &str) -> Field {
        Field {
            path: "/schedule/hour".into(),
            label: "Hour".into(),
            help: "",
            input: Input::Number { least: 0, most: 23 },
            value: now.into(),
        }
    }

    fn sent(typed: &str, was: &str, now: &str) -> (bool, bool, String) {
        let fields = format!("/schedule/hour={typed}&was:/schedule/hour={was}");
        let entry = Entry::typed(hour(now), &Fields::read(fields.as_bytes()));
        (entry.is_changed, entry.is_stale, entry.typed)
    }

    #[test]
    fn only_what_both_changed_differently_is_a_conflict() {
        assert_eq!(sent("3", "2", "2"), (true, false, "3".into()));
        assert_eq!(sent("2", "2", "5"), (false, false, "5".into()));
        assert_eq!(sent("5", "2", "5"), (true, false, "5".into()));
        assert_eq!(sent("3", "2", "5"), (true, true, "3".into()));
    }

    #[test]
    fn a_field_that_came_up_later_stays_as_it_is() {
        let entry = Entry::typed(hour("4"), &Fields::read(b""));
        assert!(!entry.is_changed);
        assert_eq!(body(&[entry], &Fields::default()).unwrap(), json!({}));
    }

    #[test]
    fn a_change_names_what_was_changed_and_nothing_else() {
        let fields =
            Fields::read(b"/schedule/hour=4&was:/schedule/hour=2&/targets/scenarios/s1=on");
        let entries = [Entry::typed(hour("2"), &fields)];
        let expected = json!({"schedule": {"hour": 4}, "targets": {"add": ["s1"]}});
        assert_eq!(body(&entries, &fields).unwrap(), expected);
        let fields = Fields::read(b"/schedule/hour=late&was:/schedule/hour=2");
        let refused = body(&[Entry::typed(hour("2"), &fields)], &fields).unwrap_err();
        assert_eq!(refused.errors[0].path, "/schedule/hour");
    }
}
