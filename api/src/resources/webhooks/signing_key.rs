//! `/webhooks/signing_key`: the key that signs all requests of the tenant. It is shown to whoever
//! proves anew who they are; a token proves it by itself.

use axum::Json;
use axum::extract::State;
use rollcall_commands::{Loaded, load, regenerate_signing_key, signing_key};
use rollcall_domain::signing_key::SigningKey;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::caller::{Admin, Reader};
use crate::edge::{Code, Problem};
use crate::extractors::{OptionalBody, secret};
use crate::params::Params;
use crate::sign_in;

#[derive(Serialize, ToSchema)]
#[schema(as = AboutSigningKey)]
pub(crate) struct About {
    /// Whether one was made; it is at the first need.
    pub(crate) made: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordProof)]
pub(crate) struct Proof {
    /// Of whoever is signed in.
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password)]
    pub(crate) password: SecretString,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub(crate) struct Shown {
    /// `X-Bindbee-Webhook-Signature` is the base64url of the HMAC-SHA256 of a body under this text.
    pub(crate) key: String,
}

pub(crate) async fn about(
    State(app): State<App>,
    reader: Reader,
    params: Params,
) -> Result<Json<About>, Problem> {
    params.done()?;
    let known: Loaded<SigningKey> = load(&app.store, reader.id(), reader.id()).await?;
    Ok(Json(About { made: known.state.vault.is_some() }))
}

pub(crate) async fn show(
    State(app): State<App>,
    admin: Admin,
    OptionalBody(proof): OptionalBody<Proof>,
) -> Result<Json<Shown>, Problem> {
    Ok(Json(shown(&app, &admin, proof.map(|proof| proof.password)).await?))
}

pub(crate) async fn rotate(
    State(app): State<App>,
    admin: Admin,
    OptionalBody(proof): OptionalBody<Proof>,
) -> Result<Json<Shown>, Problem> {
    Ok(Json(rotated(&app, &admin, proof.map(|proof| proof.password)).await?))
}

pub(crate) async fn shown(
    app: &App,
    admin: &Admin,
    password: Option<SecretString>,
) -> Result<Shown, Problem> {
    proven(app, admin, password).await?;
    let key = signing_key(&app.store, admin.id(), &admin.caller.cause()).await?;
    Ok(Shown { key: key.expose_secret().to_owned() })
}

pub(crate) async fn rotated(
    app: &App,
    admin: &Admin,
    password: Option<SecretString>,
) -> Result<Shown, Problem> {
    proven(app, admin, password).await?;
    let key = regenerate_signing_key(&app.store, admin.id(), &admin.caller.cause()).await?;
    Ok(Shown { key: key.expose_secret().to_owned() })
}

/// An open session may be one that somebody else found open.
async fn proven(app: &App, admin: &Admin, password: Option<SecretString>) -> Result<(), Problem> {
    let Some(session) = &admin.caller.session else { return Ok(()) };
    let missing =
        || Problem::new(Code::InvalidRequest).violation("/password", "Type your password.");
    let password = password.ok_or_else(missing)?;
    sign_in::confirm(app, &session.user, &password).await.map_err(|problem| {
        match problem.errors.is_empty() {
            true => problem,
            false => Problem::new(Code::InvalidRequest).violation("/password", "It is wrong."),
        }
    })
}
