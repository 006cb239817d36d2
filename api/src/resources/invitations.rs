//! `/invitations`: who is asked to join the tenant. The link is in the answer to its creation and nowhere
//! else; whoever has it sees what it is for, and may accept with the address it was made for.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rand::RngExt;
use rollcall_commands::{Invite, NewUser, change_members, invite, register_user, user_at};
use rollcall_domain::access::Role;
use rollcall_domain::members::{Command, Invitation};
use rollcall_domain::{Refusal, user};
use rollcall_projections::{invitations, tenants};
use rollcall_store::Cause;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use super::members::decide;
use super::session::{end_earlier, enter};
use crate::answer::{List, Stamped, caught_up, position};
use crate::app::App;
use crate::caller::{self, Admin, Reader, Tenant};
use crate::client::Client;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, OptionalBody, PathIds, secret};
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;
use crate::passwords;
use crate::problems::refused;
use crate::sessions::{self, Session};
use crate::sign_in::{self, SignedIn};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/invitations", get(list).post(create))
        .route("/invitations/{invitation}", get(read).post(accept).delete(revoke))
}

pub(super) fn operations() -> Vec<Operation> {
    const ONE: &str = "/invitations/{invitation}";
    let tag = Tag::Access;
    let new = json!({ "email": "ada@example.com", "role": "viewer" });
    let newcomer = json!({ "name": "Ada Example", "password": "not a real password" });
    vec![
        openapi::get(tag, "/invitations", "list_invitations", "Who is asked to join.")
            .list::<View>()
            .min_position(),
        openapi::post(tag, "/invitations", "invite", "Asks somebody; the link is shown once.")
            .body::<New>(&new)
            .json::<Made>(201, "The link."),
        openapi::get(tag, ONE, "read_invitation", "What a link is for.")
            .json::<Offer>(200, "The offer.")
            .refuses([Code::NotFound, Code::Conflict, Code::Gone]),
        openapi::post(tag, ONE, "accept_invitation", "Joins, as whoever is signed in or anew.")
            .optional_body::<Newcomer>(&newcomer)
            .json::<shapes::Joined>(200, "Joined.")
            .json::<shapes::Joined>(201, "Registered, joined and signed in.")
            .refuses([Code::Unauthenticated, Code::NotFound, Code::Conflict, Code::Gone]),
        openapi::delete(tag, ONE, "revoke_invitation", "Takes an invitation back, by its id.")
            .empty(204, "It is taken back."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) role: String,
    /// `open`, `expired`, `accepted`, `revoked`, `replaced`.
    pub(crate) state: String,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) invited_by: String,
    pub(crate) accepted_by: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    mut params: Params,
) -> Result<Json<List<View>>, Problem> {
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    caught_up(&app, &reader, min, &["invitations"]).await?;
    let (db, now) = (reader.db(), app.now());
    let page = invitations::page(db, reader.id(), piece.after(), piece.limit).await?;
    Ok(List::of(page, &piece, |row| View {
        state: match row.state == "open" && row.expires_at <= now {
            true => "expired".to_owned(),
            false => row.state,
        },
        id: row.id,
        email: row.email,
        role: row.role,
        expires_at: row.expires_at,
        invited_by: row.invited_by,
        accepted_by: row.accepted_by,
        created_at: row.created_at,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewInvitation)]
pub(crate) struct New {
    pub(crate) email: String,
    #[schema(value_type = shapes::Role)]
    pub(crate) role: Role,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MadeInvitation)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) expires_at: DateTime<Utc>,
    /// Below the address that this installation is reached at. It is shown this one time.
    pub(crate) link: String,
}

async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(new): JsonBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let made = make(&app, &admin, new).await?;
    Ok(Stamped(position(&app, &admin.tenant).await?, (StatusCode::CREATED, Json(made))))
}

/// Invites somebody; nothing is mailed.
pub(crate) async fn make(app: &App, admin: &Admin, new: New) -> Result<Made, Problem> {
    let mut random = [0_u8; 32];
    rand::rng().fill(&mut random);
    let (id, text) = (ulid::Ulid::generate().to_string(), hex::encode(random));
    let (tenant, token_hash) = (admin.id(), hash(&text));
    let by = admin.caller.by();
    let asked = Invite { id: id.clone(), email: new.email, role: new.role, token_hash, by };
    let expires_at = invite(&app.store, tenant, &asked, app.now(), &admin.caller.cause()).await?;
    app.members.forget();
    Ok(Made { link: format!("/invitations/{tenant}.{id}.{text}"), id, expires_at })
}

async fn revoke(
    State(app): State<App>,
    admin: Admin,
    PathIds(invitation): PathIds<String>,
) -> Result<impl IntoResponse, Problem> {
    let revoke = Command::Revoke { invitation, by: admin.caller.by() };
    Ok(Stamped(decide(&app, &admin, revoke).await?, StatusCode::NO_CONTENT))
}

fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// An invitation whose link somebody has.
pub(crate) struct Found {
    pub(crate) tenant: Tenant,
    pub(crate) id: String,
    pub(crate) invitation: Invitation,
}

/// What a link stands for, if it can be accepted now.
pub(crate) async fn find(app: &App, link: &str) -> Result<Found, Problem> {
    let [tenant, id, secret] = link
        .split('.')
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| Problem::from(Code::NotFound))?;
    let tenant = caller::tenant(app, tenant).await?;
    let members = app.members.of(&app.store, &tenant.id, &tenant.id).await?;
    let known = members.invitations.get(id).ok_or(Code::NotFound)?;
    if !bool::from(known.token_hash.as_bytes().ct_eq(hash(secret).as_bytes())) {
        return Err(Code::NotFound.into());
    }
    Ok(Found { tenant, id: id.to_owned(), invitation: known.clone() })
}

