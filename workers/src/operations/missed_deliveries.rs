//! Deliveries that the provider sent and we never got: found in its log, and made good by a run that
//! re-reads whoever has changed since.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use rollcall_commands::operations::Answer;
use rollcall_commands::{RunRequest, load};
use rollcall_domain::connection::{Connection, KnownConnection, Status};
use rollcall_domain::delivery::{Arrival, Missed, SentDelivery, missed_deliveries, receipts_since};
use rollcall_domain::ids::Deriver;
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{RunKind, Trigger};
use rollcall_projections::{receipts, runs};
use rollcall_store::Cause;
use serde_json::json;

use super::{failed, open};
use crate::providers::{Code, LoggedDelivery, ProviderError, ProviderWebhooks, Webhook};
use crate::sync::{Engine, PRINCIPAL};
use crate::work::WorkError;

/// What its runs are called.
const BACKFILL: &str = "backfill";
/// A provider's log goes no further back.
const LOG_DAYS: TimeDelta = TimeDelta::days(15);
/// How long it waits for the read models to show everything that has arrived.
const DEADLINE: Duration = Duration::from_secs(30);
/// Receipts that are looked at. More of them mean that more is read again than has to be.
const PAGES: usize = 100;
const PAGE: u32 = 200;

/// What a look found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Webhooks that deliver to us, by id, and those of them whose log must not be read.
    webhooks: Vec<String>,
    unreadable: Vec<String>,
    deliveries: usize,
    missed: Option<Missed>,
    /// The run that makes it good.
    run: Option<String>,
}

/// Why nothing was found out.
pub(crate) enum NotFound {
    Provider(ProviderError),
    Ours(WorkError),
}

impl From<ProviderError> for NotFound {
    fn from(error: ProviderError) -> Self {
        NotFound::Provider(error)
    }
}

impl<E: std::fmt::Display> From<Ours<E>> for NotFound {
    fn from(Ours(error): Ours<E>) -> Self {
        NotFound::Ours(WorkError(error.to_string()))
    }
}

/// An error of the database or the read models.
struct Ours<E>(E);

/// For somebody who waits.
pub(super) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    connection: &KnownConnection,
    webhooks: &dyn ProviderWebhooks,
) -> Result<Answer, WorkError> {
    match find(engine, tenant, connection, webhooks).await {
        Ok(found) => Ok(Answer::Done(json!({
            "webhooks": found.webhooks,
            "unreadable": found.unreadable,
            "deliveries": found.deliveries,
            "missed": found.missed.as_ref().map_or(0, |missed| missed.deliveries),
            "since": found.missed.as_ref().map(|missed| missed.since),
            "run": found.run,
        }))),
        Err(NotFound::Provider(error)) => Ok(failed(&error)),
        Err(NotFound::Ours(error)) => Err(error),
    }
}

/// For the night: nothing where the connection is not active, or its provider has no webhooks.
pub(crate) async fn look(
    engine: &Engine,
    tenant: &Arc<str>,
    connection: &str,
) -> Result<Option<Found>, NotFound> {
    let loaded = load::<Connection>(&engine.store, tenant, connection).await.map_err(Ours)?;
    let known = loaded.state.known.filter(|known| known.status == Status::Active);
    let Some(known) = known else { return Ok(None) };
    let credentials = rollcall_commands::operations::Credentials::Saved(known.credentials.clone());
    let opened = open(engine, tenant, &known.settings, &credentials).await;
    let Ok(provider) = opened.map_err(NotFound::Ours)? else { return Ok(None) };
    let Some(webhooks) = provider.webhooks() else { return Ok(None) };
    find(engine, tenant, &known, webhooks).await.map(Some)
}

