//! What happened to a person, in words.

use std::collections::BTreeSet;

use rollcall_domain::field::{Field, Value};

use super::fields::{day, label_of};
use super::who::Who;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::resources::history::{Change, Entry};
use crate::resources::names::{Named, Names};

/// An event as a person reads it.
pub(super) struct Told {
    pub(super) entry: Entry,
    pub(super) title: String,
    /// What picks its hue.
    pub(super) mark: &'static str,
    pub(super) why: Option<&'static str>,
    pub(super) changes: Vec<Shown>,
    pub(super) who: String,
}

pub(super) struct Shown {
    pub(super) label: String,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

/// Whose names it takes is read once for all.
pub(super) async fn told(
    app: &App,
    reader: &Reader,
    scenario: &str,
    entries: Vec<Entry>,
) -> Result<Vec<Told>, Problem> {
    let (mut units, mut people) = (BTreeSet::new(), BTreeSet::new());
    for change in entries.iter().flat_map(|entry| &entry.changes) {
        for value in change.old.iter().chain(&change.new) {
            let ids = value.list().iter().cloned().chain(value.text().map(str::to_owned));
            match refers_to(change.field) {
                Refers::Units => units.extend(ids),
                Refers::People => people.extend(ids),
                Refers::Nothing => {}
            }
        }
    }
    let names = Names::behind(reader, scenario, (units, people)).await?;
    let principals = entries.iter().map(|entry| entry.principal.as_str());
    let who = Who::of(app, reader, principals).await?;
    Ok(entries.into_iter().map(|entry| one(entry, &names, &who)).collect())
}

enum Refers {
    Units,
    People,
    Nothing,
}

fn refers_to(field: &str) -> Refers {
    if field == Field::Manager.as_str() {
        return Refers::People;
    }
    let units = [Field::Departments, Field::Division, Field::Location];
    let unit = units.into_iter().any(|one| one.as_str() == field);
    if unit { Refers::Units } else { Refers::Nothing }
}

fn one(entry: Entry, names: &Names, who: &Who) -> Told {
    let changes = entry.changes.iter().map(|change| shown(change, names)).collect();
    let (title, mark) = title(&entry);
    let cause = entry.cause.as_ref().and_then(|cause| cause.as_str());
    Told { changes, title, mark, why: cause.and_then(why), who: who.name(&entry.principal), entry }
}

fn title(entry: &Entry) -> (String, &'static str) {
    let (words, mark) = match entry.r#type.as_str() {
        "actor.created" => ("Created", "created"),
        "actor.fields_changed" => return (changed(entry), "updated"),
        "actor.deactivated" => ("Deactivated", "deactivated"),
        "actor.reactivated" => ("Reactivated", "reactivated"),
        "actor.unsynced" => ("Taken out of sync", "unsynced"),
        "actor.resynced" => ("Put back in sync", "ok"),
        "actor.put_on_hold" => ("Put on hold", "held"),
        "actor.released" => ("Released from hold", "ok"),
        "actor.identified" => ("Linked to the source", "info"),
        other => return (other.to_owned(), "unchanged"),
    };
    (words.to_owned(), mark)
}

/// `Job title and manager changed`
fn changed(entry: &Entry) -> String {
    let labels: Vec<String> = entry.changes.iter().map(|one| label_of(one.field)).collect();
    match labels.as_slice() {
        [] => "Personal fields changed".to_owned(),
        [one] => format!("{one} changed"),
        [one, other] => format!("{one} and {} changed", other.to_lowercase()),
        many => format!("{} fields changed", many.len()),
    }
}

/// Why, where the event alone does not say it.
fn why(cause: &str) -> Option<&'static str> {
    Some(match cause {
        "source_inactive" => "The source says inactive.",
        "source_deleted" => "The source deleted the record.",
        "absent" => "Missing from a complete read of the source.",
        "by_hand" => "Decided by a person.",
        "undone" => "The run that had brought them was taken back.",
        "source_id" => "Found by source id.",
        "identity_map" => "Found by the identity map.",
        "email" => "Found by e-mail address.",
        _ => return None,
    })
}

fn shown(change: &Change, names: &Names) -> Shown {
    let text = |value: &Value| value_words(change.field, value, names);
    Shown {
        label: label_of(change.field),
        old: change.old.as_ref().map(text),
        new: change.new.as_ref().map(text),
    }
}

/// A value with names instead of ids.
pub(super) fn value_words(field: &str, value: &Value, names: &Names) -> String {
    let unit = |id: &str| called(names.unit(id.to_owned()));
    match (refers_to(field), value) {
        (Refers::Units, Value::List(ids)) => {
            ids.iter().map(|id| unit(id)).collect::<Vec<_>>().join(", ")
        }
        (Refers::Units, Value::Text(id)) => unit(id),
        (Refers::People, Value::Text(id)) => called(names.person(id.clone())),
        (Refers::People | Refers::Nothing, Value::List(items)) => items.join(", "),
        (Refers::Nothing, Value::Text(text)) => plain(field, text),
    }
}

fn called(named: Named) -> String {
    named.path.or(named.name).unwrap_or(named.id)
}

fn plain(field: &str, text: &str) -> String {
    match (field, text) {
        ("hire_date" | "termination_date", text) => day(text),
        ("active", "true") => "active".to_owned(),
        ("active", "false") => "inactive".to_owned(),
        (_, text) => text.to_owned(),
    }
}
