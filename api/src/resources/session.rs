//! `/session`, `/sessions`: signing in and out, and where somebody is signed in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_domain::tenant::SYSTEM;
use rollcall_store::SessionRow;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::List;
use crate::app::App;
use crate::caller::{Caller, tenant};
use crate::client::Client;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds, secret};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::sessions::{self, Session};
use crate::sign_in::sign_in;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/session", post(begin).delete(end))
        .route("/session/tenant", post(change_tenant))
        .route("/sessions", get(list))
        .route("/sessions/{session}", delete(end_one))
}

pub(super) fn operations() -> Vec<Operation> {
    let tag = Tag::Access;
    let given = json!({ "email": "ada@example.com", "password": "not a real password" });
    let wrong = [Code::Unauthenticated];
    vec![
        openapi::post(tag, "/session", "sign_in", "Signs in; the answer sets the cookie.")
            .body::<Credentials>(&given)
            .json::<shapes::SignedIn>(201, "The session.")
            .refuses(wrong),
        openapi::delete(tag, "/session", "sign_out", "Signs out.").empty(204, "Signed out."),
        openapi::post(tag, "/session/tenant", "change_tenant_of_session", "Goes to a tenant.")
            .body::<Place>(&json!({ "tenant": "acme" }))
            .json::<shapes::Entered>(200, "The tenant."),
        openapi::get(tag, "/sessions", "list_sessions", "Where one is signed in.").whole::<View>(),
        openapi::delete(tag, "/sessions/{session}", "end_session", "Signs out there.")
            .empty(204, "It is over."),
    ]
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    pub(crate) email: String,
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) password: SecretString,
}

/// Sets the session's cookie. A session that the browser had before is over.
async fn begin(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    JsonBody(given): JsonBody<Credentials>,
) -> Result<Response, Problem> {
    let signed_in = sign_in(&app, &given.email, &given.password, &client).await?;
    end_earlier(&app, &headers).await?;
    let body = json!({
        "id": signed_in.session.id,
        "user": signed_in.session.user,
        "tenant": signed_in.session.tenant,
        "ends_at": signed_in.session.ends_at,
    });
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    signed_in.keep(&app, response.headers_mut());
    Ok(response)
}

/// Ends the session that a request came with, if it is one.
pub(crate) async fn end_earlier(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(row) = sessions::session(app, headers).await? {
        app.store.end_session(&row.user, &row.id).await?;
        app.sessions.forget();
    }
    Ok(())
}

/// Whoever is not signed in is signed out all the same.
async fn end(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    end_earlier(&app, &headers).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    sessions::forget(&app, response.headers_mut());
    Ok(response)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionPlace)]
pub(crate) struct Place {
    tenant: String,
}

async fn change_tenant(
    State(app): State<App>,
    caller: Caller,
    JsonBody(place): JsonBody<Place>,
) -> Result<Json<serde_json::Value>, Problem> {
    let session = signed_in(&caller)?;
    let id = enter(&app, session, &place.tenant).await?;
    Ok(Json(json!({ "tenant": id })))
}

/// Moves a session to a tenant, by id or slug, that its user belongs to, or out of all of them to run
/// the installation; the id.
pub(crate) async fn enter(app: &App, session: &Session, place: &str) -> Result<String, Problem> {
    if place == SYSTEM && sessions::operates(app, &session.user).await? {
        app.store.move_session(&session.id, None).await?;
        app.sessions.forget();
        return Ok(SYSTEM.to_owned());
    }
    let place = tenant(app, place).await?;
    if sessions::role(app, &place.id, &session.user).await?.is_none() {
        return Err(Code::NotFound.into());
    }
    app.store.move_session(&session.id, Some(&place.id)).await?;
    app.sessions.forget();
    Ok(place.id.to_string())
}

/// What a token has nothing of.
pub(crate) fn signed_in(caller: &Caller) -> Result<&Session, Problem> {
    caller.session.as_ref().ok_or_else(|| Code::NotFound.into())
}

#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct View {
    pub(crate) id: String,
    /// The one that asks.
    pub(crate) current: bool,
    pub(crate) created_at: DateTime<Utc>,
    /// To the minute.
    pub(crate) seen_at: DateTime<Utc>,
    /// When it is over if nobody uses it any more.
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) address: String,
    pub(crate) agent: String,
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<List<View>>, Problem> {
    params.done()?;
    Ok(List::whole(own(&app, signed_in(&caller)?).await?))
}

/// Those of a user that are not over.
pub(crate) async fn own(app: &App, session: &Session) -> Result<Vec<View>, Problem> {
    let (rows, now) = (app.store.sessions(&session.user).await?, app.now());
    let credential = sessions::user(app, &session.user).await?.and_then(|user| user.credential);
    let lives = |row: &SessionRow| {
        now < sessions::over_at(row) && Some(&row.credential) == credential.as_ref()
    };
    let view = |row: SessionRow| View {
        current: row.id == session.id,
        ends_at: sessions::over_at(&row),
        id: row.id,
        created_at: row.created_at,
        seen_at: row.seen_at,
        address: row.address,
        agent: row.agent,
    };
    Ok(rows.into_iter().filter(lives).map(view).collect())
}

async fn end_one(
    State(app): State<App>,
    caller: Caller,
    PathIds(id): PathIds<String>,
) -> Result<StatusCode, Problem> {
    end_session(&app, signed_in(&caller)?, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Counts here at once, on other nodes within a second.
pub(crate) async fn end_session(app: &App, session: &Session, id: &str) -> Result<(), Problem> {
    let ended = app.store.end_session(&session.user, id).await?;
    app.sessions.forget();
    if ended { Ok(()) } else { Err(Code::NotFound.into()) }
}
