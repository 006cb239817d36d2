//! The page of the connection: how it is, what it did lately, how it is set, and what can be done.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rollcall_domain::access::Permission;
use rollcall_domain::connection::{Surface, Vacancy};

use super::inputs::secret_of;
use super::notes::{self, Note};
use super::{HOME, Visit, account, connect, has_webhook, label, push};
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::integrations::{SecretView, View};
use crate::resources::receipts::{self, RefusedView};
use crate::resources::sync_logs::{self, progress};
use crate::resources::{receipts::View as Receipt, scenarios, sync_logs::View as Run};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{elsewhere, filters, with_status};
use crate::wording::sentence;

/// At least ten minutes.
const MOST_LOOKS: u16 = 300;

/// What cannot be connected from here by somebody who may only look.
#[derive(Template)]
#[template(path = "integrations/none.html")]
struct Nothing {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "integrations/state.html")]
struct State {
    shell: Shell,
    known: View,
    notes: Vec<Note>,
    runs: Vec<Run>,
    /// Of the first run that has not ended.
    progress: Option<progress::View>,
    targets: Vec<Target>,
    deliveries: Deliveries,
    /// Where the provider sends its deliveries.
    endpoint: String,
    /// How often it has looked again by itself.
    looks: u16,
    wrong: Wrong,
}

/// A chosen scenario.
struct Target {
    id: String,
    /// `None` where it may not be seen.
    name: Option<String>,
    /// Whether it was archived meanwhile: it stays chosen, and nothing is written to it.
    is_closed: bool,
}

/// How the webhook goes.
#[derive(Default)]
struct Deliveries {
    /// Whether whoever looks may know.
    known: bool,
    last: Option<Receipt>,
    /// One that was turned away after the last that was not.
    refused: Option<RefusedView>,
}

impl State {
    fn label(&self) -> &str {
        label(&self.known.provider)
    }
    fn said(&self, text: &str) -> String {
        sentence(text)
    }
    fn account(&self) -> String {
        account(&self.known)
    }
    fn secret(&self) -> &'static str {
        secret_of(self.known.settings.provider())
    }
    /// Who is read, and who leads whom, where that can be set.
    fn scope(&self) -> Option<String> {
        let own = self.known.settings.dynamics()?;
        let who = match own.legal_entities.as_slice() {
            [] => "Everybody of all legal entities is read".to_owned(),
            some => format!("Whoever is employed in {} is read", some.join(", ")),
        };
        let above = match own.surface() {
            Some(Surface::FinanceOperations) => format!(", in the hierarchy {}", own.hierarchy),
            // There a position says itself which one is above.
            Some(Surface::Dataverse) | None => String::new(),
        };
        let vacant = match own.vacancy {
            Vacancy::Climb => "",
            Vacancy::LeaveEmpty => "; where that is vacant, people have none",
        };
        Some(format!("{who}. Managers are those in the position above{above}{vacant}."))
    }
    fn is_active(&self) -> bool {
        self.known.status != "paused"
    }
    fn has_webhook(&self) -> bool {
        has_webhook(&self.known)
    }
    /// Whether something goes on: the page looks again then.
    fn is_moving(&self) -> bool {
        self.runs.iter().any(is_open)
    }
    fn waits_for_first(&self) -> bool {
        self.deliveries.known && self.deliveries.last.is_none() && self.has_webhook()
    }
    /// After how many seconds it looks again, and how often it has by then. A page that was left open
    /// ends with that: otherwise it would keep its session alive.
    fn again(&self) -> Option<(u8, u16)> {
        let begins = self.runs.is_empty() && self.is_active() && self.known.entitled;
        let seconds = match (self.is_moving() || begins, self.waits_for_first()) {
            (true, _) => 2,
            (false, true) => 5,
            (false, false) => 10,
        };
        (self.looks < MOST_LOOKS).then_some((seconds, self.looks + 1))
    }
    fn progress_of(&self, run: &Run) -> Option<&progress::View> {
        let open = self.runs.iter().find(|one| is_open(one))?;
        self.progress.as_ref().filter(|_| open.id == run.id)
    }
    /// The run that ended at this instant, if it is among the latest.
    fn run_at(&self, ended: &DateTime<Utc>) -> String {
        let found = self.runs.iter().find(|run| run.finished_at.as_ref() == Some(ended));
        let logs = "/settings/integrations/logs";
        found.map_or_else(|| format!("{logs}?status=succeeded"), |run| format!("{logs}/{}", run.id))
    }
    /// What is worth knowing of a run: how many, of what, and the query of the people behind it.
    fn counts(&self, run: &Run) -> Vec<(u64, &'static str, &'static str)> {
        let counts = &run.counts;
        [
            (counts.created, "created", "action=created"),
            (counts.updated, "updated", "action=updated"),
            (counts.deactivated, "deactivated", "action=deactivated"),
            (counts.reactivated, "reactivated", "action=reactivated"),
            (counts.unsynced, "unsynced", "action=unsynced"),
            (counts.errors, "errors", "errors=true"),
        ]
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .collect()
    }
    /// How long a secret is live.
    fn age(&self, secret: &SecretView) -> String {
        match (Utc::now() - secret.added_at).num_days() {
            ..1 => String::new(),
            1 => ", one day ago".to_owned(),
            days => format!(", {days} days ago"),
        }
    }
    /// Where the hour of the schedule is told.
    fn zone(&self) -> &str {
        let own = self.known.schedule.zone.as_deref();
        own.or(self.known.settings.time_zone.as_deref()).unwrap_or("the server's time zone")
    }
}