/// What an invitation says to whoever has its link.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationOffer)]
pub(crate) struct Offer {
    pub(crate) tenant: String,
    pub(crate) tenant_name: Option<String>,
    pub(crate) email: Option<String>,
    #[schema(value_type = shapes::Role)]
    pub(crate) role: Role,
    pub(crate) expires_at: DateTime<Utc>,
    /// Whether somebody with this address is registered, who signs in to accept.
    pub(crate) registered: bool,
}

pub(crate) async fn offer(app: &App, link: &str) -> Result<Offer, Problem> {
    let Found { tenant, id, invitation } = find(app, link).await?;
    let members = app.members.of(&app.store, &tenant.id, &tenant.id).await?;
    members.open(&id, app.now()).map_err(refused)?;
    let row = tenants::one(&app.projections.db_of(&tenant.id), &tenant.id).await?;
    Ok(Offer {
        tenant: tenant.slug,
        tenant_name: row.map(|row| row.name),
        registered: user_at(&app.store, &invitation.address).await?.is_some(),
        email: invitation.email,
        role: invitation.role,
        expires_at: invitation.expires_at,
    })
}

async fn read(
    State(app): State<App>,
    PathIds(link): PathIds<String>,
    params: Params,
) -> Result<Json<Offer>, Problem> {
    params.done()?;
    Ok(Json(offer(&app, &link).await?))
}

/// Whoever signed in, if anybody did.
struct Somebody(Option<Session>);

impl FromRequestParts<App> for Somebody {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match sessions::caller(app, &parts.headers, None).await {
            Ok(caller) => Ok(Somebody(caller.session)),
            Err(problem) if problem.code == Code::Unauthenticated => Ok(Somebody(None)),
            Err(problem) => Err(problem),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Newcomer {
    pub(crate) name: String,
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) password: SecretString,
}

/// Somebody new is registered and signed in; whoever signed in before joins as who they are.
async fn accept(
    State(app): State<App>,
    PathIds(link): PathIds<String>,
    Somebody(session): Somebody,
    client: Client,
    headers: HeaderMap,
    OptionalBody(newcomer): OptionalBody<Newcomer>,
) -> Result<Response, Problem> {
    let found = find(&app, &link).await?;
    let said = |user: &str, found: &Found| {
        let role = found.invitation.role;
        Json(json!({ "user": user, "tenant": *found.tenant.id, "role": role }))
    };
    match (session, newcomer) {
        (Some(session), None) => {
            accept_as(&app, &found, &session).await?;
            Ok(said(&session.user, &found).into_response())
        }
        (_, Some(newcomer)) => {
            let signed_in = accept_new(&app, &found, &newcomer, &client).await?;
            end_earlier(&app, &headers).await?;
            let body = said(&signed_in.session.user, &found);
            let mut response = (StatusCode::CREATED, body).into_response();
            signed_in.keep(&app, response.headers_mut());
            Ok(response)
        }
        (None, None) => Err(Code::Unauthenticated.into()),
    }
}

/// Joins, and goes to the tenant.
pub(crate) async fn accept_as(app: &App, found: &Found, session: &Session) -> Result<(), Problem> {
    let address = rollcall_commands::address_of(&app.store, &session.email).await?;
    join(app, found, &session.user, address).await?;
    enter(app, session, &found.tenant.id).await.map(drop)
}

/// Registers somebody with the address of the invitation, and joins. After a crash in between they are
/// registered, and sign in to accept.
pub(crate) async fn accept_new(
    app: &App,
    found: &Found,
    newcomer: &Newcomer,
    client: &Client,
) -> Result<SignedIn, Problem> {
    let Found { tenant, id, invitation } = found;
    let members = app.members.of(&app.store, &tenant.id, &tenant.id).await?;
    members.open(id, app.now()).map_err(refused)?;
    let email = invitation.email.clone().ok_or(Code::Gone)?;
    if user_at(&app.store, &invitation.address).await?.is_some() {
        return Err(refused(Refusal::from(user::Refusal::EmailTaken)));
    }
    let row = tenants::one(&app.projections.db_of(&tenant.id), &tenant.id).await?;
    let tenant_name = row.map(|row| row.name).unwrap_or_default();
    passwords::check(&newcomer.password, "/password", &[&email, &newcomer.name, &tenant_name])?;
    let hash = app.passwords.hash(&newcomer.password).await?;
    let user = ulid::Ulid::generate().to_string();
    let new = NewUser { id: user.clone(), email, name: newcomer.name.clone(), hash };
    register_user(&app.store, &new, &Cause::by(format!("user:{user}"))).await?;
    join(app, found, &user, invitation.address.clone()).await?;
    let known = sessions::user(app, &user).await?;
    let credential = known.and_then(|user| user.credential).unwrap_or_default();
    let place = Some(tenant.id.to_string());
    sign_in::open(app, &user, &invitation.address, &credential, place, client).await
}

async fn join(app: &App, found: &Found, user: &str, address: String) -> Result<(), Problem> {
    let (tenant, invitation, at) = (&found.tenant.id, found.id.clone(), app.now());
    let accept = Command::Accept { invitation, user: user.to_owned(), address, at };
    let cause = Cause::by(format!("user:{user}"));
    change_members(&app.store, tenant, accept, &cause).await?;
    app.members.forget();
    Ok(())
}
