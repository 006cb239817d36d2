//! A plan that waits for a person: group by group, to be approved in part, as a whole, or not at all.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rollcall_domain::run::{HELD_FOR, StoredPlan};
use rollcall_domain::vocabulary::Counts;

use super::LOGS;
use super::acts::{BEHIND, refused};
use super::people::{self, Row};
use super::query::Query;
use super::run::{Refused, shown};
use super::words::Count;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::{OptionalBody, PathIds};
use crate::params::Params;
use crate::resources::integrations;
use crate::resources::plans;
use crate::resources::run_plans::{self, Decided};
use crate::resources::sync_logs::View;
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, settled};

/// What a plan does, in the order in which it is worth looking at.
const ORDER: [(&str, &str); 6] = [
    ("deactivate", "Would be deactivated"),
    ("unsync", "Would be taken out of sync"),
    ("reactivate", "Would be reactivated"),
    ("create", "Would be created"),
    ("update", "Would be updated"),
    ("skip", "Would be skipped"),
];
/// So many of each group stand beside the others, and so many of one that is looked at alone.
const FEW: u32 = 10;
const MANY: u32 = 100;

pub(super) struct Plan {
    pub(super) hash: String,
    /// Whether it still waits for somebody's word.
    pub(super) is_open: bool,
    /// The group that is looked at alone.
    pub(super) action: Option<String>,
    pub(super) groups: Vec<Group>,
    /// Numbers of all groups, for tiles and tabs.
    pub(super) counts: Vec<Count>,
    /// How many people it would change.
    pub(super) changes: u64,
    pub(super) next: Option<String>,
    /// It can't be read any more: somebody in it was erased, or its time is over.
    pub(super) is_gone: bool,
    pub(super) visible: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) complete: Option<bool>,
    pub(super) held_at: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// Of whom may leave unseen.
    pub(super) limits: Option<String>,
}

pub(super) struct Group {
    pub(super) action: String,
    pub(super) title: &'static str,
    pub(super) count: u64,
    pub(super) rows: Vec<Row>,
}

impl Plan {
    pub(super) fn shown(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }
    pub(super) fn only(&self) -> Option<&Group> {
        self.groups.first().filter(|_| self.action.is_some())
    }
}

/// The plan of a run that is held; of others only if it is asked for.
pub(super) async fn plan(
    app: &App,
    reader: &Reader,
    run: &View,
    query: &Query,
) -> Result<Option<Plan>, Problem> {
    let is_open = run.status == "held";
    let wanted = is_open || query.is("plan", "1");
    let Some(stored) = run.plan.as_ref().filter(|_| wanted) else { return Ok(None) };
    let action = ORDER.iter().find(|(action, _)| query.is("action", action));
    let mut plan = empty(run, stored, is_open);
    if is_open {
        plan.limits = Some(limits(app, reader, &run.integration).await?);
    }
    plan.action = action.map(|(action, _)| (*action).to_owned());
    let (sum, skipped) = (sum(stored), plan.action.as_deref() == Some("skip"));
    let limit = if action.is_some() { MANY } else { FEW };
    for (name, title) in ORDER {
        let alone = plan.action.as_deref().is_none_or(|only| only == name);
        let count = number(&sum, name);
        if !alone || count == 0 || (name == "skip" && !skipped) {
            continue;
        }
        let cursor = if action.is_some() { query.get("cursor") } else { "" };
        let Some(found) = rows(app, reader, &run.id, name, (cursor, limit)).await? else {
            plan.is_gone = true;
            return Ok(Some(plan));
        };
        let found = people::of_plan(reader, found).await?;
        plan.next = plan.next.or(found.next.filter(|_| action.is_some()));
        plan.groups.push(Group { action: name.to_owned(), title, count, rows: found.rows });
    }
    Ok(Some(plan))
}

async fn limits(app: &App, reader: &Reader, integration: &str) -> Result<String, Problem> {
    let (id, none) = (PathIds(integration.to_owned()), Params::read(""));
    let brake = integrations::read(State(app.clone()), reader.clone(), id, none).await?.0.brake;
    Ok(format!(
        "{} people in 24 hours, and {} % of a target of 100 or more",
        brake.deactivated, brake.deactivated_percent
    ))
}

