//! What is asked once more before it is done: another secret, sending again, switching off and on,
//! removing.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::new::Secret;
use super::{BEHIND, HOME};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::webhooks::changes::{self, Change, Rotation};
use crate::resources::webhooks::resend::{self, count_missed};
use crate::resources::webhooks::view::{self, View};
use crate::web::form::Fields;
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Secret,
    Switch,
    Remove,
}

#[derive(Template)]
#[template(path = "webhooks/confirm.html")]
struct Confirm {
    shell: Shell,
    one: View,
    act: Act,
    /// Messages that are parked.
    parked: u64,
}

impl Confirm {
    fn home(&self) -> &'static str {
        HOME
    }
    fn is_enabled(&self) -> bool {
        self.one.status == "enabled"
    }
    fn title(&self) -> &'static str {
        match (self.act, self.is_enabled()) {
            (Act::Secret, _) => "Another secret",
            (Act::Switch, true) => "Disable the webhook",
            (Act::Switch, false) => "Recover the webhook",
            (Act::Remove, _) => "Remove the webhook",
        }
    }
}

fn place(webhook: &str) -> String {
    format!("{HOME}/{webhook}")
}

async fn confirm(
    app: App,
    shell: Shell,
    admin: Admin,
    webhook: String,
    act: Act,
) -> Result<Response, Problem> {
    let one = view::one(&app, &admin, &webhook).await?;
    let (count, id) = (Params::read("count=true"), PathIds(webhook));
    let parked = resend::recover(State(app), admin, id, count).await?.0.count;
    page(&Confirm { shell, one, act, parked })
}

pub(super) async fn secret(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    confirm(app, shell, admin, webhook, Act::Secret).await
}

pub(super) async fn rotate(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let overlap_hours = typed.raw("overlap_hours").parse().unwrap_or(24);
    let rotated = changes::rotate(
        &app,
        &admin,
        &webhook,
        Some(Rotation { overlap_hours: Some(overlap_hours) }),
    )
    .await?;
    settled(&app, &admin, &BEHIND).await?;
    let name = view::one(&app, &admin, &webhook).await?.name;
    let (title, until) = ("The secret is replaced", Some(rotated.old_secret_until));
    page(&Secret { shell, title, name, webhook, secret: rotated.secret, until })
}

pub(super) async fn switch(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    confirm(app, shell, admin, webhook, Act::Switch).await
}

/// Recovering sends everything that is parked.
pub(super) async fn switched(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let next = place(&webhook);
    let words = match typed.raw("act") {
        "disable" => {
            let change = Change { enabled: Some(false), ..Change::default() };
            changes::apply(&app, &admin, &webhook, change).await?;
            "The webhook is disabled."
        }
        _ => {
            let id = PathIds(webhook);
            let _ = resend::recover(State(app.clone()), admin.clone(), id, Params::none()).await?;
            "The webhook is enabled, and what was parked is on its way."
        }
    };
    settled(&app, &admin, &BEHIND).await?;
    Ok(done(words, &next))
}

pub(super) async fn remove(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    confirm(app, shell, admin, webhook, Act::Remove).await
}

pub(super) async fn removed(
    State(app): State<App>,
    admin: Admin,
    webhook: PathIds<String>,
) -> Result<Response, Problem> {
    changes::remove(State(app.clone()), admin.clone(), webhook).await?;
    settled(&app, &admin, &BEHIND).await?;
    Ok(done("The webhook was removed.", HOME))
}

#[derive(Template)]
#[template(path = "webhooks/resend.html")]
struct Resend {
    shell: Shell,
    one: View,
    /// The day, as it was typed.
    since: String,
    failed: u64,
    missed: resend::Count,
}

impl Resend {
    fn home(&self) -> &'static str {
        HOME
    }
}

/// The beginning of a day.
fn day(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc())
}

fn rfc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// How many that would be, before anything is sent; since a week ago, unless said otherwise.
pub(super) async fn resend(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut asked = Params::of_page(query.as_deref().unwrap_or_default());
    let usual = || (app.now() - chrono::TimeDelta::days(7)).date_naive().to_string();
    let since = asked.text("since").filter(|text| day(text).is_some()).unwrap_or_else(usual);
    asked.done()?;
    let at = day(&since).ok_or(Code::InvalidRequest)?;
    settled(&app, &admin, &["webhook_endpoints", "audit_events"]).await?;
    let one = view::one(&app, &admin, &webhook).await?;
    let missed = count_missed(&app, &admin, &webhook, at).await?;
    let count = Params::read(&format!("count=true&since={}", rfc(at)));
    let failed = resend::failed(State(app), admin, PathIds(webhook), count).await?.0.count;
    page(&Resend { shell, one, since, failed, missed })
}

pub(super) async fn resent(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let no_day = || Problem::new(Code::InvalidRequest).violation("/since", "It must be a day.");
    let at = day(typed.raw("since")).ok_or_else(no_day)?;
    let (next, since) = (place(&webhook), Params::read(&format!("since={}", rfc(at))));
    let words = match typed.raw("act") {
        "missed" => {
            let _ = resend::missed(State(app), admin, PathIds(webhook), since).await?;
            "What was missed is on its way."
        }
        _ => {
            let _ = resend::failed(State(app), admin, PathIds(webhook), since).await?;
            "What failed is on its way again."
        }
    };
    Ok(done(words, &next))
}
