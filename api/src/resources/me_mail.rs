//! `/me/mail`: what somebody who signed in is mailed in the tenant they are in.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use rollcall_commands::change_members;
use rollcall_domain::members::{Command, Members};
use rollcall_domain::notification::Category;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::session::signed_in;
use crate::app::App;
use crate::caller::{Caller, Tenant};
use crate::edge::{Code, Problem};
use crate::extractors::JsonBody;
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/me/mail", get(read).put(change))
}

pub(super) fn operations() -> Vec<Operation> {
    let tag = Tag::Access;
    vec![
        openapi::get(tag, "/me/mail", "read_my_mail", "What one is mailed.")
            .json::<View>(200, "Each kind of mail."),
        openapi::put(tag, "/me/mail", "change_my_mail", "Chooses what one is mailed.")
            .body::<Choice>(&json!({ "off": ["plans"] }))
            .json::<View>(200, "As it is now."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = MyMail)]
pub(crate) struct View {
    /// Whether this installation sends mail at all.
    pub(crate) sent: bool,
    pub(crate) categories: Vec<Kind>,
}

/// One kind of mail.
#[derive(Serialize, ToSchema)]
#[schema(as = MyMailCategory)]
pub(crate) struct Kind {
    /// `failures`, `plans`, `expiry`, `webhooks`.
    pub(crate) category: &'static str,
    pub(crate) label: &'static str,
    /// Whether one is mailed it, as an owner or admin.
    pub(crate) mailed: bool,
    /// Whether it can't be switched off: the last owner hears of failures.
    pub(crate) fixed: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyMailChoice)]
pub(crate) struct Choice {
    /// What is not to be mailed; everything else is.
    #[schema(value_type = Vec<String>)]
    pub(crate) off: BTreeSet<Category>,
}

/// Where a member is, and who they are.
fn place(caller: &Caller) -> Result<(&Tenant, &str), Problem> {
    let session = signed_in(caller)?;
    let tenant = caller.tenant.as_ref().filter(|_| session.role.is_some());
    Ok((tenant.ok_or(Code::NotFound)?, &session.user))
}

async fn read(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<View>, Problem> {
    params.done()?;
    Ok(Json(view(&app, &caller).await?))
}

/// As the tenant's stream says, so that a choice is seen at once.
pub(crate) async fn view(app: &App, caller: &Caller) -> Result<View, Problem> {
    let (tenant, user) = place(caller)?;
    let members: std::sync::Arc<Members> =
        app.members.of(&app.store, &tenant.id, &tenant.id).await?;
    let kind = |category: Category| Kind {
        category: category.as_str(),
        label: category.label(),
        mailed: members.is_mailed(user, category),
        fixed: members.must_be_mailed(user, category),
    };
    Ok(View { sent: app.settings.mails, categories: Category::ALL.map(kind).into() })
}

async fn change(
    State(app): State<App>,
    caller: Caller,
    JsonBody(choice): JsonBody<Choice>,
) -> Result<Json<View>, Problem> {
    choose(&app, &caller, choice).await?;
    Ok(Json(view(&app, &caller).await?))
}

pub(crate) async fn choose(app: &App, caller: &Caller, choice: Choice) -> Result<(), Problem> {
    let (tenant, user) = place(caller)?;
    let change = Command::ChangeMail { user: user.to_owned(), off: choice.off };
    change_members(&app.store, &tenant.id, change, &caller.cause()).await?;
    app.members.forget();
    Ok(())
}
