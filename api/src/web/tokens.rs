//! `/settings/tokens`: API tokens of the tenant, or, for who runs the installation and is in none, the
//! operator's. A new one is shown in the answer to its making and nowhere else.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, NaiveDate, Utc};
use rollcall_domain::access::Scope;

use super::form::{Fields, Wrong};
use super::shell::Shell;
use super::who::Who;
use super::{done, filters, page, with_status};
use crate::app::App;
use crate::caller::{Caller, Reader, TokenAdmin};
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::tokens::{self, New, View};

const LIST: &str = "/settings/tokens";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(LIST, get(list))
        .route("/settings/tokens/new", get(show).post(create))
        .route("/settings/tokens/{token}/revoke", get(ask).post(revoke))
}

/// Whose tokens they are, and what their makers are called.
struct Owner {
    admin: TokenAdmin,
    names: BTreeMap<String, String>,
}

impl FromRequestParts<App> for Owner {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let admin = TokenAdmin::from_request_parts(parts, app).await?;
        let names = match caller.tenant.clone() {
            Some(tenant) => Who::everybody(app, &Reader::new(app, caller, tenant)).await?.listed(),
            None => vec![],
        };
        Ok(Owner { admin, names: names.into_iter().collect() })
    }
}

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct List {
    shell: Shell,
    tokens: Vec<View>,
    names: BTreeMap<String, String>,
    now: DateTime<Utc>,
}

impl List {
    fn state(&self, one: &View) -> &'static str {
        if one.revoked_at.is_some() {
            "revoked"
        } else if one.expires_at.is_some_and(|end| end <= self.now) {
            "expired"
        } else {
            "active"
        }
    }
    fn maker<'a>(&'a self, one: &'a View) -> Option<&'a str> {
        let by = one.created_by.as_deref()?;
        Some(self.names.get(by).map_or(by, String::as_str))
    }
}

#[derive(Template)]
#[template(path = "tokens/new.html")]
struct Form {
    shell: Shell,
    typed: Fields,
    wrong: Wrong,
}

impl Form {
    fn scopes(&self) -> Vec<Scope> {
        let of_operator = self.shell.caller.tenant.is_none();
        Scope::ALL.into_iter().filter(|one| (*one == Scope::Operator) == of_operator).collect()
    }
    fn is_chosen(&self, scope: Scope) -> bool {
        let typed = self.typed.raw("scope");
        typed == scope.as_str() || (typed.is_empty() && self.scopes().first() == Some(&scope))
    }
}

#[derive(Template)]
#[template(path = "tokens/made.html")]
struct Made {
    shell: Shell,
    made: View,
    secret: String,
}

#[derive(Template)]
#[template(path = "tokens/revoke.html")]
struct Revoke {
    shell: Shell,
    one: View,
}

async fn list(State(app): State<App>, shell: Shell, owner: Owner) -> Result<Response, Problem> {
    let now = app.now();
    let Owner { admin, names } = owner;
    let mut tokens = tokens::list(State(app), admin, Params::of_page("")).await?.0.data;
    // What works still stands first, the newest on top.
    tokens.sort_by_key(|one| (one.revoked_at.is_some(), std::cmp::Reverse(one.created_at)));
    page(&List { shell, tokens, names, now })
}

async fn show(shell: Shell) -> Result<Response, Problem> {
    page(&Form { shell, typed: Fields::default(), wrong: Wrong::default() })
}

async fn create(
    State(app): State<App>,
    shell: Shell,
    admin: TokenAdmin,
    caller: Caller,
    typed: Fields,
) -> Result<Response, Problem> {
    let made = match new_of(&typed) {
        Ok(new) => tokens::make(&app, &admin, caller, new).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(mut made) => {
            let secret = made.token.take().unwrap_or_default();
            with_status(StatusCode::CREATED, &Made { shell, made, secret })
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &Form { shell, typed, wrong })
        }
    }
}

/// A day is good until its end.
fn new_of(typed: &Fields) -> Result<New, Problem> {
    let no_day =
        || Problem::new(Code::InvalidRequest).violation("/expires_at", "It must be a day.");
    let end = |day: String| {
        let day: NaiveDate = day.parse().ok()?;
        Some(day.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc())
    };
    let expires_at = typed.text("expires_at").map(|day| end(day).ok_or_else(no_day)).transpose()?;
    let scopes = typed.all("scope").map(str::to_owned).collect();
    Ok(New { name: typed.text("name").unwrap_or_default(), scopes, expires_at })
}

async fn ask(
    State(app): State<App>,
    shell: Shell,
    admin: TokenAdmin,
    PathIds(id): PathIds<String>,
) -> Result<Response, Problem> {
    let tokens = tokens::list(State(app), admin, Params::of_page("")).await?.0.data;
    let one = tokens.into_iter().find(|one| one.id == id).ok_or(Code::NotFound)?;
    page(&Revoke { shell, one })
}

async fn revoke(
    State(app): State<App>,
    admin: TokenAdmin,
    id: PathIds<String>,
) -> Result<Response, Problem> {
    tokens::revoke(State(app), admin, id).await?;
    Ok(done("The token was revoked.", LIST))
}
