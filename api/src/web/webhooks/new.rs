//! A new endpoint, trying its URL before it is saved, and changing one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::message::Kind;

use super::tried::Tried;
use super::{BEHIND, HOME, fields};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::Problem;
use crate::extractors::{JsonBody, PathIds};
use crate::resources::operations::Patience;
use crate::resources::webhooks::new::{Made, make};
use crate::resources::webhooks::{changes, test as tests, view};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled, with_status};

/// The fields, as they stand on a page of their own and on the overview.
#[derive(Template)]
#[template(path = "webhooks/form.html")]
pub(super) struct Form {
    typed: Fields,
    wrong: Wrong,
    tried: Option<Tried>,
    /// Id and name of those that may be chosen.
    scenarios: Vec<(String, String)>,
    /// The endpoint that is changed.
    webhook: Option<String>,
    /// Names of headers that are sent along.
    headers: Vec<String>,
}

impl Form {
    pub(super) fn new(shell: &Shell, typed: Fields) -> Form {
        let scenarios = shell.scenarios.iter();
        let named = scenarios.map(|one| (one.scenario.clone(), one.name.clone()));
        Form {
            typed,
            wrong: Wrong::default(),
            tried: None,
            scenarios: named.collect(),
            webhook: None,
            headers: vec![],
        }
    }
    fn kinds(&self) -> [Kind; 5] {
        Kind::ALL
    }
    fn is_chosen(&self, name: &str, value: &str) -> bool {
        self.typed.all(name).any(|one| one == value)
    }
    fn is_thin(&self) -> bool {
        self.typed.raw("detail") == "thin"
    }
    /// Whether what is seldom needed is shown at once.
    fn is_open(&self) -> bool {
        ["headers", "rate_limit", "concurrency", "scenarios"].iter().any(|name| {
            self.wrong.with(&format!("/{name}")).is_some() || !self.typed.raw(name).is_empty()
        })
    }
}

#[derive(Template)]
#[template(path = "webhooks/new.html")]
struct Page {
    shell: Shell,
    form: Form,
}

impl Page {
    fn title(&self) -> &'static str {
        if self.form.webhook.is_some() { "Change the webhook" } else { "New webhook" }
    }
    fn home(&self) -> &'static str {
        HOME
    }
}

#[derive(Template)]
#[template(path = "webhooks/made.html")]
pub(super) struct Secret {
    pub(super) shell: Shell,
    pub(super) title: &'static str,
    pub(super) name: String,
    pub(super) webhook: String,
    pub(super) secret: String,
    pub(super) until: Option<chrono::DateTime<chrono::Utc>>,
}

impl Secret {
    fn home(&self) -> &'static str {
        HOME
    }
}

fn shown(shell: Shell, form: Form) -> Result<Response, Problem> {
    let status = match form.wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    with_status(status, &Page { shell, form })
}

pub(super) async fn show(shell: Shell) -> Result<Response, Problem> {
    let form = Form::new(&shell, Fields::default());
    page(&Page { shell, form })
}

pub(super) async fn create(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    typed: Fields,
) -> Result<Response, Problem> {
    let made = match fields::new(&typed) {
        Ok(new) => make(&app, &admin, new).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(Made { id, secret }) => {
            settled(&app, &admin, &BEHIND).await?;
            let (title, name) = ("The webhook is made", typed.raw("name").trim().to_owned());
            let made = Secret { shell, title, name, webhook: id, secret, until: None };
            with_status(StatusCode::CREATED, &made)
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let form = Form { wrong, ..Form::new(&shell, typed) };
            shown(shell, form)
        }
    }
}

/// Nothing is saved; the form comes back as it was, with what the receiver answered.
pub(super) async fn test(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    typed: Fields,
) -> Result<Response, Problem> {
    let tried = async {
        let draft = JsonBody(fields::draft(&typed)?);
        let patience = Patience::for_a_receiver();
        Tried::of(tests::before_saving(State(app), admin, patience, draft).await?).await
    };
    let form = match tried.await {
        Ok(tried) => Form { tried: Some(tried), ..Form::new(&shell, typed) },
        Err(problem) => Form { wrong: Wrong::of(problem)?, ..Form::new(&shell, typed) },
    };
    shown(shell, form)
}

pub(super) async fn edit(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
) -> Result<Response, Problem> {
    let view = view::one(&app, &admin, &webhook).await?;
    let form = Form::new(&shell, fields::typed(&view));
    let form = Form { webhook: Some(webhook), headers: view.headers, ..form };
    page(&Page { shell, form })
}

pub(super) async fn change(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let changed = match fields::change(&typed) {
        Ok(change) => changes::apply(&app, &admin, &webhook, change).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(()) => {
            settled(&app, &admin, &BEHIND).await?;
            Ok(done("The webhook was changed.", &format!("{HOME}/{webhook}")))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let headers = view::one(&app, &admin, &webhook).await?.headers;
            let form = Form::new(&shell, typed);
            shown(shell, Form { wrong, webhook: Some(webhook), headers, ..form })
        }
    }
}
