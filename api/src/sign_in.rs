//! Signing in: an e-mail address and a password for a session. Whoever is unknown, disabled or wrong
//! gets the same answer in the same time.

use axum::http::HeaderMap;
use rand::RngExt;
use rollcall_commands::{address_of, keep_password, password_of, user_at};
use rollcall_domain::ids::Deriver;
use rollcall_domain::tenant::SYSTEM;
use rollcall_domain::user::{self, KnownUser};
use rollcall_store::SessionRow;
use secrecy::SecretString;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::client::Client;
use crate::edge::{Code, Problem};
use crate::passwords::Verdict;
use crate::sessions;
use crate::throttle::Key;

/// Somebody who signed in a moment ago.
pub(crate) struct SignedIn {
    pub(crate) session: SessionRow,
    secret: SecretString,
    device: String,
}

impl SignedIn {
    /// What makes it last: the session's cookie, and the one by which the device is known.
    pub(crate) fn keep(&self, app: &App, headers: &mut HeaderMap) {
        sessions::keep(app, headers, &self.secret);
        sessions::keep_device(app, headers, &self.device);
    }
}

pub(crate) async fn sign_in(
    app: &App,
    email: &str,
    password: &SecretString,
    client: &Client,
) -> Result<SignedIn, Problem> {
    // What is no address belongs to nobody, and is treated as such.
    let email = user::email(email).unwrap_or_else(|_| email.chars().take(254).collect());
    let address = address_of(&app.store, &email).await?;
    let keys = match known_device(app, &address, client).await? {
        Some(device) => vec![Key::Device(device)],
        None => vec![Key::Address(address.clone()), Key::Client(client.throttled_as())],
    };
    begin(app, &keys)?;
    let looked = async {
        let id = user_at(&app.store, &address).await?;
        let known = match &id {
            Some(id) => sessions::user(app, id).await?,
            None => None,
        };
        let verdict = verify(app, known.as_ref(), password).await?;
        Ok::<_, Problem>((id, known, verdict))
    };
    // What could not be looked at was no failure.
    let looked = looked.await.inspect_err(|_| app.throttle.take_back(&keys));
    let (id, known, verdict) = looked?;
    let (Some(id), Some(known)) = (id, known.filter(|user| verdict.fits && !user.disabled)) else {
        return Err(wrong());
    };
    let Some(credential) = known.credential else { return Err(wrong()) };
    app.throttle.succeeded(&keys);
    if verdict.outdated {
        let hash = app.passwords.hash(password).await?;
        keep_password(&app.store, &credential, &hash).await?;
    }
    let tenant = last_tenant(app, &id).await?;
    open(app, &id, &address, &credential, tenant, client).await
}

/// Begins a session of somebody who is known to be who they are.
pub(crate) async fn open(
    app: &App,
    user: &str,
    address: &str,
    credential: &str,
    tenant: Option<String>,
    client: &Client,
) -> Result<SignedIn, Problem> {
    let (session, secret) = sessions::begin(app, user, credential, tenant, client).await?;
    let device = device(app, address).await?;
    Ok(SignedIn { session, secret, device })
}

/// Whether somebody who is signed in gives their own password.
pub(crate) async fn confirm(app: &App, user: &str, password: &SecretString) -> Result<(), Problem> {
    let keys = [Key::User(user.to_owned())];
    begin(app, &keys)?;
    let looked = async {
        let known = sessions::user(app, user).await?;
        verify(app, known.as_ref(), password).await
    };
    let verdict = looked.await.inspect_err(|_| app.throttle.take_back(&keys))?;
    match verdict.fits {
        true => {
            app.throttle.succeeded(&keys);
            Ok(())
        }
        false => Err(Problem::new(Code::InvalidRequest).violation("/current", "It is wrong.")),
    }
}

fn begin(app: &App, keys: &[Key]) -> Result<(), Problem> {
    app.throttle.begin(keys, app.now()).map_err(|wait| {
        let detail = "Too many wrong passwords; wait as long as Retry-After says, then try again.";
        Problem::new(Code::RateLimited).detail(detail).retry_after(wait)
    })
}

/// Also of nobody: that takes as long.
async fn verify(
    app: &App,
    user: Option<&KnownUser>,
    password: &SecretString,
) -> Result<Verdict, Problem> {
    let stored = match user {
        Some(user) => password_of(&app.store, user).await?,
        None => None,
    };
    app.passwords.verify(stored.as_ref(), password).await
}

fn wrong() -> Problem {
    let detail = "The e-mail address or the password is wrong.";
    Problem::new(Code::Unauthenticated).detail(detail)
}

/// Where they were when they signed in the last time, else the first they belong to.
async fn last_tenant(app: &App, user: &str) -> Result<Option<String>, Problem> {
    let tenants = sessions::tenants_of(app, user).await?;
    let last =
        app.store.sessions(user).await?.into_iter().next().and_then(|session| session.tenant);
    let is_last = |(tenant, _): &&(String, _)| Some(tenant) == last.as_ref();
    let found = tenants.iter().find(is_last).or(tenants.first());
    Ok(found.map(|(tenant, _)| tenant.clone()))
}

/// What proves that somebody with an address signed in on this device.
async fn device(app: &App, address: &str) -> Result<String, Problem> {
    let mut nonce = [0_u8; 16];
    rand::rng().fill(&mut nonce);
    let nonce = hex::encode(nonce);
    let proof = deriver(app).await?.device(address, &nonce);
    Ok(format!("{nonce}.{proof}"))
}

/// The device, if somebody with this address signed in on it.
async fn known_device(
    app: &App,
    address: &str,
    client: &Client,
) -> Result<Option<String>, Problem> {
    let given = client.device.as_deref().and_then(|device| device.split_once('.'));
    let Some((nonce, proof)) = given.filter(|(nonce, _)| nonce.len() == 32) else {
        return Ok(None);
    };
    let expected = deriver(app).await?.device(address, nonce);
    let fits = bool::from(expected.as_bytes().ct_eq(proof.as_bytes()));
    Ok(fits.then(|| nonce.to_owned()))
}

async fn deriver(app: &App) -> Result<Deriver, Problem> {
    Ok(Deriver::new(&app.store.derivation_key(SYSTEM).await?))
}
