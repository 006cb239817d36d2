//! `/settings/members`: who belongs to the tenant, who is invited, and changing both.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::access::{Permission, Role};
use rollcall_domain::members::Command;

use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::members::View;
use crate::resources::{invitations, members};
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, filters, page, settled, with_status};

const HERE: &str = "/settings/members";
const BEHIND: [&str; 2] = ["memberships", "invitations"];

#[derive(Template)]
#[template(path = "account/members.html")]
struct Page {
    shell: Shell,
    members: Vec<View>,
    next: Option<String>,
    invitations: Vec<invitations::View>,
    typed: Fields,
    wrong: Wrong,
    /// The link of an invitation that was just made, where it is not mailed.
    link: Option<String>,
    /// Whether invitations are mailed.
    mails: bool,
}

impl Page {
    async fn of(app: &App, shell: Shell, reader: Reader, query: &str) -> Result<Page, Problem> {
        let open = reader.clone();
        let found = members::list(State(app.clone()), reader, Params::of_page(query)).await?.0;
        let all = Params::read("limit=200");
        let invited = invitations::list(State(app.clone()), open, all).await?.0;
        let waits = |one: &invitations::View| ["open", "expired"].contains(&one.state.as_str());
        Ok(Page {
            shell,
            members: found.data,
            next: found.next_cursor,
            invitations: invited.data.into_iter().filter(waits).collect(),
            typed: Fields::default(),
            wrong: Wrong::default(),
            link: None,
            mails: app.settings.mails,
        })
    }

    fn is_me(&self, member: &View) -> bool {
        self.shell.caller.session.as_ref().is_some_and(|session| session.user == member.user)
    }

    /// The roles that may be given: an owner's by owners only.
    fn roles(&self) -> Vec<Role> {
        let owner = self.shell.role.as_deref() == Some(Role::Owner.as_str());
        let may = |role: &Role| *role != Role::Owner || owner || self.shell.is_operator();
        Role::ALL.into_iter().filter(may).collect()
    }

    fn may_change(&self, member: &View) -> bool {
        self.shell.may(Permission::MembersManage)
            && self.roles().iter().any(|role| role.as_str() == member.role)
    }
}

pub(super) async fn list(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    page(&Page::of(&app, shell, reader, query.as_deref().unwrap_or_default()).await?)
}

pub(super) async fn invite(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    reader: Reader,
    typed: Fields,
) -> Result<Response, Problem> {
    let role = Role::parse(typed.raw("role")).unwrap_or(Role::Viewer);
    let new = invitations::New { email: typed.raw("email").trim().to_owned(), role };
    match invitations::make(&app, &admin, new).await {
        Ok(made) => {
            settled(&app, &admin, &BEHIND).await?;
            if made.mailed {
                return Ok(done("The invitation is on its way to them.", HERE));
            }
            let shown = Page::of(&app, shell, reader, "").await?;
            with_status(StatusCode::CREATED, &Page { link: made.link, ..shown })
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let shown = Page::of(&app, shell, reader, "").await?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &Page { wrong, typed, ..shown })
        }
    }
}

pub(super) async fn change_role(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(user): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let by = admin.caller.by();
    let command = Role::parse(typed.raw("role")).map(|role| Command::ChangeRole { user, role, by });
    match command {
        Some(command) => decided(&app, shell, admin, command, "The role was changed.").await,
        None => page(&Page::of(&app, shell, admin, "").await?),
    }
}

pub(super) async fn remove(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(user): PathIds<String>,
) -> Result<Response, Problem> {
    let command = Command::Leave { user, by: admin.caller.by() };
    decided(&app, shell, admin, command, "They no longer belong to the organisation.").await
}

pub(super) async fn revoke(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    PathIds(invitation): PathIds<String>,
) -> Result<Response, Problem> {
    let command = Command::Revoke { invitation, by: admin.caller.by() };
    decided(&app, shell, admin, command, "The invitation was withdrawn.").await
}

/// What a rule refuses, such as letting the last owner go, is said above the list.
async fn decided(
    app: &App,
    shell: Shell,
    admin: Admin,
    command: Command,
    words: &str,
) -> Result<Response, Problem> {
    match members::decide(app, &admin, command).await {
        Ok(_) => {
            settled(app, &admin, &BEHIND).await?;
            Ok(done(words, HERE))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let shown = Page::of(app, shell, admin, "").await?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &Page { wrong, ..shown })
        }
    }
}
