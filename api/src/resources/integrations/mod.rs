//! `/integrations`: a tenant's links to its HR systems.

pub(crate) mod change;
pub(crate) mod changes;
pub(crate) mod connect;
pub(crate) mod credentials;
pub(crate) mod health;
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
use rollcall_projections::health::Health;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

use super::operations::View as Performed;
pub(super) use runs::{is_active, queue};

const BEHIND: [&str; 3] = ["connections", "runs", "health"];

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

pub(super) fn operations() -> Vec<Operation> {
    const ONE: &str = "/integrations/{integration}";
    let tag = Tag::Integrations;
    let new = json!({ "provider": "bamboohr", "account": "acme", "api_key": "not-a-real-key" });
    let own = vec![
        openapi::get(tag, "/integrations", "list_integrations", "All connections.")
            .whole::<View>()
            .min_position(),
        openapi::post(tag, "/integrations", "connect", "Connects an HR system.")
            .body::<connect::New>(&new)
            .placed::<shapes::Made>(201, "Connected; the first sync follows."),
        openapi::get(tag, ONE, "read_integration", "One connection.")
            .json::<View>(200, "The connection.")
            .min_position(),
        openapi::patch(tag, ONE, "change_integration", "Changes targets, schedule and limits.")
            .body::<change::Change>(&json!({ "schedule": { "hour": 3 } }))
            .empty(204, "Changed."),
        openapi::post(tag, "/integrations/test", "test_credentials", "Tries them before saving.")
            .body::<connect::New>(&new)
            .performed::<Performed>(),
        openapi::put(
            tag,
            "/integrations/{integration}/credentials",
            "replace_credentials",
            "A new key in place of the old.",
        )
        .body::<credentials::New>(&json!({ "api_key": "not-a-real-key" }))
        .empty(204, "Replaced."),
    ];
    own.into_iter().chain(acts()).chain(provider_webhooks::operations()).collect()
}

/// What can be asked of one connection.
fn acts() -> Vec<Operation> {
    let post = |path, id, summary| openapi::post(Tag::Integrations, path, id, summary);
    let secret = json!({ "secret": "not-a-real-secret-not-a-real-secret" });
    let map = json!({ "identities": [{ "source_id": "114", "email": "ada@example.com" }] });
    vec![
        post("/integrations/{integration}/test", "test_integration", "Tries its credentials.")
            .performed::<Performed>(),
        post("/integrations/{integration}/preview", "preview", "What a run would do.")
            .optional_body::<plans::Asked>(&json!({ "identities": ["114"] }))
            .performed::<Performed>(),
        openapi::get(
            Tag::Integrations,
            "/integrations/{integration}/plans/{hash}",
            "read_previewed_plan",
            "A previewed plan, person by person, for an hour.",
        )
        .query(super::plans::Wanted::described())
        .cursor()
        .json::<super::plans::Rows>(200, "A piece of the plan.")
        .refuses([Code::Gone]),
        post("/integrations/{integration}/plans/{hash}/apply", "apply_plan", "Does exactly that.")
            .prefer()
            .placed::<shapes::Applying>(202, "The run, or the operation that checks."),
        post("/integrations/{integration}/sync", "sync_now", "Asks for a run over everybody.")
            .placed::<shapes::Queued>(202, "The run."),
        post("/integrations/{integration}/reconcile", "reconcile", "Asks for a reconciliation.")
            .optional_body::<runs::Wanted>(&json!({ "nightly": true }))
            .placed::<shapes::Night>(200, "The run of tonight, asked for before.")
            .placed::<shapes::Night>(202, "The run."),
        post("/integrations/{integration}/pause", "pause", "Pauses it.").empty(204, "Paused."),
        post("/integrations/{integration}/resume", "resume", "Resumes it.").empty(204, "Resumed."),
        post("/integrations/{integration}/disconnect", "disconnect", "Ends it for good.")
            .empty(204, "Its credentials are destroyed."),
        post("/integrations/{integration}/identities", "import_identities", "Says who is who.")
            .body::<identities::Import>(&map)
            .json::<shapes::Imported>(200, "What became of each."),
        post("/integrations/{integration}/webhook_secrets", "add_webhook_secret", "Adds a secret.")
            .body::<secrets::New>(&secret)
            .json::<shapes::Fingerprint>(201, "Added."),
        openapi::delete(
            Tag::Integrations,
            "/integrations/{integration}/webhook_secrets",
            "remove_webhook_secret",
            "Takes a secret away.",
        )
        .query([openapi::required("fingerprint", "Which one.")])
        .empty(204, "Gone."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Integration)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) provider: String,
    /// `error` where it is active but its last runs failed.
    pub(crate) status: String,
    #[schema(value_type = shapes::Settings)]
    pub(crate) settings: Settings,
    #[schema(value_type = shapes::Targets)]
    pub(crate) targets: Targets,
    #[schema(value_type = shapes::Schedule)]
    pub(crate) schedule: Schedule,
    #[schema(value_type = shapes::BrakeLimits)]
    pub(crate) brake: BrakeLimits,
    /// Whether the tenant's plan includes live sync. Without it deliveries are acknowledged and skipped.
    pub(crate) entitled: bool,
    /// The next nightly reconciliation; `null` where there is none: paused, disconnected, or not in the
    /// plan.
    pub(crate) next_run: Option<DateTime<Utc>>,
    pub(crate) webhook_secrets: Vec<SecretView>,
    pub(crate) health: health::View,
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
#[derive(Serialize, ToSchema)]
#[schema(as = IntegrationLastRead)]
pub(crate) struct LastRead {
    pub(crate) visible: u64,
    /// By another count of the provider, where there is one.
    pub(crate) total: Option<u64>,
    pub(crate) complete: bool,
}

/// Enough to tell secrets apart, and no more.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSecret)]
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
        let runs = self.entitled && known.is_scheduled();
        runs.then(|| nightly.next(self.at, &Local)).flatten()
    }
}

fn view(row: Overview, health: Option<Health>, now: &Now) -> View {
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
        health: health::view(known.credentials_expire_on.as_deref(), health),
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
    let rows = connections::list(reader.db(), reader.id()).await?;
    let mut known = health::of(&reader, None).await?;
    let now = Now::of(&app, &reader).await?;
    let shown = |row: Overview| {
        let health = known.remove(&row.connection.connection);
        view(row, health, &now)
    };
    Ok(List::whole(rows.into_iter().map(shown).collect()))
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
    let row = connections::one(reader.db(), reader.id(), &integration).await?;
    let row = row.ok_or(Code::NotFound)?;
    let health = health::of(&reader, Some(&integration)).await?.remove(&integration);
    Ok(Json(view(row, health, &Now::of(&app, &reader).await?)))
}
