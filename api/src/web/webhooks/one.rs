//! One endpoint: how it is set, how it is doing, and what became of its messages.

use std::collections::BTreeMap;

use askama::Template;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use rollcall_domain::access::Permission;
use rollcall_domain::message::Kind;

use super::tried::Tried;
use super::{BEHIND, HOME};
use crate::answer::List;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::{OptionalBody, PathIds};
use crate::params::Params;
use crate::resources::operations::Patience;
use crate::resources::webhooks::deliveries::{self, View as Delivery};
use crate::resources::webhooks::test as tests;
use crate::resources::webhooks::view::{self, View};
use crate::web::form::Wrong;
use crate::web::shell::Shell;
use crate::web::{filters, page, settled};

/// Deliveries as a table, with its filter and its pages.
#[derive(Template)]
#[template(path = "webhooks/rows.html")]
pub(super) struct Rows {
    deliveries: Vec<Delivery>,
    here: String,
    status: String,
    older: Option<String>,
    is_later: bool,
    /// What endpoints are called; empty where there is only one.
    names: BTreeMap<String, String>,
    may: bool,
}

impl Rows {
    pub(super) fn of(
        found: List<Delivery>,
        here: &str,
        query: &str,
        names: BTreeMap<String, String>,
        may: bool,
    ) -> Rows {
        let asked: BTreeMap<String, String> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let status = asked.get("status").cloned().unwrap_or_default();
        let older = found
            .next_cursor
            .map(|cursor| crate::web::address(here, &[("status", &status), ("cursor", &cursor)]));
        Rows {
            deliveries: found.data,
            here: here.to_owned(),
            is_later: asked.contains_key("cursor"),
            status,
            older,
            names,
            may,
        }
    }
    fn statuses(&self) -> [(&'static str, &'static str); 4] {
        [
            ("waiting", "Waiting"),
            ("delivered", "Delivered"),
            ("parked", "Parked"),
            ("dropped", "Not sent"),
        ]
    }
    fn is_status(&self, code: &str) -> bool {
        self.status == code
    }
    fn name<'a>(&'a self, one: &'a Delivery) -> &'a str {
        self.names.get(&one.webhook).map_or("A webhook that was removed", String::as_str)
    }
    fn badge(&self, one: &Delivery) -> (&'static str, &'static str, String) {
        badge_of(one)
    }
    fn newest(&self) -> String {
        crate::web::address(&self.here, &[("status", &self.status)])
    }
}

/// Colour, icon and words for where a message stands.
pub(super) fn badge_of(one: &Delivery) -> (&'static str, &'static str, String) {
    let status = one.last_status.map_or_else(|| "No answer".to_owned(), |code| code.to_string());
    match (one.status, one.attempts) {
        ("delivered", _) => ("ok", "tick", status),
        ("waiting", 0) if one.next_attempt_at.is_none() => ("waiting", "clock", "In order".into()),
        ("waiting", 0) => ("waiting", "clock", "On its way".to_owned()),
        ("waiting", _) => ("failed", "fail", status),
        ("parked", _) => ("held", "pause", "Parked".to_owned()),
        (_, _) => ("cancelled", "x", "Not sent".to_owned()),
    }
}

/// Colour and words for how an endpoint is doing.
pub(super) fn state_of(one: &View) -> (&'static str, String) {
    match (one.status.as_str(), one.reason.as_deref(), one.warned, one.failing_since) {
        ("disabled", Some("gone"), _, _) => ("disabled", "Disabled: it answered 410".to_owned()),
        ("disabled", Some("failing"), _, _) => {
            ("disabled", "Disabled: five days without a success".to_owned())
        }
        ("disabled", _, _, _) => ("disabled", "Disabled".to_owned()),
        (_, _, Some(percent), _) => ("warn", format!("Failing, {percent} %")),
        (_, _, None, Some(_)) => ("warn", "Failing".to_owned()),
        (_, _, None, None) => ("active", "Active".to_owned()),
    }
}

#[derive(Template)]
#[template(path = "webhooks/one.html")]
struct Page {
    shell: Shell,
    one: View,
    rows: Rows,
    tried: Option<Tried>,
    wrong: Wrong,
    scenarios: Vec<String>,
}

impl Page {
    fn home(&self) -> &'static str {
        HOME
    }
    fn state(&self) -> (&'static str, String) {
        state_of(&self.one)
    }
    fn is_enabled(&self) -> bool {
        self.one.status == "enabled"
    }
    fn labels(&self) -> Vec<&'static str> {
        self.one.events.iter().filter_map(|text| Kind::parse(text)).map(Kind::label).collect()
    }

    async fn of(
        app: &App,
        shell: Shell,
        reader: &Reader,
        webhook: &str,
        query: &str,
    ) -> Result<Page, Problem> {
        settled(app, reader, &BEHIND).await?;
        let one = view::one(app, reader, webhook).await?;
        let asked = Params::of_page(query);
        let Json(found) = deliveries::listed(app, reader, Some(webhook), asked).await?;
        let here = format!("{HOME}/{webhook}");
        let may = shell.may(Permission::WebhooksManage);
        let rows = Rows::of(found, &here, query, BTreeMap::new(), may);
        let called = |id: &String| {
            let known = shell.scenarios.iter().find(|known| known.scenario == *id);
            known.map_or_else(|| id.clone(), |known| known.name.clone())
        };
        let scenarios = one.scenarios.iter().flatten().map(called).collect();
        Ok(Page { shell, one, rows, tried: None, wrong: Wrong::default(), scenarios })
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(webhook): PathIds<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.as_deref().unwrap_or_default();
    page(&Page::of(&app, shell, &reader, &webhook, query).await?)
}

pub(super) async fn test(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    let shown = Page::of(&app, shell, &reader, &webhook, "").await?;
    let tried = async {
        let (patience, id) = (Patience::for_a_receiver(), PathIds(webhook));
        let asked = OptionalBody(None);
        Tried::of(tests::saved(State(app), reader, patience, id, asked).await?).await
    };
    match tried.await {
        Ok(tried) => page(&Page { tried: Some(tried), ..shown }),
        Err(problem) => page(&Page { wrong: Wrong::of(problem)?, ..shown }),
    }
}
