//! `/integrations`: a tenant's links to its HR systems.

pub(crate) mod change;
pub(crate) mod changes;
pub(crate) mod connect;
pub(crate) mod credentials;
pub(crate) mod identities;
pub(crate) mod plans;
pub(crate) mod provider_webhooks;
pub(crate) mod runs;
pub(crate) mod secrets;
pub(crate) mod settings;
pub(crate) mod targets;
pub(crate) mod test;

use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use chrono::{DateTime, Local, Utc};
use rollcall_commands::entitled_since;
use rollcall_domain::connection::{BrakeLimits, Schedule, Settings, Targets};
use rollcall_domain::schedule::Nightly;
use rollcall_projections::connections::{self, Overview, Secret};
use serde::Serialize;

use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

pub(super) use runs::{is_active, queue};

const BEHIND: [&str; 2] = ["connections", "runs"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/integrations", get(list).post(connect::connect))
        .route("/integrations/{integration}", get(read).patch(change::change))
        .route("/integrations/test", post(test::before_saving))
        .route("/integrations/{integration}/test", post(test::saved))
        .route("/integrations/{integration}/preview", post(plans::preview))
        .route("/integrations/{integration}/plans/{hash}", get(plans::read))
        .route("/integrations/{integration}/plans/{hash}/apply", post(plans::apply))
        .route("/integrations/{integration}/sync", post(runs::sync))
        .route("/integrations/{integration}/reconcile", post(runs::reconcile))
        .route("/integrations/{integration}/pause", post(changes::pause))
        .route("/integrations/{integration}/resume", post(changes::resume))
        .route("/integrations/{integration}/disconnect", post(changes::disconnect))
        .route("/integrations/{integration}/credentials", put(credentials::replace))
        .route("/integrations/{integration}/identities", post(identities::import))
        .route(
            "/integrations/{integration}/webhook_secrets",
            post(secrets::add).delete(secrets::remove),
        )
        .merge(provider_webhooks::routes())
}

#[derive(Serialize)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) provider: String,
    /// `error` where it is active but its last runs failed.
    pub(crate) status: String,
    pub(crate) settings: Settings,
    pub(crate) targets: Targets,
    pub(crate) schedule: Schedule,
    pub(crate) brake: BrakeLimits,
    /// Whether the tenant's plan includes live sync. Without it deliveries are acknowledged and skipped.
    pub(crate) entitled: bool,
    /// The next nightly reconciliation; `null` where there is none: paused, disconnected, or not in the
    /// plan.
    pub(crate) next_run: Option<DateTime<Utc>>,
    pub(crate) webhook_secrets: Vec<SecretView>,
    pub(crate) last_run: Option<String>,
    pub(crate) last_status: Option<String>,
    pub(crate) last_sync_at: Option<DateTime<Utc>>,
    pub(crate) last_reconcile_at: Option<DateTime<Utc>>,
    /// Of the last read of everybody; `null` before there was one.
    pub(crate) last_read: Option<LastRead>,
    pub(crate) connected_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// How much of everybody the provider showed: "20 of 200 visible".
#[derive(Serialize)]
pub(crate) struct LastRead {
    pub(crate) visible: u64,
    /// By another count of the provider, where there is one.
    pub(crate) total: Option<u64>,
    pub(crate) complete: bool,
}

/// Enough to tell secrets apart, and no more.
#[derive(Serialize)]
pub(crate) struct SecretView {
    pub(crate) fingerprint: String,
    pub(crate) added_at: DateTime<Utc>,
}

/// Before anybody is shown a connection: whether the plan runs it, and what time it is.
struct Now {
    entitled: bool,
    at: DateTime<Utc>,
}

impl Now {
    async fn of(app: &App, reader: &Reader) -> Result<Now, Problem> {
        let entitled = entitled_since(&app.store, reader.id()).await?.is_some();
        Ok(Now { entitled, at: app.now() })
    }

    /// When a connection is reconciled next.
    fn next_run(&self, known: &connections::Connection) -> Option<DateTime<Utc>> {
        let nightly = Nightly {
            tenant: String::new(),
            connection: known.connection.clone(),
            hour: known.settings.schedule.hour,
            zone: known.settings.schedule_zone(),
            since: known.active_since,
        };
        let runs = self.entitled && known.status == "active";
        runs.then(|| nightly.next(self.at, &Local)).flatten()
    }
}

fn view(row: Overview, now: &Now) -> View {
    let known = row.connection;
    let next_run = now.next_run(&known);
    let status =
        if row.failing && known.status == "active" { "error".into() } else { known.status };
    let secret =
        |one: &Secret| SecretView { fingerprint: one.fingerprint.clone(), added_at: one.added_at };
    View {
        id: known.connection,
        provider: known.provider,
        status,
        schedule: known.settings.schedule.clone(),
        brake: known.settings.brake.clone(),
        entitled: now.entitled,
        next_run,
        settings: known.settings.0,
        targets: known.targets.0,
        webhook_secrets: known.secrets.iter().map(secret).collect(),
        last_run: row.last_run,
        last_status: row.last_status,
        last_sync_at: row.last_sync_at,
        last_reconcile_at: row.last_reconcile_at,
        last_read: row.complete.zip(row.visible).map(|(complete, visible)| LastRead {
            visible,
            total: row.total,
            complete,
        }),
        connected_at: known.connected_at,
        updated_at: known.updated_at,
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let rows = connections::list(app.projections.db(), reader.id()).await?;
    let now = Now::of(&app, &reader).await?;
    Ok(List::whole(rows.into_iter().map(|row| view(row, &now)).collect()))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(integration): PathIds<String>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let row = connections::one(app.projections.db(), reader.id(), &integration).await?;
    let row = row.ok_or(Code::NotFound)?;
    Ok(Json(view(row, &Now::of(&app, &reader).await?)))
}
