//! Differences as rows of a table.

use crate::resources::diff::view::{Cause, Entry, FieldDiff, Told};
use crate::web::filters::sentence;
use crate::web::told::words;
use crate::web::who::Who;

/// What says most about somebody who is on one side only.
const FIRST: [&str; 4] = ["name", "job_title", "departments", "manager"];

pub(super) struct Row {
    pub(super) name: Option<String>,
    pub(super) href: Option<String>,
    pub(super) kind: String,
    pub(super) change: Shown,
    pub(super) fields: Vec<Field>,
    /// Behind a click: what says less.
    pub(super) more: Vec<Field>,
    /// What made it, of something that is on one side only.
    pub(super) made: Option<By>,
    /// On which side a sync has written any of it since they were one.
    pub(super) reached: &'static str,
}

/// How a change looks: hue, icon and word.
pub(super) struct Shown {
    pub(super) status: &'static str,
    pub(super) icon: &'static str,
    pub(super) word: &'static str,
}

pub(super) struct Field {
    pub(super) label: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// What both sides began with, where they both went another way.
    pub(super) began: Option<String>,
    pub(super) conflict: bool,
    pub(super) causes: Vec<By>,
}

/// Who made a value what it is.
pub(super) struct By {
    pub(super) side: &'static str,
    pub(super) who: String,
    pub(super) run: Option<String>,
    pub(super) at: chrono::DateTime<chrono::Utc>,
}

pub(super) fn row(entry: Entry, here: &str, there: &str, who: &Who) -> Row {
    let change = match (entry.change, entry.in_conflict()) {
        (_, true) => Shown { status: "conflict", icon: "hand", word: "Conflict" },
        ("added", _) => Shown { status: "created", icon: "plus", word: "Added" },
        ("removed", _) => Shown { status: "deactivated", icon: "minus", word: "Removed" },
        _ => Shown { status: "updated", icon: "refresh", word: "Changed" },
    };
    let (scenario, one) = match (&entry.here, &entry.there) {
        (Some(one), _) => (here, Some(one)),
        (None, one) => (there, one.as_ref()),
    };
    let href = one.and_then(|one| match entry.kind.as_str() {
        "person" => Some(format!("/people/{}?scenario={scenario}", one.id)),
        "department" => Some(format!("/departments/{}?scenario={scenario}", one.id)),
        _ => None,
    });
    let reached = reached(&entry.fields);
    let whole = entry.change == "changed";
    let (fields, more) = entry
        .fields
        .iter()
        .filter(|one| whole || says_something(one))
        .partition::<Vec<_>, _>(|one| whole || FIRST.contains(&one.field));
    let shown = |all: Vec<&FieldDiff>| all.into_iter().map(|one| field(one, who)).collect();
    Row {
        name: one.and_then(|one| one.name.clone()),
        href,
        change,
        fields: shown(fields),
        more: shown(more),
        made: one.filter(|_| !whole).and_then(|one| Some(by("", one.created.as_ref()?, who))),
        reached,
        kind: entry.kind,
    }
}

fn says_something(one: &FieldDiff) -> bool {
    one.field != "retired" && [&one.here, &one.there].into_iter().any(|told| value(told).is_some())
}

fn reached(fields: &[FieldDiff]) -> &'static str {
    let by_run = |told: &Option<Told>| {
        told.as_ref().and_then(|told| told.cause.as_ref()).is_some_and(|cause| cause.run.is_some())
    };
    let went = |one: &FieldDiff, side| one.changed_in.is_none_or(|at| at == side || at == "both");
    let here = fields.iter().any(|one| went(one, "here") && by_run(&one.here));
    let there = fields.iter().any(|one| went(one, "there") && by_run(&one.there));
    match (here, there) {
        (true, true) => "In both",
        (true, false) => "After",
        (false, true) => "Before",
        (false, false) => "",
    }
}

fn by(side: &'static str, cause: &Cause, who: &Who) -> By {
    By { side, who: who.name(&cause.principal), run: cause.run.clone(), at: cause.recorded_at }
}

fn field(one: &FieldDiff, who: &Who) -> Field {
    let by = |side, told: &Option<Told>| Some(by(side, told.as_ref()?.cause.as_ref()?, who));
    // What was not touched since both sides were one has no cause worth telling.
    let sides = match (one.changed_in, &one.here, &one.there) {
        (Some("here"), here, _) => vec![by("After", here)],
        (Some("there"), _, there) => vec![by("Before", there)],
        (Some(_), here, there) => vec![by("Before", there), by("After", here)],
        (None, Some(_), Some(_)) => vec![by("Before", &one.there), by("After", &one.here)],
        (None, None, _) | (None, _, None) => vec![],
    };
    Field {
        label: sentence(one.field),
        before: value(&one.there),
        after: value(&one.here),
        began: one
            .base
            .as_ref()
            .filter(|_| one.conflict)
            .map(|base| words(base).unwrap_or_default()),
        conflict: one.conflict,
        causes: sides.into_iter().flatten().collect(),
    }
}

fn value(told: &Option<Told>) -> Option<String> {
    told.as_ref().and_then(|told| words(&told.value))
}
