//! `/integration_sync_logs`: what the engine did, run by run and person by person.

pub(crate) mod details;
pub(crate) mod progress;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_domain::actor::MatchedBy;
use rollcall_domain::connection::Targets;
use rollcall_domain::plan::is_error;
use rollcall_domain::run::{NoteReason, Status, StoredPlan, TargetEnd};
use rollcall_domain::vocabulary::{Counts, Provider, RunKind};
use rollcall_projections::identities::{self, Identity};
use rollcall_projections::runs::{self, Filter, Run};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::plans::Change;
use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

pub(crate) const ACTIONS: [&str; 13] = [
    "created",
    "updated",
    "deactivated",
    "reactivated",
    "unsynced",
    "linked",
    "resynced",
    "put_on_hold",
    "released",
    "skipped",
    "degraded",
    "conflict",
    "error",
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/integration_sync_logs", get(list))
        .route("/integration_sync_logs/{run}", get(read))
        .route("/integration_sync_logs/{run}/identities", get(identities))
        .route("/integration_sync_logs/{run}/progress", get(progress::follow))
}

pub(super) fn operations() -> Vec<Operation> {
    use openapi::{get, instant, text, word};
    const ONE: &str = "/integration_sync_logs/{run}";
    let identities = "Whom a run touched, or looked at in vain.";
    vec![
        get(Tag::Runs, "/integration_sync_logs", "list_runs", "Runs, newest first.")
            .query([
                word("status", "Only these.", &Status::ALL.map(Status::as_str)),
                word("kind", "Only these.", &RunKind::ALL.map(RunKind::as_str)),
                word("provider", "Only its.", &Provider::ALL.map(Provider::as_str)),
                text("integration", "Only of this connection."),
                text(
                    "identity",
                    "Only those that touched this person, by id, source id or e-mail.",
                ),
                text("idempotency_key", "Only those that answer to this delivery."),
                instant("since", "Not before."),
                instant("until", "Before."),
            ])
            .list::<View>()
            .min_position(),
        get(Tag::Runs, ONE, "read_run", "One run.").json::<Page>(200, "The run.").min_position(),
        get(Tag::Runs, "/integration_sync_logs/{run}/identities", "list_identities", identities)
            .query([
                word("action", "Only those with this outcome.", &ACTIONS),
                word("matched_by", "Only those.", &MatchedBy::ALL.map(MatchedBy::as_str)),
                openapi::flag("errors", "Only those with whom something is wrong."),
                text("scenario", "Only in this scenario."),
                text("q", "Part of a name, an e-mail address or a source id."),
            ])
            .list::<IdentityView>()
            .min_position(),
        get(
            Tag::Runs,
            "/integration_sync_logs/{run}/progress",
            "follow_run",
            "How far a run is, as server-sent events until it ends.",
        )
        .format(200, "Events.", "text/event-stream", json!({ "type": "object" }))
        .empty(204, "It has ended, and the caller knows.")
        .min_position(),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Run)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) integration: String,
    pub(crate) provider: String,
    pub(crate) kind: String,
    pub(crate) event_type: String,
    pub(crate) trigger: String,
    pub(crate) status: String,
    /// Why it was skipped or cancelled.
    pub(crate) reason: Option<String>,
    pub(crate) queued_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
    pub(crate) duration_ms: Option<i64>,
    /// Waiting for the provider until then; the same stands in `waiting` with its reason.
    pub(crate) waiting_until: Option<DateTime<Utc>>,
    pub(crate) waiting: Option<Waiting>,
    /// As they were when it ran, with the scenarios they meant.
    #[schema(value_type = Option<shapes::Targets>)]
    pub(crate) targets: Option<Targets>,
    pub(crate) scenarios: Vec<String>,
    #[schema(value_type = shapes::Counts)]
    pub(crate) counts: Counts,
    /// What became of each target; empty before the end.
    #[schema(value_type = Vec<shapes::TargetEnd>)]
    pub(crate) outcomes: Vec<TargetEnd>,
    /// The plan that waits, or waited, for a person; its people stand under `plan`.
    #[schema(value_type = Option<shapes::StoredPlan>)]
    pub(crate) plan: Option<StoredPlan>,
    pub(crate) held_at: Option<DateTime<Utc>>,
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_at: Option<DateTime<Utc>>,
    pub(crate) error_summary: Option<String>,
    pub(crate) error: Option<serde_json::Value>,
    pub(crate) details: serde_json::Value,
    /// The idempotency keys of the deliveries it answers to.
    pub(crate) receipts: Vec<String>,
    pub(crate) rerun_of: Option<String>,
    /// The run that it takes back.
    pub(crate) undoes: Option<String>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// One run, with what only its own page says.
#[derive(Serialize, ToSchema)]
#[schema(as = RunPage)]
pub(crate) struct Page {
    #[serde(flatten)]
    pub(crate) run: View,
    #[serde(flatten)]
    pub(crate) details: details::Details,
}

/// Until when it waits for the provider, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = RunWaiting)]
pub(crate) struct Waiting {
    pub(crate) until: DateTime<Utc>,
    pub(crate) code: Option<String>,
    pub(crate) summary: Option<String>,
}

