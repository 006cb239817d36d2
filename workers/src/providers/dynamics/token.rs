//! Tokens of Microsoft Entra by client credentials (A1): asked for when one is needed, kept until
//! shortly before its end, shared by the runs of a connection.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::json;
use rollcall_egress::{Origin, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use crate::providers::calls::{Answered, Calls, Failed, Tries, misshapen, read_tree};
use crate::providers::{Outage, ProviderError, Refusal, Setting};

const WHAT: &str = "the sign-in at Microsoft Entra";
/// A token is not used in its last minutes, so that it does not end on the way.
const BEFORE_THE_END: TimeDelta = TimeDelta::minutes(5);
/// What a token that does not say how long it lives is taken to live.
const USUAL_LIFE: i64 = 3_599;

/// The token of one app for one environment. Clones share it; a restart forgets it.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Mutex<Option<Held>>>);

struct Held {
    /// What it was given for: a token says nothing of another secret.
    secret: SecretString,
    token: SecretString,
    until: DateTime<Utc>,
}

/// Who asks whom, and for what.
pub(super) struct App {
    pub(super) authority: Url,
    pub(super) tenant: String,
    pub(super) client: String,
    pub(super) secret: SecretString,
    /// The environment, followed by `/.default`.
    pub(super) scope: String,
}

impl Tokens {
    /// A token that is good for a while. Whoever asks meanwhile waits for the same one.
    pub(super) async fn token(
        &self,
        app: &App,
        calls: &Calls,
    ) -> Result<SecretString, ProviderError> {
        let mut held = self.0.lock().await;
        let secret = app.secret.expose_secret();
        if let Some(held) = &*held
            && held.secret.expose_secret() == secret
            && calls.clock.now() < held.until
        {
            return Ok(held.token.clone());
        }
        *held = None;
        let fresh = app.asked(calls).await?;
        Ok(held.insert(fresh).token.clone())
    }

    /// Forgets a token that was refused, unless another one has come since.
    pub(super) async fn refused(&self, token: &SecretString) {
        let mut held = self.0.lock().await;
        let same = |held: &Held| held.token.expose_secret() == token.expose_secret();
        if held.as_ref().is_some_and(same) {
            *held = None;
        }
    }

    /// Forgets whatever there is.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

impl App {
    async fn asked(&self, calls: &Calls) -> Result<Held, ProviderError> {
        let mut tries = Tries::new(calls.patience, true);
        let body = loop {
            match calls.whole(WHAT, self.request(), judge).await {
                Ok(body) => break body,
                Err(failed) => tries.pause(failed).await?,
            }
        };
        let answer = read_tree(WHAT, &body)
            .map_err(|_| ProviderError::Misconfigured(Setting::NotTheAuthority))?;
        let token = answer["access_token"].as_str().filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| misshapen(WHAT))?;
        let life = TimeDelta::seconds(seconds(&answer["expires_in"]).unwrap_or(USUAL_LIFE));
        let early = BEFORE_THE_END.min(life / 2);
        Ok(Held {
            secret: self.secret.clone(),
            token: SecretString::from(token),
            until: calls.clock.now() + life - early,
        })
    }

    fn request(&self) -> Request {
        let root = self.authority.as_str().trim_end_matches('/');
        let url = format!("{root}/{}/oauth2/v2.0/token", self.tenant);
        Request::post(url)
            .header("accept", "application/json")
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", &self.client),
                ("client_secret", self.secret.expose_secret()),
                ("scope", &self.scope),
            ])
            .pinned_to(Origin::of(&self.authority))
    }
}

/// Older answers write numbers as text.
fn seconds(value: &Value) -> Option<i64> {
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (1..=7 * 24 * 60 * 60).contains(&number).then_some(number)
}

/// What Entra means by a refusal. Its description names tenants and apps: only its code is read.
fn judge(answered: &Answered<'_>) -> Failed {
    let unavailable = |wait: Option<Duration>| Failed {
        error: ProviderError::Unavailable(Outage::Status(answered.status)),
        may_pass: true,
        wait,
    };
    match answered.status {
        429 => return answered.too_fast(),
        500.. => return unavailable(answered.wait),
        _ => {}
    }
    let body = json::tree(answered.body).unwrap_or_default();
    let reason = match code(&body) {
        None => return Failed::finally(ProviderError::Misconfigured(Setting::NotTheAuthority)),
        Some(50_196 | 90_033) => return unavailable(answered.wait),
        Some(7_000_215 | 7_000_218) => Refusal::ClientSecret,
        Some(7_000_222) => Refusal::ClientSecretExpired,
        Some(700_016) => Refusal::AppUnknown,
        Some(7_000_112) => Refusal::AppDisabled,
        Some(90_002 | 900_023) => Refusal::TenantUnknown,
        Some(500_011 | 70_011 | 1_002_012 | 700_022) => Refusal::EnvironmentUnknown,
        Some(65_001 | 650_057 | 501_051 | 7_000_229) => Refusal::ConsentMissing,
        Some(other) => Refusal::Entra(other),
    };
    Failed::finally(ProviderError::Unauthorized { reason })
}

/// The number behind `AADSTS`, from the list of codes or from the description.
fn code(body: &Value) -> Option<u32> {
    let listed = body["error_codes"].get(0).and_then(Value::as_u64);
    if let Some(listed) = listed.and_then(|code| code.try_into().ok()) {
        return Some(listed);
    }
    let (_, said) = body["error_description"].as_str()?.split_once("AADSTS")?;
    let digits = said.bytes().take_while(u8::is_ascii_digit).count();
    said[..digits].parse().ok()
}
