//! `/account`: one's own name, password, mails and sessions.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::access::Role;
use rollcall_domain::notification::Category;
use secrecy::SecretString;

use crate::app::App;
use crate::caller::Caller;
use crate::client::Client;
use crate::edge::Problem;
use crate::extractors::{JsonBody, PathIds};
use crate::resources::me::{self, NewPassword, Renamed, Tenant};
use crate::resources::me_mail;
use crate::resources::session::{View, end_session as end, own, signed_in};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, with_status};

const HERE: &str = "/account";

#[derive(Template)]
#[template(path = "account/profile.html")]
struct Page {
    shell: Shell,
    name: String,
    email: String,
    tenants: Vec<Tenant>,
    sessions: Vec<View>,
    /// `None` for whoever is in no tenant, or is mailed nothing there.
    mail: Option<me_mail::View>,
    wrong: Wrong,
}

impl Page {
    async fn of(app: &App, shell: Shell, wrong: Wrong) -> Result<Page, Problem> {
        let session = signed_in(&shell.caller)?.clone();
        let mut sessions = own(app, &session).await?;
        sessions.sort_by_key(|one| (!one.current, std::cmp::Reverse(one.seen_at)));
        let tenants = me::tenants_of(app, &shell.caller).await?;
        let mail = match session.role {
            Some(Role::Owner | Role::Admin) => Some(me_mail::view(app, &shell.caller).await?),
            Some(Role::Editor | Role::Viewer | Role::Auditor) | None => None,
        };
        Ok(Page { shell, name: session.name, email: session.email, tenants, sessions, mail, wrong })
    }

    /// What a browser says of itself, in short: `Firefox on Linux`.
    fn browser(&self, session: &View) -> String {
        // Those that pretend to be others stand before them.
        let browsers = ["Edg", "OPR", "Firefox", "Chrome", "Safari", "curl"];
        let systems = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux"];
        let first = |words: &[&'static str]| {
            words.iter().find(|word| session.agent.contains(**word)).copied()
        };
        let browser = match first(&browsers) {
            Some("Edg") => "Edge",
            Some("OPR") => "Opera",
            Some(other) => other,
            None => "A program",
        };
        first(&systems)
            .map_or_else(|| browser.to_owned(), |system| format!("{browser} on {system}"))
    }
}

pub(super) async fn show(State(app): State<App>, shell: Shell) -> Result<Response, Problem> {
    page(&Page::of(&app, shell, Wrong::default()).await?)
}

async fn again(app: &App, shell: Shell, problem: Problem) -> Result<Response, Problem> {
    let wrong = Wrong::of(problem)?;
    with_status(StatusCode::UNPROCESSABLE_ENTITY, &Page::of(app, shell, wrong).await?)
}

pub(super) async fn rename(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    typed: Fields,
) -> Result<Response, Problem> {
    let new = Renamed { name: typed.raw("name").trim().to_owned() };
    match me::rename(State(app.clone()), caller, JsonBody(new)).await {
        Ok(_) => Ok(done("Your name was changed.", HERE)),
        Err(problem) => again(&app, shell, problem).await,
    }
}

pub(super) async fn change_password(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    client: Client,
    typed: Fields,
) -> Result<Response, Problem> {
    let secret = |name: &str| SecretString::from(typed.raw(name));
    let given = NewPassword { current: secret("current_password"), new: secret("new_password") };
    match me::another_password(&app, &caller, &client, &given).await {
        Ok(signed_in) => {
            let words = "Your password was changed; all other sessions are over.";
            let mut response = done(words, HERE);
            signed_in.keep(&app, response.headers_mut());
            Ok(response)
        }
        Err(problem) => again(&app, shell, problem).await,
    }
}

pub(super) async fn change_mail(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    typed: Fields,
) -> Result<Response, Problem> {
    let shown = me_mail::view(&app, &caller).await?;
    // A box that can't be changed is not sent.
    let fixed = |one: &Category| {
        shown.categories.iter().any(|kind| kind.category == one.as_str() && kind.fixed)
    };
    let wanted = |one: &Category| typed.all("mailed").any(|name| name == one.as_str());
    let off = Category::ALL.into_iter().filter(|one| !wanted(one) && !fixed(one)).collect();
    match me_mail::choose(&app, &caller, me_mail::Choice { off }).await {
        Ok(()) => Ok(done("Your choice of mails was saved.", HERE)),
        Err(problem) => again(&app, shell, problem).await,
    }
}

pub(super) async fn end_session(
    State(app): State<App>,
    caller: Caller,
    PathIds(session): PathIds<String>,
) -> Result<Response, Problem> {
    end(&app, signed_in(&caller)?, &session).await?;
    Ok(done("The session is over.", HERE))
}