async fn find(
    engine: &Engine,
    tenant: &Arc<str>,
    connection: &KnownConnection,
    webhooks: &dyn ProviderWebhooks,
) -> Result<Found, NotFound> {
    let mut found = Found::default();
    let mut sent = Vec::new();
    let key = engine.store.derivation_key(tenant).await.map_err(Ours)?;
    let (deriver, source) = (Deriver::new(&key), connection.settings.source());
    let slug = engine.store.tenant(tenant).await.map_err(Ours)?.map(|row| row.slug);
    for webhook in webhooks.list().await? {
        if !delivers_to_us(&webhook, connection, &[Some(tenant), slug.as_deref()]) {
            continue;
        }
        match webhooks.log(&webhook.id).await {
            Ok(log) => sent.extend(
                log.iter().filter_map(|row| sent_delivery(row, |id| deriver.subject(&source, id))),
            ),
            Err(ProviderError::Forbidden { .. }) => found.unreadable.push(webhook.id.clone()),
            // It limits the log by itself. What was read of another is worth more than all or nothing.
            Err(ProviderError::RateLimited { .. }) if !found.webhooks.is_empty() => {
                found.unreadable.push(webhook.id.clone());
            }
            // Deleted since it was listed.
            Err(ProviderError::Rejected { code: Code::NotFound, .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        found.webhooks.push(webhook.id);
    }
    found.deliveries = sent.len();
    let names = ["receipts", "runs"];
    engine.projections.wait_for_head(tenant, &names, DEADLINE).await.map_err(Ours)?;
    let arrived = arrivals(engine, tenant, &connection.connection, &sent).await?;
    let db = engine.projections.db();
    let since = engine.clock.now() - LOG_DAYS;
    let of = |is_done| runs::last_of(db, tenant, &connection.connection, BACKFILL, is_done, since);
    let covered = of(true).await.map_err(Ours)?.and_then(|run| run.started_at);
    found.missed = missed_deliveries(&sent, &arrived, covered);
    if let Some(missed) = &found.missed {
        let last = of(false).await.map_err(Ours)?;
        found.run = back_fill(engine, tenant, connection, missed, last).await?;
    }
    Ok(found)
}

/// By the key we keep of it, or by its address: the path of deliveries ends in the tenant.
fn delivers_to_us(webhook: &Webhook, connection: &KnownConnection, ours: &[Option<&str>]) -> bool {
    let mut keys = connection.secrets.iter().filter_map(|secret| secret.webhook.as_deref());
    let path = webhook.url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let (folder, last) = path.rsplit_once('/').unwrap_or_default();
    keys.any(|id| id == webhook.id) || folder.ends_with("/webhook") && ours.contains(&Some(last))
}

/// Without a time nothing can be told of it.
fn sent_delivery(row: &LoggedDelivery, subject: impl Fn(&str) -> String) -> Option<SentDelivery> {
    let good = row.status.is_some_and(|status| (200..300).contains(&status));
    Some(SentDelivery {
        at: row.attempted?,
        acknowledged: good && row.succeeded.is_some(),
        subjects: row.people.iter().map(|id| subject(id)).collect(),
    })
}

/// The receipts that may answer to what was sent.
async fn arrivals(
    engine: &Engine,
    tenant: &str,
    connection: &str,
    sent: &[SentDelivery],
) -> Result<Vec<Arrival>, NotFound> {
    let Some(since) = receipts_since(sent) else { return Ok(vec![]) };
    let (db, connection) = (engine.projections.db(), Some(connection));
    let filter = receipts::Filter { connection, since: Some(since), ..Default::default() };
    let (mut arrived, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..PAGES {
        let page = receipts::list(db, tenant, &filter, cursor.as_deref(), PAGE).await;
        let page = page.map_err(Ours)?;
        arrived.extend(
            page.rows.into_iter().map(|row| Arrival {
                at: row.receipt.received_at,
                subjects: row.receipt.subjects.0,
            }),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(arrived)
}

/// Asks for the run, once however often the same is found: the key of the request names what was
/// found, and the last run if it did not succeed, so that it is asked for again then.
async fn back_fill(
    engine: &Engine,
    tenant: &Arc<str>,
    connection: &KnownConnection,
    missed: &Missed,
    last: Option<runs::Run>,
) -> Result<Option<String>, NotFound> {
    if connection.status != Status::Active {
        return Ok(None);
    }
    if let Some(under_way) = last.as_ref().filter(|run| run.finished_at.is_none()) {
        return Ok(Some(under_way.run.clone()));
    }
    let failed = last.as_ref().filter(|run| !["succeeded", "partial"].contains(&&*run.status));
    let failed = failed.map_or("", |run| run.run.as_str());
    let id = &connection.connection;
    let spec = RunSpec {
        changed_since: Some(missed.since),
        ..RunSpec::new(RunKind::Webhook, BACKFILL, Trigger::CatchUp)
    };
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: id.clone(),
        spec,
        effect: Some(format!(
            "backfill/{id}/{}/{}/{failed}",
            missed.newest.timestamp(),
            missed.deliveries
        )),
    };
    let asked = engine.runs.request(&engine.store, tenant, &request, &Cause::by(PRINCIPAL)).await;
    Ok(asked.map_err(Ours)?.or(last.map(|run| run.run)))
}
