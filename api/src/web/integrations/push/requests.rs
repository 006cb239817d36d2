//! The log of what was posted: each request with what became of it, and those that were refused.

use axum::Json;
use axum::extract::State;
use rollcall_domain::access::Permission;
use rollcall_domain::catalogue::Explained;

use super::super::Visit;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::refused_deliveries::Reason;
use crate::resources::hris_webhooks::requests::{self, View};
use crate::resources::receipts::{self, RefusedView};
use crate::web;
use crate::wording::sentence;

const MANY: &str = "20";

/// Requests, newest first; refused ones only where the log begins.
pub(super) struct Log {
    pub(super) rows: Vec<View>,
    pub(super) next: Option<String>,
    pub(super) refused: Vec<RefusedView>,
}

pub(super) async fn log(visit: &Visit, webhook: &str, cursor: &str) -> Result<Log, Problem> {
    let params = Params::read(&web::query(&[("limit", MANY), ("cursor", cursor)]));
    let (app, reader) = (State(visit.app.clone()), visit.reader.clone());
    let Json(found) = requests::list(app, reader, PathIds(webhook.to_owned()), params).await?;
    let sees = visit.shell.may(Permission::DeliveriesRead) && cursor.is_empty();
    let refused = if sees { refused(visit).await? } else { vec![] };
    Ok(Log { rows: found.data, next: found.next_cursor, refused })
}

/// Those that were meant for an endpoint; the list holds the newest of all kinds.
async fn refused(visit: &Visit) -> Result<Vec<RefusedView>, Problem> {
    let (app, reader) = (State(visit.app.clone()), visit.reader.clone());
    let Json(found) = receipts::refused(app, reader, Params::read("limit=100")).await?;
    let own = found.data.into_iter().filter(|one| one.provider == "hris_webhook");
    Ok(own.take(10).collect())
}

/// Why a request was refused, in a sentence.
pub(super) fn why(reason: &str) -> &str {
    let known = Reason::ALL.into_iter().find(|known| known.code() == reason);
    known.map_or(reason, |known| known.meaning())
}

/// Hue and word of how a request was taken.
pub(super) fn verdict(one: &View) -> (&'static str, &'static str) {
    match &*one.verdict {
        "paused" => ("paused", "Kept"),
        "skipped_entitlement" => ("skipped", "Skipped"),
        _ => ("ok", "Accepted"),
    }
}

/// What it did, in numbers with the query of the people behind each.
pub(super) fn counts(one: &View) -> Vec<(u64, &'static str, &'static str)> {
    let Some(counts) = one.counts else { return vec![] };
    [
        (counts.created, "created", "action=created"),
        (counts.updated, "updated", "action=updated"),
        (counts.deactivated, "deactivated", "action=deactivated"),
        (counts.reactivated, "reactivated", "action=reactivated"),
        (counts.unsynced, "unsynced", "action=unsynced"),
        (counts.errors, "errors", "errors=true"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .collect()
}

/// Why nothing was done, where nothing was to be done.
pub(super) fn at_rest(one: &View) -> Option<String> {
    match &*one.verdict {
        "test" => Some("Not applied: test mode".to_owned()),
        "paused" if one.runs.is_empty() => Some("Waits until the webhook is resumed".to_owned()),
        "skipped_entitlement" => Some("The plan does not include live sync".to_owned()),
        _ => one.error_summary.as_deref().map(sentence),
    }
}
