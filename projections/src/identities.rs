//! Affected identities: what one run did to one person in one scenario, and why.

mod touched;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rollcall_domain::actor::{self, Personal};
use rollcall_domain::field::Changes;
use rollcall_domain::run::{self, NoteReason};
use rollcall_domain::{Fact, Recorded};
use serde::{Deserialize, Serialize};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, list_of, resume};
use crate::table::{Json, Key, Projection, Reads, Row, Value, row};

pub use touched::{Linked, Touched, linked, touched};

/// Why somebody was not brought in line, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub reason: String,
    pub fields: Vec<String>,
    /// Other actors, where the reason is about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
}

row! {
    /// One person in one scenario, as one run left them.
    pub struct Identity {
        [key] run: String,
        [key] scenario: String,
        [key_subject] subject: String,
        actor: Option<String>,
        provider: Option<String>,
        [personal] source_id: Option<String>,
        [personal] email: Option<String>,
        /// `created`, `deactivated`, `reactivated`, `unsynced`, `linked`, `resynced`, `updated`,
        /// `put_on_hold`, `released`, `conflict`, `error`, `degraded`, `skipped`: the first of these that fits says most.
        action: String,
        matched_by: Option<String>,
        /// Fields that are not personal, old and new.
        changes: Json<Changes>,
        [personal] personal_changes: Option<Json<Changes>>,
        reasons: Json<Vec<Reason>>,
        updated_at: DateTime<Utc>,
    }
}

/// Actions from the one that says most to the one that says least.
const ACTIONS: [&str; 13] = [
    "created",
    "deactivated",
    "reactivated",
    "unsynced",
    "linked",
    "resynced",
    "updated",
    "put_on_hold",
    "released",
    "conflict",
    "error",
    "degraded",
    "skipped",
];

impl Identity {
    /// Names what was done, unless something weightier was.
    fn did(&mut self, action: &str) {
        let rank = |one: &str| ACTIONS.iter().position(|known| *known == one);
        if rank(action) < rank(&self.action) {
            action.clone_into(&mut self.action);
        }
    }
}

pub struct Identities;

impl Projection for Identities {
    const NAME: &'static str = "identities";
    const VERSION: u16 = 3;
    const READS: Reads = Reads::Only(&["actor", "run"]);
    type Row = Identity;

    fn keys(event: &Recorded) -> Vec<Key> {
        place(event).map(Key::of).into_iter().collect()
    }

    fn evolve(_key: &Key, row: Option<Identity>, event: &Recorded) -> Option<Identity> {
        let Some([run, scenario, subject]) = place(event) else { return row };
        let mut row = row.unwrap_or_else(|| Identity {
            run: run.to_owned(),
            scenario: scenario.to_owned(),
            subject: subject.to_owned(),
            actor: None,
            provider: None,
            source_id: None,
            email: None,
            action: "skipped".to_owned(),
            matched_by: None,
            changes: Json::default(),
            personal_changes: None,
            reasons: Json::default(),
            updated_at: event.recorded_at,
        });
        row.updated_at = event.recorded_at;
        if let Fact::Actor(happened) = &event.fact {
            row.actor = Some(happened.actor().to_owned());
            changed(&mut row, happened);
        }
        if let Fact::Run(run::Event::Noted {
            reason,
            actor,
            fields,
            with,
            matched_by,
            person,
            ..
        }) = &event.fact
        {
            row.actor = row.actor.take().or_else(|| actor.clone());
            row.did(action_of(*reason));
            let found = matched_by.map(|by| by.as_str().to_owned());
            row.matched_by = row.matched_by.take().or(found);
            let (reason, fields) = (reason.as_str().to_owned(), fields.clone());
            row.reasons.push(Reason { reason, fields, with: with.clone() });
            if let Some(person) = person {
                row.source_id = Some(person.source_id.clone());
                row.email = person.email.clone().or(row.email);
            }
        }
        Some(row)
    }
}

/// Run, scenario and person; only events that a run caused have one.
fn place(event: &Recorded) -> Option<[&str; 3]> {
    if let Fact::Run(run::Event::Noted { scenario, subject, .. }) = &event.fact {
        return Some([event.stream.strip_prefix("run/")?, scenario, subject]);
    }
    let Fact::Actor(happened) = &event.fact else { return None };
    if let actor::Event::LinkedTo { .. } = happened {
        return None;
    }
    // Every event of an actor carries its subject; an actor's id stands in for one that does not.
    let subject = event.subject.as_deref().unwrap_or_else(|| happened.actor());
    Some([event.correlation.as_deref()?, happened.scenario(), subject])
}

