//! `/users`: who may sign in; the operator's. For everybody else there is no such thing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_commands::{
    NewUser, change_members, change_password, disable_user, enable_user, register_user, rename_user,
};
use rollcall_domain::access::Role;
use rollcall_domain::members::{By, Command};
use rollcall_domain::tenant::SYSTEM;
use rollcall_domain::user::KnownUser;
use rollcall_projections::users;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::answer::List;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, PathIds, secret};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::{passwords, sessions};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/users", get(list).post(create))
        .route("/users/{user}", patch(change))
        .route("/users/{user}/password", post(new_password))
}

pub(super) fn operations() -> Vec<Operation> {
    let (tag, password) = (Tag::Access, "not a real password");
    let new = json!({ "email": "ada@example.com", "name": "Ada Example", "password": password });
    vec![
        openapi::get(tag, "/users", "list_users", "Who may sign in.").list::<View>(),
        openapi::post(tag, "/users", "create_user", "Registers somebody.")
            .body::<New>(&new)
            .placed::<shapes::Made>(201, "Registered."),
        openapi::patch(tag, "/users/{user}", "change_user", "Renames, disables, lets operate.")
            .body::<Change>(&json!({ "disabled": true }))
            .empty(204, "Changed."),
        openapi::post(tag, "/users/{user}/password", "reset_password", "A new password.")
            .body::<NewPassword>(&json!({ "password": password }))
            .empty(204, "All their sessions are over."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) disabled: bool,
    pub(crate) created_at: DateTime<Utc>,
}

pub(crate) async fn list(
    State(app): State<App>,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let piece = params.piece();
    params.done()?;
    let page = users::page(&app.projections.db_of(SYSTEM), piece.after(), piece.limit).await?;
    Ok(List::of(page, &piece, |row| View {
        id: row.id,
        email: row.email,
        name: row.name,
        disabled: row.disabled,
        created_at: row.created_at,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(crate) struct New {
    email: String,
    name: String,
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

async fn create(
    State(app): State<App>,
    operator: Caller,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    passwords::check(&new.password, "/password", &[&new.email, &new.name])?;
    let hash = app.passwords.hash(&new.password).await?;
    let id = ulid::Ulid::generate().to_string();
    let user = NewUser { id: id.clone(), email: new.email, name: new.name, hash };
    register_user(&app.store, &user, &operator.cause()).await?;
    let place = [(LOCATION, format!("/api/v1/users/{id}"))];
    Ok((StatusCode::CREATED, place, Json(json!({ "id": id }))))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub(crate) struct Change {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    disabled: Option<bool>,
    /// Whether they run the installation.
    #[serde(default)]
    operates: Option<bool>,
}

/// Who is disabled is signed out here at once, on other nodes within a second.
async fn change(
    State(app): State<App>,
    operator: Caller,
    PathIds(user): PathIds<String>,
    JsonBody(change): JsonBody<Change>,
) -> Result<StatusCode, Problem> {
    known(&app, &user).await?;
    let cause = operator.cause();
    if let Some(name) = change.name {
        rename_user(&app.store, &user, &name, &cause).await?;
    }
    match change.disabled {
        Some(true) => {
            disable_user(&app.store, &user, &cause).await?;
            // Whoever is let in again signs in again.
            app.store.end_other_sessions(&user, "").await?;
            app.sessions.forget();
        }
        Some(false) => drop(enable_user(&app.store, &user, &cause).await?),
        None => {}
    }
    app.users.forget();
    if let Some(operates) = change.operates {
        change_members(&app.store, SYSTEM, operation(user, operates), &cause).await?;
        app.members.forget();
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Who runs the installation is a member of the tenant of all users.
fn operation(user: String, operates: bool) -> Command {
    let by = By::Operator;
    match operates {
        true => Command::Join { user, role: Role::Owner, by },
        false => Command::Leave { user, by },
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUserPassword)]
pub(crate) struct NewPassword {
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// All sessions of the user are over.
async fn new_password(
    State(app): State<App>,
    operator: Caller,
    PathIds(user): PathIds<String>,
    JsonBody(new): JsonBody<NewPassword>,
) -> Result<StatusCode, Problem> {
    let known = known(&app, &user).await?;
    let about = [known.email.unwrap_or_default(), known.name.unwrap_or_default()];
    passwords::check(&new.password, "/password", &about.each_ref().map(|text| &**text))?;
    let hash = app.passwords.hash(&new.password).await?;
    change_password(&app.store, &user, &hash, &operator.cause()).await?;
    app.users.forget();
    app.store.end_other_sessions(&user, "").await?;
    app.sessions.forget();
    Ok(StatusCode::NO_CONTENT)
}

async fn known(app: &App, user: &str) -> Result<KnownUser, Problem> {
    sessions::user(app, user).await?.ok_or_else(|| Code::NotFound.into())
}
