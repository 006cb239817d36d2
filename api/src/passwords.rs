//! Passwords: hashed with argon2id (OWASP's parameters), few at a time, and as long for somebody
//! unknown as for anybody.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use rand::RngExt;
use rollcall_domain::user::password;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::edge::{Code, Problem};
use crate::places::Places;
use crate::problems::{internal, sentence};

/// OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const COST: Cost = Cost { memory: 19 * 1024, passes: 2, lanes: 1 };
/// Each takes a processor and its memory while it runs.
const AT_ONCE: usize = 4;
/// What anybody stored has at most of each: it comes from our own vault.
const LENGTH: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    /// KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// Where passwords are hashed.
pub(crate) struct Passwords {
    places: Places,
}

/// What a password was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) fits: bool,
    /// It was hashed with other parameters than today's.
    pub(crate) outdated: bool,
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords { places: Places::of_processors(AT_ONCE) }
    }
}

impl Passwords {
    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<SecretString, Problem> {
        let mut salt = [0_u8; 16];
        rand::rng().fill(&mut salt);
        let kept = self.computed(password, Kept { cost: COST, salt: salt.into(), hash: vec![] });
        Ok(SecretString::from(kept.await?.text()))
    }

    /// Whether a password is the one that was stored. Where none was, nothing fits, and that takes as
    /// long.
    pub(crate) async fn verify(
        &self,
        stored: Option<&SecretString>,
        password: &SecretString,
    ) -> Result<Verdict, Problem> {
        let known = stored.and_then(|stored| Kept::read(stored.expose_secret()));
        let is_known = known.is_some();
        let known =
            known.unwrap_or_else(|| Kept { cost: COST, salt: vec![0; 16], hash: vec![0; LENGTH] });
        let (cost, hash) = (known.cost, known.hash.clone());
        let found = self.computed(password, known).await?;
        let fits = is_known & bool::from(found.hash.ct_eq(&hash));
        Ok(Verdict { fits, outdated: cost != COST })
    }

    /// The one way to the work itself: hashes under the cost and salt that are given.
    async fn computed(&self, password: &SecretString, kept: Kept) -> Result<Kept, Problem> {
        let place = self.places.take().await?;
        let password = SecretString::from(password::normalised(password.expose_secret()));
        let done = tokio::task::spawn_blocking(move || {
            // Given back when the work is done, also where nobody waits for it any more.
            let _place = place;
            kept.computed(password.expose_secret().as_bytes())
        });
        match done.await {
            Ok(Ok(kept)) => Ok(kept),
            Ok(Err(error)) => Err(internal(&error)),
            Err(error) => Err(internal(&error)),
        }
    }
}

/// Refuses what guessers try first.
pub(crate) fn check(password: &SecretString, path: &str, about: &[&str]) -> Result<(), Problem> {
    let password = password::normalised(password.expose_secret());
    password::check(&password, about)
        .map_err(|weak| Problem::new(Code::InvalidRequest).violation(path, sentence(&weak)))
}

/// A hash with what it was made with, as PHC strings say it.
struct Kept {
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Kept {
    fn computed(self, password: &[u8]) -> Result<Kept, argon2::Error> {
        let Cost { memory, passes, lanes } = self.cost;
        let params = Params::new(memory, passes, lanes, Some(LENGTH))?;
        let mut hash = vec![0; LENGTH];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password, &self.salt, &mut hash)?;
        Ok(Kept { hash, ..self })
    }

    fn text(&self) -> String {
        let Cost { memory, passes, lanes } = self.cost;
        let (salt, hash) = (BASE64.encode(&self.salt), BASE64.encode(&self.hash));
        format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
    }

    fn read(text: &str) -> Option<Kept> {
        let rest = text.strip_prefix("$argon2id$v=19$m=")?;
        let [cost, salt, hash] = rest.split('$').collect::<Vec<_>>().try_into().ok()?;
        let (memory, rest) = cost.split_once(",t=")?;
        let (passes, lanes) = rest.split_once(",p=")?;
        let number = |text: &str| text.parse().ok();
        let cost = Cost { memory: number(memory)?, passes: number(passes)?, lanes: number(lanes)? };
        Some(Kept { cost, salt: BASE64.decode(salt).ok()?, hash: BASE64.decode(hash).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&password("mist kelp anchor")).await.unwrap();
        let verdict = |given| {
            let (passwords, hash) = (&passwords, &hash);
            async move { passwords.verify(Some(hash), &password(given)).await.unwrap().fits }
        };
        assert!(hash.expose_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verdict("mist kelp anchor").await);
        assert!(!verdict("mist kelp anchoR").await);
        let again = passwords.hash(&password("mist kelp anchor")).await.unwrap();
        assert_ne!(again.expose_secret(), hash.expose_secret());
    }

    #[tokio::test]
    async fn how_letters_are_composed_makes_no_difference() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&password("drei Sto\u{308}rche")).await.unwrap();
        let given = password("drei St\u{f6}rche");
        assert!(passwords.verify(Some(&hash), &given).await.unwrap().fits);
    }

    #[tokio::test]
    async fn nobody_fits_where_there_is_no_password_and_that_is_hashed_all_the_same() {
        let passwords = Passwords::default();
        let verdict = passwords.verify(None, &password("mist kelp anchor")).await.unwrap();
        assert_eq!(verdict, Verdict { fits: false, outdated: false });

        // Without a place to hash in there is no answer, for nobody in particular either.
        let full = Passwords { places: Places::new(0, 0) };
        let refused = full.verify(None, &password("mist kelp anchor")).await.unwrap_err();
        assert_eq!(refused.code, Code::Overloaded);
        assert!(refused.retry_after.is_some());
    }

    #[tokio::test]
    async fn a_hash_with_other_parameters_still_fits_and_is_outdated() {
        let cheap = Cost { memory: 64, passes: 1, lanes: 1 };
        let kept = Kept { cost: cheap, salt: vec![7; 16], hash: vec![] };
        let hash = SecretString::from(kept.computed(b"mist kelp anchor").unwrap().text());
        let given = password("mist kelp anchor");
        let verdict = Passwords::default().verify(Some(&hash), &given).await.unwrap();
        assert_eq!(verdict, Verdict { fits: true, outdated: true });
    }
}
