//! `…/identities`: which person a source id is, for people whom the source and this installation know
//! under different names.

use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use rollcall_commands::{Loaded, MapIdentity, MappedIdentity, load, map_identities, source_of};
use rollcall_domain::actor::Actor;
use rollcall_domain::identity::{Person, Who, email_key};
use rollcall_domain::ids::Deriver;
use rollcall_domain::vocabulary::Source;
use rollcall_projections::identity_map::{self, Mapped};
use serde::{Deserialize, Serialize};

use crate::answer::{Stamped, caught_up, position};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};

/// What is asked for at once; longer files come in pieces.
const MOST: usize = 200;
/// Longer ones are no ids.
const LONGEST: usize = 256;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityImport)]
pub(crate) struct Import {
    pub(crate) identities: Vec<Entry>,
}

/// One source id: an actor, an address or somebody new. With none of them, what was said of it is
/// taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityEntry)]
pub(crate) struct Entry {
    pub(crate) source_id: String,
    pub(crate) actor: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) new: Option<bool>,
}

/// What became of an entry.
#[derive(Serialize, ToSchema)]
#[schema(as = IdentityOutcome)]
pub(crate) struct Outcome {
    pub(crate) source_id: String,
    /// `mapped`, `unmapped`, `unchanged`, `error`.
    pub(crate) result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// Every entry has its own answer; one that is wrong does not keep the others from being taken.
pub(crate) async fn import(
    State(app): State<App>,
    admin: Admin,
    reader: Reader,
    PathIds(integration): PathIds<String>,
    JsonBody(import): JsonBody<Import>,
) -> Result<impl IntoResponse, Problem> {
    if import.identities.is_empty() || import.identities.len() > MOST {
        return Err(Problem::new(Code::InvalidRequest)
            .violation("/identities", format!("It must hold from 1 to {MOST} entries.")));
    }
    let (tenant, cause) = (admin.id(), admin.caller.cause());
    let source = source_of(&app.store, tenant, &integration).await?;
    // What was said just now counts as well.
    let now = position(&app, &admin.tenant).await?;
    caught_up(&app, &reader, Some(now), &["identity_map"]).await?;
    let mut checked = Vec::with_capacity(import.identities.len());
    for entry in &import.identities {
        checked.push(check(&app, tenant, entry).await?);
    }
    refuse_repeats(&app, tenant, &source, &import.identities, &mut checked).await?;
    let entry = |(entry, who): (&Entry, &Result<Option<Who>, String>)| {
        let who = who.as_ref().ok()?.clone();
        Some(MapIdentity { source_id: entry.source_id.trim().to_owned(), who })
    };
    let good: Vec<MapIdentity> = import.identities.iter().zip(&checked).filter_map(entry).collect();
    let mut done = map_identities(&app.store, tenant, &source, &good, &cause).await?.into_iter();
    let outcome = |(entry, checked): (Entry, Result<Option<Who>, String>)| {
        let (result, detail) = match checked {
            Ok(_) => done.next().map_or(("unchanged", None), result),
            Err(why) => ("error", Some(why)),
        };
        Outcome { source_id: entry.source_id, result, detail }
    };
    let data: Vec<Outcome> = import.identities.into_iter().zip(checked).map(outcome).collect();
    let answer = Json(serde_json::json!({ "data": data }));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

fn result(done: MappedIdentity) -> (&'static str, Option<String>) {
    match done {
        MappedIdentity::Mapped => ("mapped", None),
        MappedIdentity::Unmapped => ("unmapped", None),
        MappedIdentity::Unchanged => ("unchanged", None),
        MappedIdentity::Erased => {
            ("error", Some("The data of this source id's person was erased.".to_owned()))
        }
    }
}

/// Whom an entry names; why it names nobody.
pub(crate) async fn check(
    app: &App,
    tenant: &str,
    entry: &Entry,
) -> Result<Result<Option<Who>, String>, Problem> {
    let said =
        |text: &Option<String>| text.as_deref().map(str::trim).unwrap_or_default().to_owned();
    let (id, actor, email) = (entry.source_id.trim(), said(&entry.actor), said(&entry.email));
    if id.is_empty() || id.len() > LONGEST {
        return Ok(Err(format!("A source id has from 1 to {LONGEST} characters.")));
    }
    Ok(match (actor.as_str(), email.as_str(), entry.new.unwrap_or_default()) {
        ("", "", false) => Ok(None),
        ("", "", true) => Ok(Some(Who::New)),
        ("", email, false) if email.len() > LONGEST || !email.contains('@') => {
            Err("This is no e-mail address.".to_owned())
        }
        ("", email, false) => Ok(email_key(email).map(Who::Email)),
        (actor, "", false) => {
            person(app, tenant, actor).await?.map(|person| Some(Who::Person(person)))
        }
        (_, _, _) => {
            Err("Say one of the actor, the e-mail address and that it is new, not more.".to_owned())
        }
    })
}

pub(crate) async fn person(
    app: &App,
    tenant: &str,
    actor: &str,
) -> Result<Result<Person, String>, Problem> {
    if actor.len() > LONGEST {
        return Ok(Err("There is no such actor.".to_owned()));
    }
    let loaded: Loaded<Actor> = load(&app.store, tenant, actor).await?;
    Ok(match loaded.state.known {
        Some(known) if known.erased => Err("The data of this actor was erased.".to_owned()),
        Some(known) => Ok(Person { actor: known.actor, subject: known.subject }),
        None => Err("There is no such actor; list the people of the scenario.".to_owned()),
    })
}

/// A source id stands in one entry, and a person is one source id: the first one here, or the one
/// that is there.
pub(crate) async fn refuse_repeats(
    app: &App,
    tenant: &str,
    source: &Source,
    entries: &[Entry],
    checked: &mut [Result<Option<Who>, String>],
) -> Result<(), Problem> {
    let deriver = Deriver::new(&app.store.derivation_key(tenant).await?);
    let people: Vec<String> = checked.iter().filter_map(subject).collect();
    let named = identity_map::naming(&app.projections.db_of(tenant), tenant, &people).await?;
    // Who is said to be somebody else by this very import is free.
    let changes = |(entry, who): (&Entry, &Result<Option<Who>, String>)| {
        who.as_ref().ok().map(|who| (deriver.subject(source, entry.source_id.trim()), who.clone()))
    };
    let changed: HashMap<String, Option<Who>> =
        entries.iter().zip(&*checked).filter_map(changes).collect();
    let stays = |row: &Mapped| {
        let same_source = row.provider == source.provider.as_str() && row.account == source.account;
        let now = changed.get(&row.subject).map(|who| match who {
            Some(Who::Person(person)) => Some(person.subject.clone()),
            Some(Who::Email(_) | Who::New) | None => None,
        });
        same_source && now.is_none_or(|now| now == row.person)
    };
    let mut taken: HashMap<String, String> = HashMap::new();
    for row in named.into_iter().filter(stays) {
        if let (Some(person), Some(id)) = (row.person, row.source_id) {
            taken.insert(person, id);
        }
    }
    let mut ids: HashSet<&str> = HashSet::new();
    for (entry, who) in entries.iter().zip(checked) {
        let id = entry.source_id.trim();
        if !ids.insert(id) {
            *who = Err("This source id came before in the same import.".to_owned());
            continue;
        }
        let Some(key) = subject(who).or_else(|| address(who)) else { continue };
        if let Some(other) = taken.get(&key).filter(|other| *other != id) {
            *who = Err(format!(
                "Source id {other} is this person already; take that back first, by importing it \
                 without an actor, an address and new."
            ));
        } else {
            taken.insert(key, id.to_owned());
        }
    }
    Ok(())
}

fn subject(who: &Result<Option<Who>, String>) -> Option<String> {
    match who {
        Ok(Some(Who::Person(person))) => Some(person.subject.clone()),
        Ok(Some(Who::Email(_) | Who::New) | None) | Err(_) => None,
    }
}

fn address(who: &Result<Option<Who>, String>) -> Option<String> {
    match who {
        Ok(Some(Who::Email(email))) => Some(email.clone()),
        Ok(Some(Who::Person(_) | Who::New) | None) | Err(_) => None,
    }
}
