//! `/settings/integrations/hris-webhook`: the endpoint that an HR system posts everybody to, from its
//! settings to the requests that came. What a request would do is shown by `runs::simulation`.

mod acts;
mod form;
mod keys;
mod page;
mod requests;

use axum::Router;
use axum::routing::{get, post};

use super::{HOME as HRIS, Visit, label};
use crate::app::App;
use crate::edge::{Code, Problem};
use crate::resources::hris_webhooks::view::{View, all};

pub(in crate::web) const HOME: &str = "/settings/integrations/hris-webhook";

/// What its pages show.
const BEHIND: [&str; 3] = ["connections", "receipts", "runs"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(HOME, get(page::show).post(form::save))
        .route("/settings/integrations/hris-webhook/{webhook}/keys", post(keys::add))
        .route(
            "/settings/integrations/hris-webhook/{webhook}/keys/{fingerprint}/remove",
            get(keys::ask_remove).post(keys::remove),
        )
        .route(
            "/settings/integrations/hris-webhook/{webhook}/disable",
            get(acts::ask_disable).post(acts::disable),
        )
        .route("/settings/integrations/hris-webhook/{webhook}/pause", post(acts::pause))
        .route("/settings/integrations/hris-webhook/{webhook}/resume", post(acts::resume))
        .route(
            "/settings/integrations/hris-webhook/{webhook}/disconnect",
            get(acts::ask_disconnect).post(acts::disconnect),
        )
}

/// The page of one endpoint.
pub(in crate::web) fn place(webhook: &str) -> String {
    format!("{HOME}?webhook={webhook}")
}

/// What a state is called: what picks hue and icon, and the word.
pub(in crate::web) fn state_of(status: &str) -> (&'static str, &'static str) {
    match status {
        "active" => ("live", "Live"),
        "test" => ("test", "Test mode"),
        "paused" => ("paused", "Paused"),
        "disabled" => ("disconnected", "Disabled"),
        _ => ("disconnected", "Disconnected"),
    }
}

/// Where the tenant's people come from now, if it is not this endpoint: it can't be live beside it.
struct Rival {
    label: String,
    place: String,
}

async fn rival(visit: &Visit, webhook: &str) -> Result<Option<Rival>, Problem> {
    let holds = |status: &str| ["active", "error", "paused"].contains(&status);
    let all = visit.connections().await?;
    let found = all.into_iter().find(|one| one.id != webhook && holds(&one.status));
    Ok(found.map(|one| Rival {
        label: label(&one.provider).to_owned(),
        place: if one.settings.is_pushed() { place(&one.id) } else { HRIS.to_owned() },
    }))
}

/// The endpoint that is asked for, else the newest; and all the others, newest first.
async fn chosen(visit: &Visit, asked: &str) -> Result<(Option<View>, Vec<View>), Problem> {
    let mut all = all(&visit.app, &visit.reader).await?;
    all.reverse();
    let at = match (asked, all.is_empty()) {
        ("", true) => return Ok((None, vec![])),
        ("", false) => 0,
        (asked, _) => all.iter().position(|one| one.id == asked).ok_or(Code::NotFound)?,
    };
    let one = all.remove(at);
    Ok((Some(one), all))
}
