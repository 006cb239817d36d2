//! Endpoints as they are listed and read.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_commands::ignored_people;
use rollcall_domain::connection::Targets;
use rollcall_projections::connections::{self, Connection};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::shapes;
use crate::params::Params;

pub(crate) const BEHIND: [&str; 3] = ["connections", "receipts", "runs"];

#[derive(Serialize, ToSchema)]
#[schema(as = HrisWebhook)]
pub(crate) struct View {
    /// The same as among the integrations.
    pub(crate) id: String,
    /// `test`, `active` (live), `paused`, `disabled`, `disconnected`.
    pub(crate) status: String,
    /// Where everybody is posted to, on this server.
    pub(crate) path: String,
    /// `normal` or `one_to_one`.
    pub(crate) sync_type: &'static str,
    pub(crate) fields: Vec<&'static str>,
    /// Ids and e-mail addresses.
    pub(crate) ignored_people: Vec<String>,
    /// Paths.
    pub(crate) ignored_departments: Vec<String>,
    #[schema(value_type = shapes::Targets)]
    pub(crate) targets: Targets,
    /// Keys that are taken, oldest first.
    pub(crate) keys: Vec<KeyView>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = HrisWebhookKey)]
pub(crate) struct KeyView {
    /// The first 16 hex digits of its SHA-256.
    pub(crate) fingerprint: String,
    pub(crate) added_at: DateTime<Utc>,
}

/// Where an endpoint is posted to.
pub(crate) fn path_of(endpoint: &str) -> String {
    format!("/hriswebhook/sync/{endpoint}/")
}

/// `None` for a connection of another kind.
async fn view(app: &App, tenant: &str, row: Connection) -> Result<Option<View>, Problem> {
    let Some(own) = row.settings.hris_webhook() else { return Ok(None) };
    let ignored = ignored_people(&app.store, tenant, &row.connection).await?;
    let keys = row
        .secrets
        .iter()
        .map(|key| KeyView { fingerprint: key.fingerprint.clone(), added_at: key.added_at });
    Ok(Some(View {
        status: row.status.clone(),
        path: path_of(&own.endpoint),
        sync_type: own.sync_type.as_str(),
        fields: own.fields.iter().map(|field| field.as_str()).collect(),
        ignored_people: ignored.people,
        ignored_departments: own.ignored_departments.clone(),
        targets: row.targets.0.clone(),
        keys: keys.collect(),
        created_at: row.connected_at,
        updated_at: row.updated_at,
        id: row.connection,
    }))
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    Ok(List::whole(all(&app, &reader).await?))
}

/// Those that are not disconnected, oldest first.
pub(crate) async fn all(app: &App, reader: &Reader) -> Result<Vec<View>, Problem> {
    let mut all = Vec::new();
    for row in connections::list(reader.db(), reader.id()).await? {
        if row.connection.status != "disconnected" {
            all.extend(view(app, reader.id(), row.connection).await?);
        }
    }
    Ok(all)
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds(webhook): PathIds<String>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    Ok(Json(one(&app, &reader, &webhook).await?))
}

/// Refuses what is no endpoint of the tenant.
pub(super) async fn is_there(reader: &Reader, webhook: &str) -> Result<(), Problem> {
    let row = connections::one(reader.db(), reader.id(), webhook).await?;
    match row.is_some_and(|row| row.connection.settings.is_pushed()) {
        true => Ok(()),
        false => Err(Code::NotFound.into()),
    }
}

pub(crate) async fn one(app: &App, reader: &Reader, webhook: &str) -> Result<View, Problem> {
    let row = connections::one(reader.db(), reader.id(), webhook).await?;
    let row = row.ok_or(Code::NotFound)?.connection;
    Ok(view(app, reader.id(), row).await?.ok_or(Code::NotFound)?)
}
