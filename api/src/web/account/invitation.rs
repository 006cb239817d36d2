//! `/invitations/{link}`: what somebody was invited to, and joining.

use askama::Template;
use axum::extract::State;
use axum::http::uri::Uri;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use secrecy::SecretString;

use crate::app::App;
use crate::client::Client;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::resources::invitations::{self, Newcomer, Offer};
use crate::resources::session::end_earlier;
use crate::sessions::{self, Session};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::theme;
use crate::web::{done, filters, page, with_status};

#[derive(Template)]
#[template(path = "account/invitation.html")]
struct Page {
    theme: Option<&'static str>,
    offer: Offer,
    session: Option<Session>,
    /// The page's own address.
    here: String,
    typed: Fields,
    wrong: Wrong,
}

impl Page {
    fn tenant(&self) -> &str {
        self.offer.tenant_name.as_deref().unwrap_or(&self.offer.tenant)
    }
}

async fn who(app: &App, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    match sessions::caller(app, headers, None).await {
        Ok(caller) => Ok(caller.session),
        Err(problem) if problem.code == Code::Unauthenticated => Ok(None),
        Err(problem) => Err(problem),
    }
}

pub(super) async fn show(
    State(app): State<App>,
    PathIds(link): PathIds<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&Page {
        theme: theme(&headers),
        offer: invitations::offer(&app, &link).await?,
        session: who(&app, &headers).await?,
        here: uri.path().to_owned(),
        typed: Fields::default(),
        wrong: Wrong::default(),
    })
}

pub(super) async fn accept(
    State(app): State<App>,
    PathIds(link): PathIds<String>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    typed: Fields,
) -> Result<Response, Problem> {
    let found = invitations::find(&app, &link).await?;
    let session = who(&app, &headers).await?;
    let joined = match &session {
        Some(session) => invitations::accept_as(&app, &found, session).await.map(|()| None),
        None => {
            let (name, password) = (typed.raw("name").trim().to_owned(), typed.raw("password"));
            let newcomer = Newcomer { name, password: SecretString::from(password) };
            invitations::accept_new(&app, &found, &newcomer, &client).await.map(Some)
        }
    };
    match joined {
        Ok(signed_in) => {
            let mut response = done("You have joined.", "/");
            if let Some(signed_in) = signed_in {
                end_earlier(&app, &headers).await?;
                signed_in.keep(&app, response.headers_mut());
            }
            Ok(response)
        }
        Err(problem) => {
            let form = Page {
                theme: theme(&headers),
                wrong: Wrong::of(problem)?,
                offer: invitations::offer(&app, &link).await?,
                session,
                here: uri.path().to_owned(),
                typed,
            };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}