fn changed(row: &mut Identity, happened: &actor::Event) {
    let known = Some("source_id".to_owned());
    match happened {
        actor::Event::Created { source, fields, personal, .. } => {
            row.did("created");
            row.provider = source.as_ref().map(|source| source.provider.as_str().to_owned());
            let added = |fields: &rollcall_domain::field::Fields| -> Changes {
                fields.iter().map(|(field, now)| (*field, (None, Some(now.clone())))).collect()
            };
            row.changes = Json(added(fields));
            if let Some(Personal::Profile { source_id, fields }) = personal {
                row.source_id.clone_from(source_id);
                let email = fields.get(&rollcall_domain::field::Field::Email);
                row.email = email.and_then(|email| email.text()).map(str::to_owned);
                row.personal_changes = Some(Json(added(fields)));
            }
        }
        actor::Event::FieldsChanged { changes, personal, .. } => {
            row.did("updated");
            row.matched_by = row.matched_by.take().or(known);
            merge(&mut row.changes.0, changes);
            if let Some(Personal::Changes(changes)) = personal {
                merge(&mut row.personal_changes.get_or_insert_default().0, changes);
            }
        }
        actor::Event::Deactivated { cause, .. } => {
            row.did("deactivated");
            let known = (*cause != actor::Cause::Absent).then_some(known).flatten();
            row.matched_by = row.matched_by.take().or(known);
        }
        actor::Event::Reactivated { .. } => {
            row.did("reactivated");
            row.matched_by = row.matched_by.take().or(known);
        }
        actor::Event::Unsynced { .. } => row.did("unsynced"),
        actor::Event::Resynced { .. } => {
            row.did("resynced");
            row.matched_by = row.matched_by.take().or(known);
        }
        actor::Event::PutOnHold { .. } => row.did("put_on_hold"),
        actor::Event::Released { .. } => row.did("released"),
        actor::Event::Identified { source, matched_by, personal, .. } => {
            row.did("linked");
            row.provider = Some(source.provider.as_str().to_owned());
            row.matched_by = Some(matched_by.as_str().to_owned());
            if let Some(Personal::Identity { new, .. }) = personal {
                row.source_id = Some(new.clone());
            }
        }
        actor::Event::LinkedTo { .. } => {}
    }
}

/// What a field was before the run stays; what it is now is the latest.
fn merge(changes: &mut Changes, more: &Changes) {
    for (field, (was, is)) in more {
        changes.entry(*field).or_insert_with(|| (was.clone(), None)).1.clone_from(is);
    }
}

fn action_of(reason: NoteReason) -> &'static str {
    match reason {
        NoteReason::InactiveUnknown
        | NoteReason::NotStarted
        | NoteReason::DeletedUnknown
        | NoteReason::SourceDeleted
        | NoteReason::OutOfSync
        | NoteReason::OnHold
        | NoteReason::NotApproved
        | NoteReason::ChangedSince
        | NoteReason::StaysLinked
        | NoteReason::StaysDeleted
        | NoteReason::Ignored
        | NoteReason::DepartmentClosed
        | NoteReason::Erased => "skipped",
        NoteReason::FieldsOmitted
        | NoteReason::NotVisible
        | NoteReason::NotFound
        | NoteReason::OwnManager
        | NoteReason::ManagerCycle => "degraded",
        NoteReason::Conflict | NoteReason::Ambiguous | NoteReason::Moved => "conflict",
        NoteReason::UnknownStatus
        | NoteReason::Duplicate
        | NoteReason::Unreadable
        | NoteReason::GivenUp => "error",
    }
}

