//! `/notifications`: what somebody who signed in was told as an owner or admin, and what of it they
//! have read. Nobody sees another's.

pub(crate) mod stream;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, Utc};
use rollcall_commands::{mark_notification, read_all_notifications};
use rollcall_domain::notification::Mark;
use rollcall_projections::notifications::{self, Listed};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::session::signed_in;
use crate::answer::{List, Stamped, caught_up, position};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;

pub(crate) const BEHIND: [&str; 2] = ["notifications", "inboxes"];
pub(crate) const FILTERS: [&str; 2] = ["all", "unread"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/notifications", get(list))
        .route("/notifications/read_all", post(read_all))
        .route("/notifications/stream", get(stream::follow))
        .route("/notifications/{notification}/read", post(read))
        .route("/notifications/{notification}/unread", post(unread))
}

pub(super) fn operations() -> Vec<Operation> {
    use openapi::{get, post, word};
    let tag = Tag::Access;
    let unread = "Wants a notification back as unread.";
    vec![
        get(tag, "/notifications", "list_notifications", "What one was told, newest first.")
            .query([word("filter", "All, or what is unread.", &FILTERS)])
            .list::<View>()
            .min_position(),
        post(tag, "/notifications/read_all", "read_all_notifications", "Reads all there is.")
            .empty(204, "Nothing that was there is unread."),
        get(
            tag,
            "/notifications/stream",
            "follow_notifications",
            "How many are unread, as server-sent events, whenever that changes.",
        )
        .format(200, "Events.", "text/event-stream", json!({ "type": "object" })),
        post(tag, "/notifications/{notification}/read", "read_notification", "Reads one.")
            .empty(204, "It is read."),
        post(tag, "/notifications/{notification}/unread", "unread_notification", unread)
            .empty(204, "It is unread."),
    ]
}

/// What is told: in words for people, and in parts for programs.
#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
pub(crate) struct View {
    pub(crate) id: String,
    /// `integration.failed`, `integration.recovered`, `integration.flapping`, `integration.stale`,
    /// `plan.held`, `credential.expiring`, `webhook.failing`, `webhook.disabled`,
    /// `webhook.recovered`.
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) text: String,
    /// Where one goes to do something about it; a path below this installation's address.
    pub(crate) link: String,
    pub(crate) link_label: &'static str,
    pub(crate) raised_at: DateTime<Utc>,
    pub(crate) unread: bool,
    pub(crate) integration: Option<String>,
    pub(crate) provider: Option<&'static str>,
    pub(crate) run: Option<String>,
    /// The webhook it is about.
    pub(crate) webhook: Option<String>,
    /// A code of the catalogue of errors.
    pub(crate) error_code: Option<&'static str>,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
    /// The last day of a credential.
    pub(crate) expires_on: Option<NaiveDate>,
}

fn view(listed: Listed) -> View {
    let (told, unread) = (listed.told, listed.unread);
    let raised = told.content.0;
    let link = raised.link();
    View {
        id: told.notification,
        kind: told.kind,
        title: raised.title(),
        text: raised.text(),
        link: link.path,
        link_label: link.label,
        raised_at: told.raised_at,
        unread,
        integration: raised.connection,
        provider: raised.provider.map(|provider| provider.as_str()),
        run: raised.run,
        webhook: raised.endpoint,
        error_code: raised.code.map(|code| code.as_str()),
        since: raised.since,
        until: raised.until,
        expires_on: raised.on,
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let user = signed_in(&reader.caller)?.user.clone();
    let (piece, min) = (params.piece(), params.min_position());
    let unread_only = params.word("filter", &FILTERS).is_some_and(|filter| filter == "unread");
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let (db, whose) = (reader.db(), (reader.id(), user.as_str()));
    let (after, limit) = (piece.after(), piece.limit);
    let page = notifications::page(db, whose, unread_only, app.now(), after, limit).await?;
    Ok(List::of(page, &piece, view))
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(notification): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    marked(&app, &reader, &notification, Mark::Read).await
}

pub(crate) async fn unread(
    State(app): State<App>,
    reader: Reader,
    PathIds(notification): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    marked(&app, &reader, &notification, Mark::Unread).await
}

async fn marked(
    app: &App,
    reader: &Reader,
    notification: &str,
    mark: Mark,
) -> Result<Stamped<StatusCode>, Problem> {
    let user = signed_in(&reader.caller)?.user.clone();
    let cause = reader.caller.cause();
    mark_notification(&app.store, reader.id(), &user, notification, mark, &cause).await?;
    Ok(Stamped(position(app, &reader.tenant).await?, StatusCode::NO_CONTENT))
}

/// All that the list holds at this moment; what is raised meanwhile stays unread.
pub(crate) async fn read_all(
    State(app): State<App>,
    reader: Reader,
) -> Result<Stamped<StatusCode>, Problem> {
    let user = signed_in(&reader.caller)?.user.clone();
    let seen = position(&app, &reader.tenant).await?;
    caught_up(&app, &reader, Some(seen), &BEHIND).await?;
    if unread_of(&app, reader.id(), &user).await? > 0 {
        let (cause, up_to) = (reader.caller.cause(), seen.position);
        read_all_notifications(&app.store, reader.id(), &user, up_to, &cause).await?;
    }
    Ok(Stamped(position(&app, &reader.tenant).await?, StatusCode::NO_CONTENT))
}

/// How many of a user's notifications are unread in a tenant.
pub(crate) async fn unread_of(app: &App, tenant: &str, user: &str) -> Result<u64, Problem> {
    let db = app.projections.db_of(tenant);
    Ok(notifications::unread(&db, tenant, user, app.now()).await?)
}
