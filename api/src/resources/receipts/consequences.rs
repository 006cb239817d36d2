//! `…/consequences`: what a delivery led to, from its runs to every event about the people it names.

use std::collections::BTreeSet;
use utoipa::ToSchema;

use axum::Json;
use axum::extract::State;
use rollcall_domain::ids::Deriver;
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_projections::identities::Linked;
use rollcall_projections::{audit_events, identities, receipts, runs};
use serde::Serialize;

use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::audit;

const BEHIND: [&str; 5] = ["receipts", "runs", "identities", "actors", "audit_events"];

/// The runs all at once, the events as a list, oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Consequences)]
pub(crate) struct View {
    /// Those the delivery rode on.
    pub(crate) runs: Vec<RunView>,
    #[serde(flatten)]
    pub(crate) events: List<EventView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConsequentRun)]
pub(crate) struct RunView {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) link: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConsequentEvent)]
pub(crate) struct EventView {
    #[serde(flatten)]
    pub(crate) event: audit::View,
    /// Where the event stands with others of its stream.
    pub(crate) link: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds(id): PathIds<String>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let (db, tenant) = (reader.db(), reader.id());
    let receipt = receipts::one(db, tenant, &id).await?.ok_or(Code::NotFound)?.receipt;
    let rode_on = runs::of_receipt(db, tenant, &id).await?;
    let ids: Vec<String> = rode_on.iter().map(|run| run.run.clone()).collect();
    let subjects = subjects(&app, tenant, &ids, receipt.subjects.0).await?;
    let (after, limit) = (piece.after(), piece.limit);
    let page = audit_events::of_people(db, tenant, &ids, &subjects, after, limit).await?;
    let shard = reader.tenant.shard;
    let Json(events) = List::of(page, &piece, |row| {
        let link = format!("/api/v1/audit_events?stream={}", row.stream);
        EventView { event: audit::view(shard, row), link }
    });
    let runs = rode_on.into_iter().map(|run| RunView {
        link: format!("/api/v1/integration_sync_logs/{}", run.run),
        id: run.run,
        kind: run.kind,
        status: run.status,
    });
    Ok(Json(View { runs: runs.collect(), events }))
}

/// Those whom the delivery names, by every subject we know them by: who was linked keeps their own.
pub(crate) async fn subjects(
    app: &App,
    tenant: &str,
    runs: &[String],
    named: Vec<String>,
) -> Result<Vec<String>, Problem> {
    let linked = identities::linked(&app.projections.db_of(tenant), tenant, runs).await?;
    let deriver = Deriver::new(&app.store.derivation_key(tenant).await?);
    let named: BTreeSet<String> = named.into_iter().collect();
    let is_named = |one: &Linked| {
        let provider = Provider::parse(&one.provider);
        let source = provider.map(|provider| Source::new(provider, &one.account));
        source.is_some_and(|source| named.contains(&deriver.subject(&source, &one.source_id)))
    };
    let own: Vec<String> =
        linked.iter().filter(|one| is_named(one)).map(|one| one.subject.clone()).collect();
    Ok(named.into_iter().chain(own).collect())
}
