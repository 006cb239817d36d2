//! Sessions of people who signed in: a random id in a cookie, stored as a hash. One counts as long as
//! its times are not over, its user is not disabled, and the password it was begun with is theirs.

use std::sync::Arc;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rollcall_commands::{LoadError, Recent};
use rollcall_domain::access::Role;
use rollcall_domain::tenant::SYSTEM;
use rollcall_domain::user::KnownUser;
use rollcall_projections::memberships;
use rollcall_store::{SessionRow, StoreError};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::caller::{Caller, tenant};
use crate::client::Client;
use crate::edge::{Code, Problem};

/// A session that nobody used for so long is over.
pub(crate) const IDLE: TimeDelta = TimeDelta::hours(12);
/// So is any after this.
pub(crate) const LONGEST: TimeDelta = TimeDelta::days(14);
/// A device is known for so long.
const DEVICE: TimeDelta = TimeDelta::days(400);
/// Being used is written down at most this often.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Who signed in.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// In the tenant they are in.
    pub(crate) role: Option<Role>,
}

/// Who has the session of a cookie, in the tenant asked for, or the one the session stands in.
pub(crate) async fn caller(
    app: &App,
    headers: &HeaderMap,
    asked: Option<&str>,
) -> Result<Caller, Problem> {
    let row = session(app, headers).await?.ok_or(Code::Unauthenticated)?;
    let user = user(app, &row.user).await?.ok_or(Code::Unauthenticated)?;
    if user.disabled || user.credential.as_ref() != Some(&row.credential) {
        return Err(Code::Unauthenticated.into());
    }
    let mut session = Session {
        id: row.id.clone(),
        user: row.user.clone(),
        name: user.name.unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        role: None,
    };
    if row.tenant.is_none() && operates(app, &row.user).await? {
        return Ok(Caller::of_operator(session));
    }
    let place = match (asked, &row.tenant) {
        (Some(asked), _) => Some(tenant(app, asked).await?),
        (None, Some(last)) => Some(tenant(app, last).await?),
        (None, None) => None,
    };
    if let Some(place) = &place {
        session.role = role(app, &place.id, &row.user).await?;
    }
    match (session.role, asked) {
        (Some(_), _) => Ok(Caller::of_session(session, place)),
        (None, None) => Ok(Caller::of_session(session, None)),
        // Somebody else's tenant is answered like one that is not there.
        (None, Some(_)) => Err(Code::NotFound.into()),
    }
}

/// A user as they are now, give or take a second.
pub(crate) async fn user(app: &App, id: &str) -> Result<Option<KnownUser>, LoadError> {
    Ok(app.users.of(&app.store, SYSTEM, id).await?.known.clone())
}

/// What a user is in a tenant, likewise.
pub(crate) async fn role(app: &App, tenant: &str, user: &str) -> Result<Option<Role>, LoadError> {
    Ok(app.members.of(&app.store, tenant, tenant).await?.roles.get(user).copied())
}

/// Whether a user runs the installation: those are the members of the tenant of all users.
pub(crate) async fn operates(app: &App, user: &str) -> Result<bool, LoadError> {
    Ok(role(app, SYSTEM, user).await?.is_some())
}

/// The tenants a user belongs to, with what they are there; at most 1,000.
pub(crate) async fn tenants_of(app: &App, user: &str) -> Result<Vec<(String, Role)>, Problem> {
    let mut found = vec![];
    for tenant in memberships::tenants_of(app.projections.db(), user).await? {
        if tenant == SYSTEM {
            continue;
        }
        if let Some(role) = role(app, &tenant, user).await? {
            found.push((tenant, role));
        }
    }
    Ok(found)
}

/// The session of a cookie, if its times are not over. That it was used is noted.
pub(crate) async fn session(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<Arc<SessionRow>>, Problem> {
    let Some(secret) = cookie(headers, cookie_name(app)) else { return Ok(None) };
    let (now, hash) = (app.now(), hash(secret));
    let row = find(app, hash).await?;
    let lives = |row: &Arc<SessionRow>| now < row.ends_at && now < row.seen_at + IDLE;
    let Some(row) = row.filter(lives) else { return Ok(None) };
    if row.seen_at + SEEN_EVERY <= now {
        // First here, so that of many requests one writes.
        app.sessions.put(hash, Some(Arc::new(SessionRow { seen_at: now, ..(*row).clone() })));
        if let Err(error) = app.store.see_session(&row.id, now).await {
            error.warn("that a session was used was not noted");
        }
    }
    Ok(Some(row))
}

/// Begins a session; its row and what the cookie holds.
pub(crate) async fn begin(
    app: &App,
    user: &str,
    credential: &str,
    tenant: Option<String>,
    client: &Client,
) -> Result<(SessionRow, SecretString), Problem> {
    let mut secret = [0_u8; 32];
    rand::rng().fill(&mut secret);
    let (secret, now) = (hex::encode(secret), app.now());
    let row = SessionRow {
        id: ulid::Ulid::generate().to_string(),
        hash: hash(&secret).to_vec(),
        user: user.to_owned(),
        tenant,
        credential: credential.to_owned(),
        created_at: now,
        seen_at: now,
        ends_at: now + LONGEST,
        address: client.part_of_address(),
        agent: client.agent.clone(),
    };
    app.store.add_session(&row).await?;
    Ok((row, SecretString::from(secret)))
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// `__Host-` binds a cookie to this host, but only where it came over TLS.
fn cookie_name(app: &App) -> &'static str {
    if app.settings.secure_cookies { "__Host-rollcall" } else { "rollcall" }
}

fn device_name(app: &App) -> &'static str {
    if app.settings.secure_cookies { "__Host-rollcall-device" } else { "rollcall-device" }
}

/// What a device that signed in before brings along.
pub(crate) fn device<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie(headers, device_name(app))
}

/// Sets the cookie of a session.
pub(crate) fn keep(app: &App, headers: &mut HeaderMap, secret: &SecretString) {
    set(app, headers, cookie_name(app), secret.expose_secret(), LONGEST);
}

/// Sets the cookie by which a device is known.
pub(crate) fn keep_device(app: &App, headers: &mut HeaderMap, device: &str) {
    set(app, headers, device_name(app), device, DEVICE);
}

/// Removes the cookie of a session.
pub(crate) fn forget(app: &App, headers: &mut HeaderMap) {
    set(app, headers, cookie_name(app), "", TimeDelta::zero());
}

fn set(app: &App, headers: &mut HeaderMap, name: &str, value: &str, age: TimeDelta) {
    let secure = if app.settings.secure_cookies { "; Secure" } else { "" };
    let age = age.num_seconds();
    let text = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        all.flat_map(|value| value.split(';')).filter_map(|one| one.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
}

/// Sessions seen a moment ago, by the hash of their id.
pub(crate) type KnownSessions = Recent<[u8; 32], Option<Arc<SessionRow>>>;

/// The session of a hash, as it was a moment ago.
async fn find(app: &App, hash: [u8; 32]) -> Result<Option<Arc<SessionRow>>, StoreError> {
    let look = async { Ok(app.store.session(&hash).await?.map(Arc::new)) };
    app.sessions.of(hash, look).await
}

/// When a session is over if nobody uses it any more.
pub(crate) fn over_at(row: &SessionRow) -> DateTime<Utc> {
    row.ends_at.min(row.seen_at + IDLE)
}