/// All that is known of it without its people.
fn empty(run: &View, stored: &StoredPlan, is_open: bool) -> Plan {
    let sum = sum(stored);
    let count = |name, number, query| Count { name, number, query };
    let coverage = stored.coverage.as_ref();
    Plan {
        hash: stored.hash.clone(),
        is_open,
        action: None,
        groups: vec![],
        counts: vec![
            count("to deactivate", sum.deactivated, Some("action=deactivate")),
            count("to take out of sync", sum.unsynced, Some("action=unsync")),
            count("to reactivate", sum.reactivated, Some("action=reactivate")),
            count("to create", sum.created, Some("action=create")),
            count("to update", sum.updated, Some("action=update")),
            count("to skip", sum.skipped, Some("action=skip")),
            count("unchanged", sum.unchanged, None),
            count("fetched", stored.uncounted.fetched, None),
        ],
        changes: ORDER.iter().take(5).map(|(action, _)| number(&sum, action)).sum(),
        next: None,
        is_gone: false,
        visible: coverage.map(|coverage| coverage.visible),
        total: coverage.and_then(|coverage| coverage.total),
        complete: coverage.map(|coverage| coverage.complete),
        held_at: run.held_at,
        expires_at: run.held_at.map(|at| at + HELD_FOR).filter(|_| is_open),
        limits: None,
    }
}

fn sum(stored: &StoredPlan) -> Counts {
    let mut sum = Counts::default();
    for target in &stored.targets {
        sum += target.counts;
    }
    sum
}

fn number(sum: &Counts, action: &str) -> u64 {
    match action {
        "deactivate" => sum.deactivated,
        "unsync" => sum.unsynced,
        "reactivate" => sum.reactivated,
        "create" => sum.created,
        "update" => sum.updated,
        _ => sum.skipped,
    }
}

/// Some of a plan's people; `None` where it can't be read any more.
async fn rows(
    app: &App,
    reader: &Reader,
    run: &str,
    action: &str,
    (cursor, limit): (&str, u32),
) -> Result<Option<plans::Rows>, Problem> {
    let limit = limit.to_string();
    let asked = Query::of([("action", action), ("limit", &limit), ("cursor", cursor)]);
    let (id, params) = (PathIds(run.to_owned()), asked.params(&[]));
    match run_plans::read(State(app.clone()), reader.clone(), id, params).await {
        Ok(Json(found)) => Ok(Some(found)),
        Err(problem) if [Code::Gone, Code::NotFound].contains(&problem.code) => Ok(None),
        Err(problem) => Err(problem),
    }
}

pub(super) async fn approve(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(run): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let identities = if typed.has("all") {
        None
    } else if let Some(action) = typed.text("group") {
        Some(everybody(&app, &admin, &run, &action).await?)
    } else {
        Some(typed.all("identity").map(str::to_owned).collect::<Vec<_>>())
    };
    let told = match &identities {
        None => "All of the plan was approved; the run takes its turn.".to_owned(),
        Some(some) => format!("{} were approved; the run takes its turn.", people_of(some.len())),
    };
    let decided = OptionalBody(Some(Decided { hash: typed.text("hash"), identities }));
    let id = PathIds(run.clone());
    match run_plans::approve(State(app.clone()), admin.clone(), id, decided).await {
        Ok(_) => {
            settled(&app, &admin, &BEHIND).await?;
            Ok(done(&told, &format!("{LOGS}/{run}")))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let query =
                Query::of([("action", typed.raw("action")), ("cursor", typed.raw("cursor"))]);
            shown(&app, shell, &admin, &run, query, Refused { typed, wrong }).await
        }
    }
}

fn people_of(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// All whom a plan does one thing to, by actor.
async fn everybody(
    app: &App,
    admin: &Reader,
    run: &str,
    action: &str,
) -> Result<Vec<String>, Problem> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let found = rows(app, admin, run, action, (&cursor, 200)).await?.ok_or(Code::Gone)?;
        all.extend(found.data.into_iter().map(|row| row.actor));
        match found.next_cursor {
            Some(next) => cursor = next,
            None => return Ok(all),
        }
    }
}

pub(super) async fn reject(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    PathIds(run): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let decided = OptionalBody(Some(Decided { hash: typed.text("hash"), identities: None }));
    let id = PathIds(run.clone());
    match run_plans::reject(State(app.clone()), admin.clone(), id, decided).await {
        Ok(_) => {
            settled(&app, &admin, &BEHIND).await?;
            Ok(done("The plan was rejected; nothing of it was applied.", &format!("{LOGS}/{run}")))
        }
        Err(problem) => refused(&app, shell, &admin, &run, problem).await,
    }
}
