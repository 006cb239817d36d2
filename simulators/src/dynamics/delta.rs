//! What Dataverse remembers for its clients: where a page ended, and what changed since.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta};
use serde_json::{Map, Value, json};

use super::dataverse::worker_id;
use super::page::View;
use super::set::Row;
use super::surface::{Surface, odata};

/// How long a token of change tracking is good.
const GOOD_FOR: TimeDelta = TimeDelta::days(7);

/// Where a page ended, as the text of XML that Dataverse makes of it.
pub(super) struct Cookie {
    /// How many rows were shown by then.
    pub(super) shown: usize,
    /// The key of the last of them.
    pub(super) last: String,
}

impl Cookie {
    pub(super) fn written(&self) -> String {
        let last = &self.last;
        format!(
            "<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e\" \
             shown=\"{}\" last=\"{{{last}}}\" istracking=\"False\" />",
            self.shown
        )
    }

    /// A cookie that is none begins at the front.
    pub(super) fn read(text: &str) -> Cookie {
        let part = |from: &str, to: char| {
            let behind = text.split_once(from).map_or("", |(_, behind)| behind);
            behind.split(to).next().unwrap_or_default().to_owned()
        };
        Cookie { shown: part("shown=\"", '"').parse().unwrap_or(0), last: part("last=\"{", '}') }
    }
}

/// The address to ask for changes at, for whoever wants to track them.
pub(super) fn link(view: &View<'_>, body: &mut Map<String, Value>) {
    let tracks = view.ask.preference("odata.track-changes").is_some();
    if view.surface == Surface::Dataverse && tracks {
        body.insert("@odata.deltaLink".to_owned(), json!(address(view)));
    }
}

fn address(view: &View<'_>) -> String {
    let (version, now) = (view.look.company.version, view.look.now.timestamp());
    let token = Some(format!("{version}!{now}"));
    let query = view.ask.query_with(&[("$deltatoken", token), ("$skiptoken", None)]);
    format!("{}?{query}", view.address(&view.origin))
}

/// What changed since a token; nothing is answered where none is shown.
pub(super) fn answer(view: &View<'_>) -> Option<Response> {
    let token = view.ask.query("$deltatoken")?;
    let parts = token.split_once('!');
    let parts = parts.and_then(|(version, at)| Some((version.parse().ok()?, at.parse().ok()?)));
    let given = parts
        .and_then(|(version, at): (u64, i64)| Some((version, DateTime::from_timestamp(at, 0)?)));
    let good = given.filter(|(_, at)| !view.faults.delta_expired && view.look.now - *at < GOOD_FOR);
    let Some((version, _)) = good else {
        let message = "The delta token is invalid or expired: read everything again.";
        return Some(view.surface.error(StatusCode::BAD_REQUEST, "0x80060891", message));
    };
    let changed = |row: &Row<'_>| (view.set.tag)(*row).1 > version;
    let rows = (view.set.rows)(&view.look).into_iter().filter(changed);
    let mut values: Vec<Value> = rows.map(|row| Value::Object(view.row(row))).collect();
    if view.set.name == "cdm_workers" {
        let gone = view.look.company.erased.iter().filter(|(_, at)| **at > version);
        values.extend(gone.map(|(id, _)| {
            let context = format!("{}/$deletedEntity", view.context());
            json!({"@odata.context": context, "id": worker_id(*id), "reason": "deleted"})
        }));
    }
    let context = format!("{}/$delta", view.context());
    Some(odata(
        StatusCode::OK,
        &json!({"@odata.context": context, "value": values, "@odata.deltaLink": address(view)}),
    ))
}
