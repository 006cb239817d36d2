//! The page of an endpoint: what it is before there is one, and then how it is set, where it is posted
//! to, and what came.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::Utc;
use rollcall_domain::access::Permission;

use super::super::Visit;
use super::form::{Form, OFFERED, REFUSED, scenarios, typed};
use super::requests::{self, Log, log};
use super::{HOME, chosen, place, rival, state_of};
use crate::edge::Problem;
use crate::resources::hris_webhooks::requests::View as Request;
use crate::resources::hris_webhooks::view::{KeyView, View};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{address, filters, with_status};

/// At least ten minutes.
const MOST_LOOKS: u16 = 120;

#[derive(Template)]
#[template(path = "push/page.html")]
struct Page {
    shell: Shell,
    known: View,
    /// Further endpoints, made by programs.
    others: Vec<View>,
    /// The address it is posted to, as this installation was reached.
    endpoint: String,
    form: Form,
    log: Log,
    cursor: String,
    /// How often it has looked again by itself.
    looks: u16,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "push/none.html")]
struct Nothing {
    shell: Shell,
    form: Form,
}

/// What was sent and refused.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) typed: Option<Fields>,
    pub(super) wrong: Wrong,
    pub(super) not_enabled: Option<String>,
}

impl Page {
    fn state(&self) -> (&'static str, &'static str) {
        state_of(&self.known.status)
    }
    fn state_of(&self, one: &View) -> (&'static str, &'static str) {
        state_of(&one.status)
    }
    fn is(&self, status: &str) -> bool {
        self.known.status == status
    }
    /// Below the page's own address.
    fn at(&self, what: &str) -> String {
        format!("{HOME}/{}/{what}", self.known.id)
    }
    fn page_of(&self, one: &View) -> String {
        place(&one.id)
    }
    fn here(&self) -> String {
        place(&self.known.id)
    }
    /// The step somebody is at who sets it up; none where it is set up.
    fn step(&self) -> &'static str {
        match (&*self.known.status, self.log.rows.is_empty() && self.cursor.is_empty()) {
            ("test" | "disabled", true) => "send",
            ("test" | "disabled", false) => "look",
            _ => "",
        }
    }
    /// Where it looks again for new requests; a page that was left open ends with that.
    fn again(&self) -> Option<String> {
        let looks = (self.looks < MOST_LOOKS && self.cursor.is_empty()).then(|| self.looks + 1)?;
        let (id, looks) = (&*self.known.id, looks.to_string());
        Some(address(HOME, &[("webhook", id), ("look", &looks)]))
    }
    fn older(&self) -> Option<String> {
        let cursor = self.log.next.as_deref()?;
        Some(address(HOME, &[("webhook", &*self.known.id), ("cursor", cursor)]))
    }
    fn verdict(&self, one: &Request) -> (&'static str, &'static str) {
        requests::verdict(one)
    }
    fn why<'a>(&self, reason: &'a str) -> &'a str {
        requests::why(reason)
    }
    fn counts(&self, one: &Request) -> Vec<(u64, &'static str, &'static str)> {
        requests::counts(one)
    }
    fn at_rest(&self, one: &Request) -> Option<String> {
        requests::at_rest(one)
    }
    fn age(&self, key: &KeyView) -> String {
        match (Utc::now() - key.added_at).num_days() {
            ..1 => String::new(),
            1 => ", one day ago".to_owned(),
            days => format!(", {days} days ago"),
        }
    }
    /// What is taken over, for whoever may only look.
    fn fields(&self) -> String {
        let takes = |code: &str| self.known.fields.contains(&code);
        let offered = OFFERED.iter().filter(|(field, _)| takes(field.as_str()));
        let always = ["Name", "E-mail", "Active"].into_iter();
        always.chain(offered.map(|(_, label)| *label)).collect::<Vec<_>>().join(", ")
    }
    fn targets(&self) -> Vec<String> {
        let targets = &self.known.targets;
        let named = |id: &String| {
            let found = self.shell.scenarios.iter().find(|one| one.scenario == *id);
            found.map_or_else(|| id.clone(), |one| one.name.clone())
        };
        let live = targets.live_baseline.then(|| "Live Baseline".to_owned());
        let future = targets.all_future.then(|| "All future scenarios".to_owned());
        live.into_iter().chain(targets.scenarios.iter().map(named)).chain(future).collect()
    }
}

pub(super) async fn show(visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = Fields::read(query.unwrap_or_default().as_bytes());
    shown(visit, &query, StatusCode::OK, Shown::default(), Wrong::default()).await
}

/// The same page with a form that was refused.
pub(super) async fn again(
    visit: Visit,
    webhook: Option<&str>,
    form: Shown,
) -> Result<Response, Problem> {
    shown(visit, &asked(webhook.unwrap_or_default()), REFUSED, form, Wrong::default()).await
}

/// The same page with why something was not done.
pub(super) async fn refused(
    visit: Visit,
    webhook: &str,
    problem: Problem,
) -> Result<Response, Problem> {
    let wrong = Wrong::of(problem)?;
    shown(visit, &asked(webhook), REFUSED, Shown::default(), wrong).await
}

fn asked(webhook: &str) -> Fields {
    Fields::read(crate::web::query(&[("webhook", webhook)]).as_bytes())
}

async fn shown(
    mut visit: Visit,
    query: &Fields,
    status: StatusCode,
    form: Shown,
    wrong: Wrong,
) -> Result<Response, Problem> {
    let (known, others) = chosen(&visit, query.raw("webhook")).await?;
    let rival = rival(&visit, known.as_ref().map_or("", |one| &one.id)).await?;
    let form = Form {
        typed: form.typed.unwrap_or_else(|| typed(known.as_ref())),
        wrong: form.wrong,
        not_enabled: form.not_enabled,
        scenarios: scenarios(&visit, known.as_ref()),
        webhook: known.as_ref().map(|one| (one.id.clone(), one.status.clone())),
        rival,
    };
    HOME.clone_into(&mut visit.shell.path);
    let Some(known) = known else {
        return with_status(status, &Nothing { shell: visit.shell, form });
    };
    let cursor = query.raw("cursor").to_owned();
    let log = log(&visit, &known.id, &cursor).await?;
    let endpoint = visit.origin() + &known.path;
    // What was typed is not to be taken away while it is mended.
    let looks = match status.is_success() {
        true => query.raw("look").parse().unwrap_or(0),
        false => MOST_LOOKS,
    };
    let shell = visit.shell;
    with_status(status, &Page { shell, known, others, endpoint, form, log, cursor, looks, wrong })
}