fn is_open(run: &Run) -> bool {
    matches!(run.status.as_str(), "queued" | "running" | "waiting")
}

pub(super) async fn show(visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let looks = Fields::read(query.as_bytes()).raw("look").parse().unwrap_or(0);
    match visit.current().await? {
        Some(known) => shown(visit, known, (StatusCode::OK, looks), Wrong::default()).await,
        None if visit.is_pushed_to().await? => Ok(elsewhere(push::HOME)),
        None if visit.shell.may(Permission::IntegrationsManage) => {
            connect::show(visit, &query).await
        }
        None => with_status(StatusCode::OK, &Nothing { shell: visit.shell }),
    }
}

/// The same page, with what was asked for and why it is not done.
pub(super) async fn refused(visit: Visit, wrong: Wrong) -> Result<Response, Problem> {
    let known = visit.connected().await?;
    shown(visit, known, (StatusCode::UNPROCESSABLE_ENTITY, MOST_LOOKS), wrong).await
}

async fn shown(
    mut visit: Visit,
    known: View,
    (status, looks): (StatusCode, u16),
    wrong: Wrong,
) -> Result<Response, Problem> {
    let runs = logs(&visit, &format!("integration={}&limit=8", known.id)).await?;
    let progress = match runs.iter().find(|run| is_open(run)) {
        Some(run) => {
            let (reader, params) = (visit.reader.clone(), Params::read(""));
            let id = PathIds(run.id.clone());
            sync_logs::read(visit.state(), reader, id, params).await?.0.details.progress
        }
        None => None,
    };
    let failed = match known.status == "error" {
        true => logs(&visit, &format!("integration={}&status=failed&limit=5", known.id)).await?,
        false => vec![],
    };
    let held = logs(&visit, &format!("integration={}&status=held&limit=1", known.id)).await?;
    let notes = notes::of(&known, &failed, held.first());
    let deliveries = deliveries(&visit, &known).await?;
    let targets = targets(&visit, &known).await?;
    let path = format!("/api/v1/integrations/bamboohr/webhook/{}", visit.reader.tenant.slug);
    let endpoint = visit.origin() + &path;
    HOME.clone_into(&mut visit.shell.path);
    let shell = visit.shell;
    let state =
        State { shell, known, notes, runs, progress, targets, deliveries, endpoint, looks, wrong };
    with_status(status, &state)
}

async fn logs(visit: &Visit, query: &str) -> Result<Vec<Run>, Problem> {
    let (reader, params) = (visit.reader.clone(), Params::read(query));
    Ok(sync_logs::list(visit.state(), reader, params).await?.0.data)
}

async fn deliveries(visit: &Visit, known: &View) -> Result<Deliveries, Problem> {
    if !visit.shell.may(Permission::DeliveriesRead) {
        return Ok(Deliveries::default());
    }
    let query = Params::read(&format!("integration={}&limit=1", known.id));
    let last = receipts::list(visit.state(), visit.reader.clone(), query).await?.0.data.pop();
    let newest = Params::read("limit=1");
    let refused =
        receipts::refused(visit.state(), visit.reader.clone(), newest).await?.0.data.pop();
    let since = last.as_ref().map_or(known.connected_at, |last| last.received_at);
    Ok(Deliveries { known: true, last, refused: refused.filter(|refused| refused.at > since) })
}

async fn targets(visit: &Visit, known: &View) -> Result<Vec<Target>, Problem> {
    let may_see = visit.shell.may(Permission::ScenariosRead);
    let mut targets = Vec::new();
    for id in &known.targets.scenarios {
        let (reader, params) = (visit.reader.clone(), Params::read(""));
        let found = match may_see {
            true => scenarios::read(visit.state(), reader, PathIds(id.clone()), params).await,
            false => Err(Code::NotFound.into()),
        };
        let (name, is_closed) = match found {
            Ok(view) => (Some(view.0.name), view.0.status == "archived"),
            Err(problem) if problem.code == Code::NotFound => (None, false),
            Err(problem) => return Err(problem),
        };
        targets.push(Target { id: id.clone(), name, is_closed });
    }
    Ok(targets)
}
