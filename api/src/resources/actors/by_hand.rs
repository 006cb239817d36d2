//! People as somebody makes and edits them. Whoever asked is who did it, in every event.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use rollcall_commands::{NewPerson, PersonEdit};
use serde_json::json;

use super::person::Person;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::PathIds;

/// Somebody new; active unless it says otherwise.
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin,
    PathIds(scenario): PathIds<String>,
    person: Person,
) -> Result<impl IntoResponse, Problem> {
    let (actor, subject) = (fresh_id(), fresh_id());
    let fields = person.seen.into_iter().filter_map(|(field, value)| Some((field, value?)));
    let new = NewPerson {
        scenario,
        actor: actor.clone(),
        subject,
        active: person.active.unwrap_or(true),
        fields: fields.collect(),
    };
    let cause = admin.caller.cause();
    rollcall_commands::create_person(&app.store, admin.id(), &new, &cause).await?;
    let place = format!("/api/v1/scenarios/{}/actors/{actor}", new.scenario);
    let answer = (StatusCode::CREATED, [(LOCATION, place)], Json(json!({ "id": actor })));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

/// Fields that are not named stay as they are.
pub(crate) async fn edit(
    State(app): State<App>,
    admin: Admin,
    PathIds((scenario, actor)): PathIds<(String, String)>,
    person: Person,
) -> Result<Stamped<StatusCode>, Problem> {
    let (cause, store, tenant) = (admin.caller.cause(), &app.store, admin.id());
    let edit = PersonEdit { seen: person.seen, active: person.active, version: person.version };
    rollcall_commands::edit_person(store, tenant, &scenario, &actor, &edit, &cause).await?;
    done(&app, &admin).await
}

pub(crate) async fn unsync(
    State(app): State<App>,
    admin: Admin,
    PathIds((scenario, actor)): PathIds<(String, String)>,
) -> Result<Stamped<StatusCode>, Problem> {
    let (cause, store, tenant) = (admin.caller.cause(), &app.store, admin.id());
    rollcall_commands::unsync_person(store, tenant, &scenario, &actor, &cause).await?;
    done(&app, &admin).await
}

pub(crate) async fn resync(
    State(app): State<App>,
    admin: Admin,
    PathIds((scenario, actor)): PathIds<(String, String)>,
) -> Result<Stamped<StatusCode>, Problem> {
    let (cause, store, tenant) = (admin.caller.cause(), &app.store, admin.id());
    rollcall_commands::resync_person(store, tenant, &scenario, &actor, &cause).await?;
    done(&app, &admin).await
}

pub(crate) async fn release(
    State(app): State<App>,
    admin: Admin,
    PathIds((scenario, actor)): PathIds<(String, String)>,
) -> Result<Stamped<StatusCode>, Problem> {
    let (cause, store, tenant) = (admin.caller.cause(), &app.store, admin.id());
    rollcall_commands::release_person(store, tenant, &scenario, &actor, &cause).await?;
    done(&app, &admin).await
}

pub(crate) async fn done(app: &App, admin: &Admin) -> Result<Stamped<StatusCode>, Problem> {
    Ok(Stamped(position(app, &admin.tenant).await?, StatusCode::NO_CONTENT))
}

fn fresh_id() -> String {
    ulid::Ulid::generate().to_string()
}
