//! `/tenant`: the one that the caller is in, and what it pays for.

use axum::routing::get;
use axum::{Json, Router};
use rollcall_domain::tenant::Plan;
use rollcall_projections::tenants;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/tenant", get(read))
}

pub(super) fn operations() -> Vec<Operation> {
    let about = "The tenant one is in.";
    vec![
        openapi::get(Tag::Access, "/tenant", "read_tenant", about).json::<View>(200, "The tenant."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = OwnTenant)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) plan: String,
    pub(crate) entitlement: Entitlement,
}

/// What the plan includes.
#[derive(Serialize, ToSchema)]
pub(crate) struct Entitlement {
    pub(crate) live_sync: bool,
}

pub(crate) async fn read(reader: Reader, params: Params) -> Result<Json<View>, Problem> {
    params.done()?;
    let row = tenants::one(reader.db(), reader.id()).await?.ok_or(Code::NotFound)?;
    let live_sync = Plan::parse(&row.plan).is_some_and(Plan::includes_live_sync);
    Ok(Json(View {
        id: reader.id().to_owned(),
        slug: row.slug,
        name: row.name,
        plan: row.plan,
        entitlement: Entitlement { live_sync },
    }))
}
