//! One event as people read it.

use chrono::{DateTime, Utc};
use rollcall_domain::access::Permission;
use serde_json::{Map, Value};

use super::words::plain;
use crate::resources::audit::View;
use crate::resources::audit::content::{Change, Content};
use crate::web::filters::{sentence, thousands};
use crate::web::shell::Shell;
use crate::web::told::words;
use crate::web::who::{Who, provider};
use crate::wording;

pub(super) struct Row {
    pub(super) position: String,
    pub(super) at: DateTime<Utc>,
    pub(super) what: String,
    pub(super) kind: String,
    pub(super) about: Link,
    pub(super) who: String,
    pub(super) run: Option<Link>,
    pub(super) changes: Vec<Told>,
    /// Counts, or why.
    pub(super) note: String,
    pub(super) erased: bool,
}

pub(super) struct Link {
    pub(super) title: String,
    /// None where there is no page, or it is not for whoever looks.
    pub(super) href: Option<String>,
}

pub(super) struct Told {
    pub(super) field: String,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

/// What a creation sets is told in so many fields at most; the event's page tells all.
const MOST_TOLD: usize = 4;

pub(super) fn row(event: &View, content: Option<&Content>, who: &Who, shell: &Shell) -> Row {
    let runs = shell.may(Permission::IntegrationsRead);
    let run = event.run.as_ref().map(|id| Link {
        title: "in this run".to_owned(),
        href: runs.then(|| format!("/settings/integrations/logs/{id}")),
    });
    Row {
        position: event.position.clone(),
        at: event.recorded_at,
        what: plain(&event.r#type),
        kind: event.r#type.clone(),
        about: content.map_or_else(|| of_stream(&event.stream), |one| about(one, shell)),
        who: who.name(&event.principal),
        run,
        changes: content.map(|one| one.changes.iter().map(told).collect()).unwrap_or_default(),
        note: content.map(note).unwrap_or_default(),
        erased: content.is_some_and(|one| one.erased),
    }
}

impl Row {
    pub(super) fn told(&self) -> &[Told] {
        &self.changes[..self.changes.len().min(MOST_TOLD)]
    }
    pub(super) fn untold(&self) -> usize {
        self.changes.len() - self.told().len()
    }
}

fn of_stream(stream: &str) -> Link {
    Link { title: stream.to_owned(), href: None }
}

pub(super) fn about(content: &Content, shell: &Shell) -> Link {
    let about = &content.about;
    let scenario = content.scenario.as_deref().unwrap_or_default();
    let may = |permission, path: String| shell.may(permission).then_some(path);
    let id = &about.id;
    let name = about.name.clone();
    let (title, href) = match about.kind.as_str() {
        "actor" => {
            let unknown = || if content.erased { "(erased)" } else { "(no name)" }.to_owned();
            let path = format!("/people/{id}?scenario={scenario}");
            (name.unwrap_or_else(unknown), may(Permission::PeopleRead, path))
        }
        "unit" => {
            let path = format!("/departments/{id}?scenario={scenario}");
            (name.unwrap_or_else(|| "(no name)".to_owned()), may(Permission::PeopleRead, path))
        }
        "scenario" => {
            let path = format!("/scenarios/{id}/diff");
            (name.unwrap_or_else(|| id.clone()), may(Permission::ScenariosRead, path))
        }
        "run" => {
            let path = format!("/settings/integrations/logs/{id}");
            let kind = name.map_or_else(|| "Run".to_owned(), |kind| sentence(&kind));
            (kind, may(Permission::IntegrationsRead, path))
        }
        "connection" | "health" | "lane" => {
            let path = "/settings/integrations/hris".to_owned();
            let title = name.map_or("Connection".to_owned(), |code| provider(&code).to_owned());
            (title, may(Permission::IntegrationsRead, path))
        }
        "members" => {
            let path = "/settings/members".to_owned();
            (name.unwrap_or_else(|| "Members".to_owned()), may(Permission::MembersRead, path))
        }
        "receipt" => (format!("Delivery {}", short(id)), None),
        "tenant" => (name.unwrap_or_else(|| "Tenant".to_owned()), None),
        kind => (format!("{} {}", sentence(kind), short(id)), None),
    };
    Link { title, href }
}

/// The beginning of an id, to tell it from others.
fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

pub(super) fn told(change: &Change) -> Told {
    let (old, new) = (words(&change.old), words(&change.new));
    Told { field: sentence(&change.field), old, new }
}

/// `3 created, 1 updated`, or the reason.
fn note(content: &Content) -> String {
    let counted = counted(&content.counts);
    match (&content.why, counted.is_empty()) {
        (Some(why), true) => reads_as_sentence(why),
        (Some(why), false) => format!("{counted}. {}", reads_as_sentence(why)),
        (None, _) => counted,
    }
}

/// As runs tell them.
const COUNTS: [&str; 9] = [
    "fetched",
    "created",
    "updated",
    "deactivated",
    "reactivated",
    "unsynced",
    "unchanged",
    "skipped",
    "errors",
];

fn counted(counts: &Map<String, Value>) -> String {
    let one = |what: &&str| {
        let count = counts.get(*what)?.as_u64().filter(|count| *count > 0)?;
        Some(format!("{} {what}", thousands(&count.to_string())))
    };
    COUNTS.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

/// A code becomes words; a sentence of ours its first letter.
fn reads_as_sentence(why: &str) -> String {
    if why.contains(' ') {
        return wording::capital(why);
    }
    sentence(why)
}
