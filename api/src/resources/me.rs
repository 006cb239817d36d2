//! `/me`: who asks.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_projections::tenants;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Caller;
use crate::edge::Problem;
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/me", get(read))
}

pub(super) fn operations() -> Vec<Operation> {
    let about = "Who asks, and for which tenants.";
    vec![openapi::get(Tag::Access, "/me", "read_me", about).json::<Me>(200, "Who asks.")]
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    pub(crate) principal: String,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) token: Option<Token>,
    /// Those the caller may name.
    pub(crate) tenants: Vec<Tenant>,
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
}

/// Carries where the tenant's log ends, for reads that must see what was written before.
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    params.done()?;
    let mut known = vec![];
    let mut now = None;
    if let Some(tenant) = &caller.tenant {
        now = Some(position(&app, tenant).await?);
        let row = tenants::one(app.projections.db(), &tenant.id).await?;
        let (name, plan) = row.map(|row| (row.name, row.plan)).unzip();
        known.push(Tenant { id: tenant.id.to_string(), slug: tenant.slug.clone(), name, plan });
    }
    let token = caller.token.as_ref().map(|token| Token {
        id: token.id.clone(),
        name: token.name.clone(),
        expires_at: token.expires_at,
    });
    let scopes = caller.scopes().collect();
    let me = Json(Me { principal: caller.principal, scopes, token, tenants: known });
    Ok(match now {
        Some(now) => Stamped(now, me).into_response(),
        None => me.into_response(),
    })
}