fn view(row: Run) -> View {
    let duration_ms = row.duration().map(|duration| duration.num_milliseconds());
    let error = details::error(&row);
    let waiting = row.waiting_until.map(|until| Waiting {
        until,
        code: row.waiting_code,
        summary: row.waiting_summary,
    });
    let details = json!({
        "employees": row.employees,
        "total": row.total,
        "complete": row.complete,
        "omitted_fields": *row.omitted,
        "batches": row.batches,
        "noted": row.noted,
    });
    View {
        duration_ms,
        id: row.run,
        integration: row.connection,
        provider: row.provider,
        kind: row.kind,
        event_type: row.event_type,
        trigger: row.trigger,
        status: row.status,
        reason: row.reason,
        queued_at: row.queued_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        waiting_until: row.waiting_until,
        waiting,
        targets: row.targets.0,
        scenarios: row.scenarios.0,
        counts: *row.counts,
        outcomes: row.outcomes.0,
        plan: row.plan.0,
        held_at: row.held_at,
        decided_by: row.decided_by,
        decided_at: row.decided_at,
        error_summary: row.error_summary,
        error,
        details,
        receipts: row.receipts.0,
        rerun_of: row.rerun_of,
        undoes: row.undoes,
        updated_at: row.updated_at,
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let status = params.word("status", &Status::ALL.map(Status::as_str));
    let kind = params.word("kind", &RunKind::ALL.map(RunKind::as_str));
    let provider = params.word("provider", &Provider::ALL.map(Provider::as_str));
    let integration = params.text("integration");
    let identity = params.text("identity");
    let key = params.text("idempotency_key");
    let (since, until) = (params.instant("since"), params.instant("until"));
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    let filter = Filter {
        status: status.as_deref(),
        kind: kind.as_deref(),
        provider: provider.as_deref(),
        connection: integration.as_deref(),
        identity: identity.as_deref(),
        idempotency_key: key.as_deref(),
        since,
        until,
    };
    caught_up(&app, &reader, min, &["runs", "identities", "actors"]).await?;
    let (db, tenant) = (reader.db(), reader.id());
    let page = runs::list(db, tenant, &filter, piece.after(), piece.limit).await?;
    Ok(List::of(page, &piece, view))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(run): PathIds<String>,
    mut params: Params,
) -> Result<Json<Page>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &["runs", "audit_events"]).await?;
    let row = exists(&reader, &run).await?;
    let details = details::of(&app, &reader, &row).await?;
    Ok(Json(Page { run: view(row), details }))
}

pub(crate) async fn exists(reader: &Reader, run: &str) -> Result<Run, Problem> {
    let row = runs::one(reader.db(), reader.id(), run).await?;
    row.ok_or_else(|| Code::NotFound.into())
}

/// One person in one scenario that a run touched or looked at in vain.
#[derive(Serialize, ToSchema)]
#[schema(as = AffectedIdentity)]
pub(crate) struct IdentityView {
    pub(crate) run: String,
    pub(crate) scenario: String,
    pub(crate) actor: Option<String>,
    pub(crate) source_hris: Option<String>,
    pub(crate) source_hris_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) action: String,
    pub(crate) matched_by: Option<String>,
    pub(crate) fields: Vec<Change>,
    pub(crate) reasons: serde_json::Value,
    pub(crate) updated_at: DateTime<Utc>,
}

fn identity_view(row: Identity, provider: &str) -> IdentityView {
    let personal = row.personal_changes.iter().flat_map(|personal| Change::all(personal));
    let fields = Change::all(&row.changes).chain(personal).collect();
    let reason = |reason: &identities::Reason| json!({ "reason": reason.reason, "fields": reason.fields, "with": reason.with });
    IdentityView {
        fields,
        reasons: row.reasons.iter().map(reason).collect(),
        run: row.run,
        scenario: row.scenario,
        actor: row.actor,
        source_hris: row.provider.or_else(|| Some(provider.to_owned())),
        source_hris_id: row.source_id,
        email: row.email,
        action: row.action,
        matched_by: row.matched_by,
        updated_at: row.updated_at,
    }
}

pub(crate) async fn identities(
    State(app): State<App>,
    reader: Reader,
    PathIds(run): PathIds<String>,
    mut params: Params,
) -> Result<Json<List<IdentityView>>, Problem> {
    let action = params.word("action", &ACTIONS);
    let matched_by = params.word("matched_by", &MatchedBy::ALL.map(MatchedBy::as_str));
    let in_error = params.flag("errors").unwrap_or_default();
    let (scenario, q) = (params.text("scenario"), params.text("q"));
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &["runs", "identities", "actors"]).await?;
    let provider = exists(&reader, &run).await?.provider;
    let bad = NoteReason::ALL.into_iter().filter(|reason| is_error(*reason));
    let bad: Vec<&str> = bad.map(NoteReason::as_str).collect();
    let filter = identities::Filter {
        action: action.as_deref(),
        scenario: scenario.as_deref(),
        matched_by: matched_by.as_deref(),
        q: q.as_deref(),
        reasons: if in_error { &bad } else { &[] },
    };
    let (db, tenant) = (reader.db(), reader.id());
    let page = identities::matching(db, tenant, &run, &filter, piece.after(), piece.limit).await?;
    Ok(List::of(page, &piece, |row| identity_view(row, &provider)))
}
