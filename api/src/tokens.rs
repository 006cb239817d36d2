//! API tokens: made, shown once, kept as a hash, recognised.
//!
//! `rc_tenant_<id>.<secret><check>` or `rc_operator_…`: the secret has 256 bits, the last six digits
//! are a checksum over everything before them, so that scanners find tokens and typing errors never
//! reach the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
pub use rollcall_domain::access::Scope;
use rollcall_store::{Store, StoreError, TokenRow};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const CHECK: usize = 6;
/// How long an answer about a token is good: so long a revocation on another node takes.
const FRESH: Duration = Duration::from_secs(1);
const MOST: usize = 10_000;
/// Being used is written down at most this often.
const USED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a new token is for.
pub struct NewToken {
    /// `None` for an operator's.
    pub tenant: Option<String>,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Who makes it, as in the log.
    pub created_by: Option<String>,
}

/// Makes a token. The text is in the answer and nowhere else.
pub async fn create(
    store: &Store,
    new: NewToken,
    at: DateTime<Utc>,
) -> Result<(TokenRow, SecretString), StoreError> {
    let id = ulid::Ulid::generate().to_string();
    let mut secret = [0_u8; 32];
    rand::rng().fill(&mut secret);
    let mut row = TokenRow {
        id,
        tenant: new.tenant,
        name: new.name,
        hash: vec![],
        scopes: new.scopes.into_iter().map(|scope| scope.as_str().to_owned()).collect(),
        created_at: at,
        expires_at: new.expires_at,
        revoked_at: None,
        used_at: None,
        created_by: new.created_by,
    };
    let mut text = format!("{}.{}", prefix(&row), hex::encode(secret));
    text += &check(&text);
    row.hash = hash(&text).to_vec();
    store.add_token(&row).await?;
    Ok((row, SecretString::from(text)))
}

/// What a token's text begins with: enough to find it by, and no secret.
pub(crate) fn prefix(row: &TokenRow) -> String {
    let kind = if row.tenant.is_some() { "tenant" } else { "operator" };
    format!("rc_{kind}_{}", row.id)
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn check(text: &str) -> String {
    hex::encode(&hash(text)[..CHECK / 2])
}

fn is_well_formed(text: &str) -> bool {
    let Some((head, tail)) =
        text.len().checked_sub(CHECK).and_then(|middle| text.split_at_checked(middle))
    else {
        return false;
    };
    text.starts_with("rc_") && text.len() < 256 && check(head) == tail
}

/// By hash, when it was looked up and what was found.
type Seen = HashMap<[u8; 32], (Instant, Option<Arc<TokenRow>>)>;

/// Tokens seen a moment ago.
#[derive(Default)]
pub(crate) struct KnownTokens {
    known: Mutex<Seen>,
}

impl KnownTokens {
    /// The token, if it is valid now.
    pub(crate) async fn recognise(
        &self,
        store: &Store,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Arc<TokenRow>>, StoreError> {
        if !is_well_formed(text) {
            return Ok(None);
        }
        let hash = hash(text);
        let row = match self.seen(&hash) {
            Some(row) => row,
            None => self.look(store, hash).await?,
        };
        let valid = |row: &Arc<TokenRow>| {
            bool::from(row.hash.as_slice().ct_eq(&hash))
                && row.revoked_at.is_none()
                && row.expires_at.is_none_or(|end| now < end)
        };
        let Some(row) = row.filter(valid) else { return Ok(None) };
        if row.used_at.is_none_or(|used| used + USED_EVERY <= now) {
            // First here, so that of many requests one writes.
            let used = TokenRow { used_at: Some(now), ..(*row).clone() };
            self.remember(hash, Some(Arc::new(used)));
            if let Err(error) = store.use_token(&row.id, now).await {
                error.warn("that a token was used was not noted");
            }
        }
        Ok(Some(row))
    }

    /// Forgets what is known, so that a revocation made here counts at once.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn seen(&self, hash: &[u8; 32]) -> Option<Option<Arc<TokenRow>>> {
        let known = self.lock();
        let (at, row) = known.get(hash)?;
        (at.elapsed() < FRESH).then(|| row.clone())
    }

    async fn look(
        &self,
        store: &Store,
        hash: [u8; 32],
    ) -> Result<Option<Arc<TokenRow>>, StoreError> {
        let row = store.token(&hash).await?.map(Arc::new);
        self.remember(hash, row.clone());
        Ok(row)
    }

    fn remember(&self, hash: [u8; 32], row: Option<Arc<TokenRow>>) {
        let mut known = self.lock();
        if known.len() > MOST {
            known.clear();
        }
        known.insert(hash, (Instant::now(), row));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
