//! `/sign-in` and `/sign-out`.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use secrecy::SecretString;

use super::draft::Draft;
use crate::app::App;
use crate::client::Client;
use crate::edge::{Code, Problem};
use crate::resources::session::end_earlier;
use crate::web::form::Fields;
use crate::web::shell::theme;
use crate::web::{elsewhere, filters, page, with_status};
use crate::{sessions, sign_in};

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignIn {
    theme: Option<&'static str>,
    next: String,
    email: String,
    wrong: Option<String>,
    draft: Option<Draft>,
}

#[derive(Template)]
#[template(path = "account/resume.html")]
struct Resume {
    theme: Option<&'static str>,
    draft: Draft,
}

pub(super) async fn show(
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.unwrap_or_default().as_bytes());
    let next = query.text("next").unwrap_or_else(|| "/".to_owned());
    page(&SignIn { theme: theme(&headers), next, email: String::new(), wrong: None, draft: None })
}

/// In place of a page whose form came too late.
pub(crate) fn too_late(
    headers: &HeaderMap,
    address: &str,
    typed: &[u8],
) -> Result<Response, Problem> {
    let draft = Some(Draft::of(address, typed));
    let form = SignIn {
        theme: theme(headers),
        next: "/".to_owned(),
        email: String::new(),
        wrong: None,
        draft,
    };
    with_status(StatusCode::UNAUTHORIZED, &form)
}

pub(super) async fn sign_in(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    typed: Fields,
) -> Result<Response, Problem> {
    let draft = Draft::carried(&typed);
    let next = typed.text("next").unwrap_or_else(|| "/".to_owned());
    let email = typed.raw("email").trim().to_owned();
    let password = SecretString::from(typed.raw("password"));
    let signed = match sign_in::sign_in(&app, &email, &password, &client).await {
        Ok(signed) => signed,
        Err(problem) => {
            let status = problem.code.status();
            let told = [Code::Unauthenticated, Code::RateLimited, Code::Overloaded];
            if !told.contains(&problem.code) {
                return Err(problem);
            }
            let wrong = Some(problem.detail.into_owned());
            let form = SignIn { theme: theme(&headers), next, email, wrong, draft };
            return with_status(status, &form);
        }
    };
    end_earlier(&app, &headers).await?;
    let mut response = match draft {
        Some(draft) => page(&Resume { theme: theme(&headers), draft })?,
        None => elsewhere(&next),
    };
    signed.keep(&app, response.headers_mut());
    Ok(response)
}

pub(super) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    end_earlier(&app, &headers).await?;
    let mut response = elsewhere("/sign-in");
    sessions::forget(&app, response.headers_mut());
    Ok(response)
}
