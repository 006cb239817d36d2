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

use crate::answer::List;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tenants", get(list).post(create))
        .route("/tenants/{tenant}", patch(change))
}

#[derive(Serialize)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) plan: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let piece = params.piece();
    params.done()?;
    let page = tenants::all(app.projections.db(), piece.after(), piece.limit).await?;
    Ok(List::of(page, |(id, row)| View { id, slug: row.slug, name: row.name, plan: row.plan }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    pub(crate) slug: String,
    pub(crate) name: String,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
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
