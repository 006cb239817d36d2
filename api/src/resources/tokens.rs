//! `/tokens`: a tenant's API tokens, or, without a tenant, the operator's.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{delete, get};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_store::TokenRow;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::List;
use crate::app::App;
use crate::caller::{Caller, TokenAdmin};
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;
use crate::tokens::{self, NewToken, Scope, prefix};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/tokens", get(list).post(create)).route("/tokens/{token}", delete(revoke))
}

pub(super) fn operations() -> Vec<Operation> {
    let new = json!({ "name": "nightly export", "scopes": ["read"] });
    vec![
        openapi::get(Tag::Access, "/tokens", "list_tokens", "API tokens.").whole::<View>(),
        openapi::post(Tag::Access, "/tokens", "create_token", "Makes a token; it is shown once.")
            .body::<New>(&new)
            .json::<View>(201, "The token."),
        openapi::delete(Tag::Access, "/tokens/{token}", "revoke_token", "Ends a token.")
            .empty(204, "It has ended."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) tenant: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// What its text begins with.
    pub(crate) prefix: String,
    /// The principal; `null` for one that was made before that was kept.
    pub(crate) created_by: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    /// To the minute; `null` if never.
    pub(crate) used_at: Option<DateTime<Utc>>,
    /// Only in the answer to its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

fn view(row: TokenRow) -> View {
    View {
        prefix: prefix(&row),
        created_by: row.created_by,
        used_at: row.used_at,
        id: row.id,
        name: row.name,
        tenant: row.tenant,
        scopes: row.scopes,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        token: None,
    }
}

pub(crate) async fn known(app: &App, admin: &TokenAdmin) -> Result<Vec<TokenRow>, Problem> {
    let rows = app.store.tokens(admin.tenant()).await?;
    let own = |row: &TokenRow| row.tenant.as_deref() == admin.tenant();
    Ok(rows.into_iter().filter(own).collect())
}

pub(crate) async fn list(
    State(app): State<App>,
    admin: TokenAdmin,
    params: Params,
) -> Result<Json<List<View>>, Problem> {
    params.done()?;
    Ok(List::whole(known(&app, &admin).await?.into_iter().map(view).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

pub(crate) async fn create(
    State(app): State<App>,
    admin: TokenAdmin,
    caller: Caller,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    Ok((StatusCode::CREATED, Json(make(&app, &admin, caller, new).await?)))
}

/// The only answer that holds the token itself.
pub(crate) async fn make(
    app: &App,
    admin: &TokenAdmin,
    caller: Caller,
    new: New,
) -> Result<View, Problem> {
    let scopes = check(app, admin, &new)?;
    let tenant = admin.tenant().map(str::to_owned);
    let (expires_at, created_by) = (new.expires_at, Some(caller.principal));
    let new = NewToken { tenant, name: new.name, scopes, expires_at, created_by };
    let (row, secret) = tokens::create(&app.store, new, app.now()).await?;
    Ok(View { token: Some(secret.expose_secret().to_owned()), ..view(row) })
}

fn check(app: &App, admin: &TokenAdmin, new: &New) -> Result<Vec<Scope>, Problem> {
    let mut problem = Problem::new(Code::InvalidRequest);
    let scopes: Option<Vec<Scope>> = new.scopes.iter().map(|text| Scope::parse(text)).collect();
    let of_operator = admin.tenant().is_none();
    let fits = |scope: &Scope| (*scope == Scope::Operator) == of_operator;
    let scopes = scopes.filter(|scopes| !scopes.is_empty() && scopes.iter().all(fits));
    if scopes.is_none() {
        let allowed = if of_operator {
            "It must be [operator]."
        } else {
            "It must be of: read, edit, manage, assistant."
        };
        problem = problem.violation("/scopes", allowed);
    }
    if new.name.trim().is_empty() || new.name.len() > 200 {
        problem = problem.violation("/name", "It must have from 1 to 200 characters.");
    }
    if new.expires_at.is_some_and(|end| end <= app.now()) {
        problem = problem.violation("/expires_at", "It must lie in the future.");
    }
    match scopes {
        Some(scopes) if problem.errors.is_empty() => Ok(scopes),
        Some(_) | None => Err(problem),
    }
}

/// Counts here at once, on other nodes within a second.
pub(crate) async fn revoke(
    State(app): State<App>,
    admin: TokenAdmin,
    PathIds(token): PathIds<String>,
) -> Result<StatusCode, Problem> {
    if !known(&app, &admin).await?.iter().any(|row| row.id == token) {
        return Err(Code::NotFound.into());
    }
    app.store.revoke_token(&token, app.now()).await?;
    app.tokens.forget();
    Ok(StatusCode::NO_CONTENT)
}
