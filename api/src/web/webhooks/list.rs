//! All endpoints, a form for another one, what became of messages lately, and the signature key.

use askama::Template;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use rollcall_domain::access::Permission;

use super::new::Form;
use super::one::{Rows, state_of};
use super::{BEHIND, HOME};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::params::Params;
use crate::resources::webhooks::deliveries;
use crate::resources::webhooks::view::{self, View};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{filters, page, settled};

#[derive(Template)]
#[template(path = "webhooks/list.html")]
pub(super) struct Page {
    shell: Shell,
    webhooks: Vec<View>,
    rows: Rows,
    form: Form,
    /// What was wrong with the password.
    pub(super) wrong: Wrong,
}

impl Page {
    fn home(&self) -> &'static str {
        HOME
    }
    fn state(&self, one: &View) -> (&'static str, String) {
        state_of(one)
    }

    pub(super) async fn of(
        app: &App,
        shell: Shell,
        reader: &Reader,
        query: &str,
    ) -> Result<Page, Problem> {
        settled(app, reader, &BEHIND).await?;
        let state = || State(app.clone());
        let Json(webhooks) = view::list(state(), reader.clone(), Params::read("limit=200")).await?;
        let asked = Params::of_page(query);
        let Json(found) = deliveries::listed(app, reader, None, asked).await?;
        let names = webhooks.data.iter().map(|one| (one.id.clone(), one.name.clone())).collect();
        let may = shell.may(Permission::WebhooksManage);
        let rows = Rows::of(found, HOME, query, names, may);
        let form = Form::new(&shell, Fields::default());
        Ok(Page { shell, webhooks: webhooks.data, rows, form, wrong: Wrong::default() })
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    page(&Page::of(&app, shell, &reader, query.as_deref().unwrap_or_default()).await?)
}
