//! The tokens that were given out: signed by nobody, known by heart.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// The tokens that were given out.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    issued: HashMap<String, Issued>,
}

#[derive(Debug)]
struct Issued {
    expires: DateTime<Utc>,
    uses: u32,
}

/// Whom and what a token is for.
pub(super) struct Claims<'a> {
    pub(super) audience: &'a str,
    pub(super) issuer: String,
    pub(super) app: &'a str,
    pub(super) tenant: &'a str,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unauthenticated {
    Missing,
    Unknown,
    Expired,
}

impl Tokens {
    pub(super) fn issue(&mut self, claims: &Claims<'_>, now: DateTime<Utc>, life: i64) -> String {
        let expires = now + TimeDelta::seconds(life);
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": "simulated"});
        let payload = json!({
            "aud": claims.audience, "iss": claims.issuer, "appid": claims.app,
            "tid": claims.tenant, "idtyp": "app", "ver": "1.0", "iat": now.timestamp(),
            "nbf": now.timestamp(), "exp": expires.timestamp(),
            "uti": hex::encode(rand::random::<[u8; 12]>()),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signature = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let token = format!("{}.{}.{signature}", part(&header), part(&payload));
        self.issued.insert(token.clone(), Issued { expires, uses: 0 });
        token
    }

    /// Lets one request pass, if the token is good for it.
    pub(super) fn pass(
        &mut self,
        token: Option<&str>,
        now: DateTime<Utc>,
        uses: Option<u32>,
    ) -> Result<(), Unauthenticated> {
        let token = token.ok_or(Unauthenticated::Missing)?;
        let issued = self.issued.get_mut(token).ok_or(Unauthenticated::Unknown)?;
        if now >= issued.expires || uses.is_some_and(|uses| issued.uses >= uses) {
            return Err(Unauthenticated::Expired);
        }
        issued.uses += 1;
        Ok(())
    }

    /// From now on no token is good.
    pub(super) fn revoke(&mut self) {
        for issued in self.issued.values_mut() {
            issued.expires = DateTime::UNIX_EPOCH;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.issued.len()
    }
}
