//! `/tenants`: the operator's; for everybody else there is no such thing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::{get, patch};
use axum::{Json, Router};
use rollcall_commands::{NewTenant, change_plan, create_tenant};
use rollcall_domain::tenant::Plan;
use rollcall_projections::tenants;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::List;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tenants", get(list).post(create))
        .route("/tenants/{tenant}", patch(change))
}

pub(super) fn operations() -> Vec<Operation> {
    let new = json!({ "slug": "acme", "name": "Acme", "plan": "business" });
    vec![
        openapi::get(Tag::Service, "/tenants", "list_tenants", "All tenants.").list::<View>(),
        openapi::post(Tag::Service, "/tenants", "create_tenant", "Makes a tenant.")
            .body::<New>(&new)
            .placed::<shapes::MadeTenant>(201, "The tenant."),
        openapi::patch(Tag::Service, "/tenants/{tenant}", "change_tenant", "Changes its plan.")
            .body::<Change>(&json!({ "plan": "team" }))
            .empty(204, "Changed."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Tenant)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    #[schema(value_type = String)]
    pub(crate) plan: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let piece = params.piece();
    params.done()?;
    let page = tenants::all(app.projections.db(), piece.after(), piece.limit).await?;
    Ok(List::of(page, &piece, |(id, row)| View {
        id,
        slug: row.slug,
        name: row.name,
        plan: row.plan,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTenant)]
pub(crate) struct New {
    pub(crate) slug: String,
    pub(crate) name: String,
    #[schema(value_type = String)]
    pub(crate) plan: Plan,
}

pub(crate) async fn create(
    State(app): State<App>,
    operator: Caller,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let live_baseline = ulid::Ulid::generate().to_string();
    let tenant = NewTenant {
        id: ulid::Ulid::generate().to_string(),
        live_baseline: live_baseline.clone(),
        slug: new.slug,
        name: new.name,
        plan: new.plan,
    };
    let row = create_tenant(&app.store, tenant, operator.cause()).await?;
    app.inbound_policies.forget();
    let place = [(LOCATION, format!("/api/v1/tenants/{}", row.id))];
    let body = json!({ "id": *row.id, "slug": row.slug, "live_baseline": live_baseline });
    Ok((StatusCode::CREATED, place, Json(body)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TenantChange)]
pub(crate) struct Change {
    #[schema(value_type = String)]
    pub(crate) plan: Plan,
}

pub(crate) async fn change(
    State(app): State<App>,
    operator: Caller,
    PathIds(tenant): PathIds<String>,
    JsonBody(new): JsonBody<Change>,
) -> Result<StatusCode, Problem> {
    let row = app.store.tenant(&tenant).await?.ok_or(Code::NotFound)?;
    change_plan(&app.store, &row.id, new.plan, &operator.cause()).await?;
    app.inbound_policies.forget();
    Ok(StatusCode::NO_CONTENT)
}
