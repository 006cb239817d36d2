//! `/me`: who asks; and what somebody who signed in changes of themselves.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::{address_of, change_password, rename_user};
use rollcall_domain::access::{Permission, Role};
use rollcall_projections::tenants;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::session::signed_in;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::{self, Caller};
use crate::client::Client;
use crate::edge::Problem;
use crate::extractors::{JsonBody, secret};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::sign_in::{self, SignedIn};
use crate::{passwords, sessions};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/me", get(read).patch(rename)).route("/me/password", post(new_password))
}

pub(super) fn operations() -> Vec<Operation> {
    let about = "Who asks, and for which tenants.";
    let passwords = json!({ "current": "not a real password", "new": "not a real one either" });
    vec![
        openapi::get(Tag::Access, "/me", "read_me", about).json::<Me>(200, "Who asks."),
        openapi::patch(Tag::Access, "/me", "rename_me", "Changes one's name.")
            .body::<Renamed>(&json!({ "name": "Ada Example" }))
            .empty(204, "Changed."),
        openapi::post(Tag::Access, "/me/password", "change_password", "Changes one's password.")
            .body::<NewPassword>(&passwords)
            .empty(204, "All other sessions are over."),
    ]
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    pub(crate) principal: String,
    /// Who signed in; `null` for a token.
    pub(crate) user: Option<User>,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) token: Option<Token>,
    /// In the tenant that the request is about.
    #[schema(value_type = Option<shapes::Role>)]
    pub(crate) role: Option<Role>,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) tenant: Option<String>,
    /// Those the caller may name.
    pub(crate) tenants: Vec<Tenant>,
    /// Whether somebody who signed in may leave all tenants (`system`) to run the installation.
    pub(crate) operates: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MyUser)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MyToken)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MyTenant)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: Option<String>,
    pub(crate) plan: Option<String>,
    /// What somebody who signed in is there.
    #[schema(value_type = Option<shapes::Role>)]
    pub(crate) role: Option<Role>,
}

/// Carries where the tenant's log ends, for reads that must see what was written before.
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    params.done()?;
    let now = match &caller.tenant {
        Some(tenant) => Some(position(&app, tenant).await?),
        None => None,
    };
    let token = caller.token.as_ref().map(|token| Token {
        id: token.id.clone(),
        name: token.name.clone(),
        expires_at: token.expires_at,
    });
    let user = caller.session.as_ref().map(|session| User {
        id: session.user.clone(),
        email: session.email.clone(),
        name: session.name.clone(),
    });
    let me = Json(Me {
        scopes: caller.scopes().collect(),
        token,
        user,
        role: caller.session.as_ref().and_then(|session| session.role),
        permissions: caller.permissions.iter().copied().map(Permission::as_str).collect(),
        tenant: caller.tenant.as_ref().map(|tenant| tenant.id.to_string()),
        tenants: tenants_of(&app, &caller).await?,
        operates: match &caller.session {
            Some(session) => sessions::operates(&app, &session.user).await?,
            None => caller.is_operator(),
        },
        principal: caller.principal,
    });
    Ok(match now {
        Some(now) => Stamped(now, me).into_response(),
        None => me.into_response(),
    })
}

/// The tenants a caller may name.
pub(crate) async fn tenants_of(app: &App, caller: &Caller) -> Result<Vec<Tenant>, Problem> {
    let mut known = vec![];
    match (&caller.session, &caller.tenant) {
        (Some(session), here) => {
            for (id, role) in sessions::tenants_of(app, &session.user).await? {
                known.push((caller::tenant(app, &id).await?, Some(role)));
            }
            // Somebody may have joined a moment ago.
            let listed = |here: &&caller::Tenant| known.iter().all(|(one, _)| one.id != here.id);
            let here = here.as_ref().filter(listed).cloned();
            known.extend(here.map(|here| (here, session.role)));
        }
        (None, Some(tenant)) => known.push((tenant.clone(), None)),
        (None, None) => {}
    }
    let mut shown = vec![];
    for (tenant, role) in known {
        let row = tenants::one(&app.projections.db_of(&tenant.id), &tenant.id).await?;
        let (name, plan) = row.map(|row| (row.name, row.plan)).unzip();
        shown.push(Tenant { id: tenant.id.to_string(), slug: tenant.slug, name, plan, role });
    }
    Ok(shown)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyName)]
pub(crate) struct Renamed {
    pub(crate) name: String,
}

pub(crate) async fn rename(
    State(app): State<App>,
    caller: Caller,
    JsonBody(new): JsonBody<Renamed>,
) -> Result<StatusCode, Problem> {
    let session = signed_in(&caller)?;
    rename_user(&app.store, &session.user, &new.name, &caller.cause()).await?;
    app.users.forget();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyNewPassword)]
pub(crate) struct NewPassword {
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) current: SecretString,
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) new: SecretString,
}

async fn new_password(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    JsonBody(given): JsonBody<NewPassword>,
) -> Result<Response, Problem> {
    let again = another_password(&app, &caller, &client, &given).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    again.keep(&app, response.headers_mut());
    Ok(response)
}

/// All sessions of the user are over but the one this begins.
pub(crate) async fn another_password(
    app: &App,
    caller: &Caller,
    client: &Client,
    given: &NewPassword,
) -> Result<SignedIn, Problem> {
    let session = signed_in(caller)?;
    let user = session.user.as_str();
    sign_in::confirm(app, user, &given.current).await?;
    passwords::check(&given.new, "/new", &about(app, caller).await?.each_ref().map(|s| &**s))?;
    let hash = app.passwords.hash(&given.new).await?;
    let credential = change_password(&app.store, user, &hash, &caller.cause()).await?;
    app.users.forget();
    let address = address_of(&app.store, &session.email).await?;
    let tenant = caller.tenant.as_ref().map(|tenant| tenant.id.to_string());
    let again = sign_in::open(app, user, &address, &credential, tenant, client).await?;
    app.store.end_other_sessions(user, &again.session.id).await?;
    app.sessions.forget();
    Ok(again)
}

/// What anybody knows of them.
async fn about(app: &App, caller: &Caller) -> Result<[String; 3], Problem> {
    let session = signed_in(caller)?;
    let tenant = match &caller.tenant {
        Some(tenant) => tenants::one(&app.projections.db_of(&tenant.id), &tenant.id).await?,
        None => None,
    };
    let tenant = tenant.map(|tenant| tenant.name).unwrap_or_default();
    Ok([session.email.clone(), session.name.clone(), tenant])
}
