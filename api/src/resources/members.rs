//! `/members`: who belongs to the tenant, in which role.

use std::collections::HashMap;
use utoipa::ToSchema;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, patch};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::{address_of, change_members, user_at};
use rollcall_domain::access::Role;
use rollcall_domain::members::Command;
use rollcall_domain::{Refusal, user};
use rollcall_projections::{memberships, users};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::{List, Stamped, Token, caught_up, position};
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::Problem;
use crate::extractors::{JsonBody, PathIds};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::problems::refused;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/members", get(list).post(add))
        .route("/members/{user}", patch(change).delete(remove))
}

pub(super) fn operations() -> Vec<Operation> {
    let tag = Tag::Access;
    let new = json!({ "email": "ada@example.com", "role": "viewer" });
    vec![
        openapi::get(tag, "/members", "list_members", "Who belongs to the tenant.")
            .list::<View>()
            .min_position(),
        openapi::post(tag, "/members", "add_member", "Adds somebody without an invitation.")
            .body::<New>(&new)
            .json::<shapes::Joined>(201, "They belong to it."),
        openapi::patch(tag, "/members/{user}", "change_member", "Changes somebody's role.")
            .body::<Change>(&json!({ "role": "editor" }))
            .empty(204, "Changed."),
        openapi::delete(tag, "/members/{user}", "remove_member", "Lets somebody go.")
            .empty(204, "They are gone."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct View {
    pub(crate) user: String,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) role: String,
    pub(crate) joined_at: DateTime<Utc>,
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &["memberships"]).await?;
    let db = reader.db();
    let page = memberships::page(db, reader.id(), piece.after(), piece.limit).await?;
    let ids: Vec<String> = page.rows.iter().map(|row| row.member.clone()).collect();
    let known = users::by_ids(db, &ids).await?.into_iter().map(|user| (user.id.clone(), user));
    let mut known: HashMap<String, users::User> = known.collect();
    Ok(List::of(page, &piece, |row| {
        let (email, name) =
            known.remove(&row.member).map_or((None, None), |user| (user.email, user.name));
        View { user: row.member, email, name, role: row.role, joined_at: row.joined_at }
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
pub(crate) struct New {
    email: String,
    #[schema(value_type = shapes::Role)]
    role: Role,
}

/// Without an invitation, by whoever runs the installation.
async fn add(
    State(app): State<App>,
    admin: Admin,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let email = user::email(&new.email).map_err(|refusal| refused(Refusal::from(refusal)))?;
    let address = address_of(&app.store, &email).await?;
    let found = user_at(&app.store, &address).await?;
    let user = found.ok_or_else(|| refused(Refusal::from(user::Refusal::NotFound)))?;
    let body = Json(json!({ "user": user, "role": new.role }));
    let join = Command::Join { user, role: new.role, by: admin.caller.by() };
    Ok(Stamped(decide(&app, &admin, join).await?, (StatusCode::CREATED, body)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberChange)]
pub(crate) struct Change {
    #[schema(value_type = shapes::Role)]
    role: Role,
}

async fn change(
    State(app): State<App>,
    admin: Admin,
    PathIds(user): PathIds<String>,
    JsonBody(new): JsonBody<Change>,
) -> Result<impl IntoResponse, Problem> {
    let change = Command::ChangeRole { user, role: new.role, by: admin.caller.by() };
    Ok(Stamped(decide(&app, &admin, change).await?, StatusCode::NO_CONTENT))
}

async fn remove(
    State(app): State<App>,
    admin: Admin,
    PathIds(user): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let leave = Command::Leave { user, by: admin.caller.by() };
    Ok(Stamped(decide(&app, &admin, leave).await?, StatusCode::NO_CONTENT))
}

/// Counts here at once, on other nodes within a second.
pub(crate) async fn decide(app: &App, admin: &Admin, command: Command) -> Result<Token, Problem> {
    change_members(&app.store, admin.id(), command, &admin.caller.cause()).await?;
    app.members.forget();
    position(app, &admin.tenant).await
}
