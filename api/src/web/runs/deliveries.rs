//! `/settings/integrations/deliveries`: what HR systems delivered, what was turned away, and what one
//! delivery led to.

use askama::Template;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::access::Permission;
use rollcall_domain::catalogue::Explained;
use rollcall_domain::receipt::Verdict;

use super::LOGS;
use super::query::Query;
use super::words;
use crate::answer::List;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::receipts::consequences;
use crate::resources::receipts::{self, RefusedView, View};
use crate::web::filters::{self, sentence};
use crate::web::form::Wrong;
use crate::web::shell::Shell;
use crate::web::{page, with_status};

const DELIVERIES: &str = "/settings/integrations/deliveries";

#[derive(Template)]
#[template(path = "deliveries/list.html")]
struct ListPage {
    shell: Shell,
    query: Query,
    wrong: Wrong,
    receipts: Vec<View>,
    refused: Vec<RefusedView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "deliveries/one.html")]
struct OnePage {
    shell: Shell,
    query: Query,
    here: String,
    receipt: View,
    meaning: String,
    remedy: String,
    led_to: consequences::View,
}

impl ListPage {
    fn verdicts(&self) -> Vec<(&'static str, String)> {
        Verdict::ALL.map(|one| (one.as_str(), sentence(one.as_str()))).into()
    }
    fn place(&self) -> &'static str {
        DELIVERIES
    }
    fn logs(&self) -> &'static str {
        LOGS
    }
    fn provider<'a>(&self, code: &'a str) -> &'a str {
        words::provider(code)
    }
    fn hue(&self, verdict: &str) -> &'static str {
        hue(verdict)
    }
}

impl OnePage {
    fn place(&self) -> &'static str {
        DELIVERIES
    }
    fn logs(&self) -> &'static str {
        LOGS
    }
    fn provider(&self) -> &str {
        words::provider(&self.receipt.provider)
    }
    fn hue(&self) -> &'static str {
        hue(&self.receipt.verdict)
    }
}

fn hue(verdict: &str) -> &'static str {
    match Verdict::ALL.into_iter().find(|one| one.as_str() == verdict) {
        Some(Verdict::Accepted) => "ok",
        Some(Verdict::Stale) => "warn",
        Some(Verdict::Malformed) => "error",
        Some(Verdict::Test) => "test",
        Some(Verdict::Paused | Verdict::SkippedEntitlement) | None => "skipped",
    }
}

pub(super) async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref());
    let asked = receipts::list(State(app.clone()), reader.clone(), query.params(&[])).await;
    let (found, wrong) = match asked {
        Ok(Json(found)) => (found, Wrong::default()),
        Err(problem) => (List { data: vec![], next_cursor: None }, Wrong::of(problem)?),
    };
    let Json(refused) = receipts::refused(State(app), reader, Params::read("limit=20")).await?;
    let next = found.next_cursor.map(|cursor| query.after(&cursor));
    let status = match wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (receipts, refused) = (found.data, refused.data);
    with_status(status, &ListPage { shell, query, wrong, receipts, refused, next })
}

pub(super) async fn one(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(receipt): PathIds<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref());
    let (id, none) = (PathIds(receipt.clone()), Params::read(""));
    let Json(view) = receipts::read(State(app.clone()), reader.clone(), id, none).await?;
    let id = PathIds(receipt.clone());
    let Json(led_to) = consequences::list(State(app), reader, id, query.params(&[])).await?;
    let known = Verdict::ALL.into_iter().find(|one| one.as_str() == view.verdict);
    page(&OnePage {
        shell,
        query,
        here: format!("{DELIVERIES}/{receipt}"),
        meaning: known.map_or(String::new(), |known| known.meaning().to_owned()),
        remedy: known.map_or(String::new(), |known| known.remedy().to_owned()),
        receipt: view,
        led_to,
    })
}