static LIST: Sql = Sql::of(
    Identity::COLUMNS,
    "select {i.columns}, a.provider, a.source_id, a.email
     from views.identities as i
     left join views.actors as a
        on a.tenant = i.tenant and a.scenario = i.scenario and a.actor = i.actor
     where i.tenant = cast($1 as text) and i.run = cast($2 as text)
        and (cast($3 as text) is null or i.action = cast($3 as text))
        and (cast($4 as text) is null or i.scenario = cast($4 as text))
        and (cast($5 as text) is null or i.matched_by = cast($5 as text))
        and (cast($6 as text) is null
            or coalesce(i.source_id, a.source_id) = cast($6 as text)
            or lower(coalesce(i.email, a.email)) = lower(cast($6 as text)))
        and (cast($7 as text) is null
            or (i.scenario, i.subject) > (cast($7 as text), cast($8 as text)))
        and (cast($10 as text) is null or exists (
            select 1 from views.json_each(cast($10 as text)) as e
            where cast(i.reasons as text) like '%\"' || e.value || '\"%'))
     order by i.scenario, i.subject
     limit cast($9 as bigint)",
);
static OF_PERSON: Sql = Sql::of(
    Identity::COLUMNS,
    "select {i.columns}, a.provider, a.source_id, a.email
     from views.identities as i
     left join views.actors as a
        on a.tenant = i.tenant and a.scenario = i.scenario and a.actor = i.actor
     where i.tenant = cast($1 as text) and i.subject = cast($2 as text)
        and (cast($3 as text) is null
            or (i.run, i.scenario) < (cast($3 as text), cast($4 as text)))
     order by i.run desc, i.scenario desc
     limit cast($5 as bigint)",
);

/// Rows whose own events carry no source id or e-mail address get today's.
async fn completed(db: &Db, sql: &Sql, args: Vec<Value>) -> Result<Vec<Identity>, ReadError> {
    db.all(sql, args, |cells| {
        let mut row = Identity::read(cells)?;
        row.provider = row.provider.or(cells.get()?);
        row.source_id = row.source_id.or(cells.get()?);
        row.email = row.email.or(cells.get()?);
        Ok(row)
    })
    .await
}

/// Which of those whom a run touched; nothing set means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub action: Option<&'a str>,
    pub scenario: Option<&'a str>,
    pub matched_by: Option<&'a str>,
    /// A source id, or an e-mail address in any case.
    pub q: Option<&'a str>,
    /// Noted with one of these; empty means any, or none.
    pub reasons: &'a [&'a str],
}

/// Whom a run touched, or those on whom it took an action.
pub async fn list(
    db: &Db,
    tenant: &str,
    run: &str,
    action: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Identity>, ReadError> {
    matching(db, tenant, run, &Filter { action, ..Filter::default() }, after, limit).await
}

/// The same by everything they can be told by.
pub async fn matching(
    db: &Db,
    tenant: &str,
    run: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Identity>, ReadError> {
    let (scenario, subject): (Option<String>, Option<String>) = resume(after)?.unzip();
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![
        tenant.into(),
        run.into(),
        filter.action.into(),
        filter.scenario.into(),
        filter.matched_by.into(),
        filter.q.into(),
        scenario.into(),
        subject.into(),
        (limit + 1).into(),
        if filter.reasons.is_empty() { Value::Text(None) } else { list_of(filter.reasons) },
    ];
    let rows = completed(db, &LIST, args).await?;
    Ok(Page::of(rows, limit, |row| cursor(&(&row.scenario, &row.subject))))
}

/// What runs did to one person, newest first.
pub async fn of_person(
    db: &Db,
    tenant: &str,
    subject: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Identity>, ReadError> {
    let (run, scenario): (Option<String>, Option<String>) = resume(after)?.unzip();
    let limit = limit_of(limit);
    let args: Vec<Value> =
        vec![tenant.into(), subject.into(), run.into(), scenario.into(), (limit + 1).into()];
    let rows = completed(db, &OF_PERSON, args).await?;
    Ok(Page::of(rows, limit, |row| cursor(&(&row.run, &row.scenario))))
}

static COUNT: Sql = Sql::new(
    "select action, count(*) from views.identities
     where tenant = cast($1 as text) and run = cast($2 as text)
     group by action",
);

/// How many people each action was taken on.
pub async fn count(db: &Db, tenant: &str, run: &str) -> Result<BTreeMap<String, u64>, ReadError> {
    let counts =
        db.all(&COUNT, vec![tenant.into(), run.into()], |cells| Ok((cells.get()?, cells.get()?)));
    Ok(counts.await?.into_iter().collect())
}
