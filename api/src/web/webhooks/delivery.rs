//! One message to one endpoint, with every attempt.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use rollcall_domain::access::Permission;

use super::HOME;
use super::one::badge_of;
use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::resources::webhooks::deliveries::{AttemptView, Full, View, full};
use crate::resources::webhooks::resend::again;
use crate::web::shell::Shell;
use crate::web::{done, filters, page};

#[derive(Template)]
#[template(path = "webhooks/delivery.html")]
struct Page {
    shell: Shell,
    one: View,
    attempts: Vec<AttemptView>,
    next: Option<&'static str>,
}

impl Page {
    fn home(&self) -> &'static str {
        HOME
    }
    fn badge(&self) -> (&'static str, &'static str, String) {
        badge_of(&self.one)
    }
    fn millis(&self, one: &AttemptView) -> i64 {
        i64::try_from(one.latency_ms).unwrap_or(i64::MAX)
    }
}

/// What to do about a message that is not on its way.
fn next_of(reason: Option<&str>) -> Option<&'static str> {
    match reason? {
        "disabled" => Some("The webhook is disabled. Recover it, and it is sent."),
        "exhausted" => Some("It was tried ten times. Look at the receiver, then send it again."),
        "removed" => Some("The webhook was removed before it was sent."),
        "nothing_to_tell" => Some("What it told of is nothing that anybody is told of."),
        _ => None,
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds((webhook, delivery)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    let Full { delivery, all_attempts } = full(&app, &reader, &webhook, &delivery).await?;
    let next = next_of(delivery.reason.as_deref());
    page(&Page { shell, one: delivery, attempts: all_attempts, next })
}

pub(super) async fn resend(
    State(app): State<App>,
    admin: Admin,
    PathIds((webhook, delivery)): PathIds<(String, String)>,
) -> Result<Response, Problem> {
    again(&app, &admin, &webhook, &delivery).await?;
    Ok(done("It is on its way again.", &format!("{HOME}/{webhook}/deliveries/{delivery}")))
}
