//! Ids: opaque text. A synced person's ids are derived with the tenant's own key, so that every
//! plan, resume and copy arrives at the same one, and nobody without the key can guess them back.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ulid::Ulid;

use crate::vocabulary::Source;

/// Derives ids for one tenant. Its key is made once and never rotated.
#[derive(Clone)]
pub struct Deriver {
    mac: Hmac<Sha256>,
}

impl Deriver {
    pub fn new(key: &[u8; 32]) -> Self {
        Deriver { mac: Hmac::new_from_slice(key).expect("HMAC takes a key of any length") }
    }

    /// The id of an employee in one scenario: its actor, the name of its stream and the claim of its
    /// source id.
    pub fn actor(&self, scenario: &str, source: &Source, source_id: &str) -> String {
        id_text(self.actor_key(scenario, source, source_id))
    }

    /// The same as bytes.
    pub fn actor_key(&self, scenario: &str, source: &Source, source_id: &str) -> [u8; 16] {
        self.derive(&["actor", scenario, source.provider.as_str(), &source.account, source_id])
    }

    /// The person behind the actors of all scenarios: whose key seals the personal fields.
    pub fn subject(&self, source: &Source, source_id: &str) -> String {
        id_text(self.derive(&["subject", source.provider.as_str(), &source.account, source_id]))
    }

    /// The id of a department, division or location in one scenario.
    pub fn unit(&self, scenario: &str, kind: &str, source: &Source, source_key: &str) -> String {
        let Source { provider, account } = source;
        id_text(self.derive(&["unit", scenario, kind, provider.as_str(), account, source_key]))
    }

    /// The id, in a scenario that is a copy, of somebody or something that no source knows.
    pub fn copy(&self, scenario: &str, original: &str) -> String {
        id_text(self.derive(&["copy", scenario, original]))
    }

    /// The keyed hash of an e-mail address, as such addresses are compared.
    pub fn address(&self, email: &str) -> String {
        id_text(self.derive(&["email", email]))
    }

    /// What proves that somebody with this address signed in on a device before.
    pub fn device(&self, address: &str, nonce: &str) -> String {
        id_text(self.derive(&["device", address, nonce]))
    }

    /// 128 bits. Parts are length-prefixed, so that no two lists run together.
    fn derive(&self, parts: &[&str]) -> [u8; 16] {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let tag = mac.finalize().into_bytes();
        let mut first = [0_u8; 16];
        first.copy_from_slice(&tag[..16]);
        first
    }
}

/// What `id_text` printed; `None` for a text that is no id.
pub fn id_bytes(id: &str) -> Option<[u8; 16]> {
    Ulid::from_string(id).ok().map(|id| id.to_bytes())
}

/// An id as a message may repeat it: what is none may be anything, such as a name in its place.
pub fn shown(id: &str) -> &str {
    if id_bytes(id).is_some() { id } else { "…" }
}

/// Derived ids are printed like ULIDs.
pub fn id_text(id: [u8; 16]) -> String {
    Ulid::from_bytes(id).to_string()
}

impl std::fmt::Debug for Deriver {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Deriver(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Provider;

    fn acme() -> Source {
        Source::new(Provider::BambooHr, "acme")
    }

    #[test]
    fn the_same_person_has_one_id_in_a_scenario_and_another_elsewhere() {
        let deriver = Deriver::new(&[7; 32]);
        let id = deriver.actor("live", &acme(), "67");
        assert_eq!(id, deriver.actor("live", &acme(), "67"));
        assert_eq!(id.len(), 26);
        assert_ne!(id, deriver.actor("draft", &acme(), "67"));
        assert_ne!(id, Deriver::new(&[8; 32]).actor("live", &acme(), "67"));
    }

    #[test]
    fn an_id_of_another_account_is_somebody_else() {
        let deriver = Deriver::new(&[7; 32]);
        let other = Source::new(Provider::BambooHr, "other");
        assert_ne!(deriver.actor("live", &acme(), "11"), deriver.actor("live", &other, "11"));
        assert_ne!(deriver.subject(&acme(), "11"), deriver.subject(&other, "11"));
        assert_ne!(
            deriver.unit("live", "department", &acme(), "101"),
            deriver.unit("live", "department", &other, "101")
        );
        let written_otherwise = Source::new(Provider::BambooHr, " ACME ");
        assert_eq!(deriver.subject(&acme(), "11"), deriver.subject(&written_otherwise, "11"));
    }

    #[test]
    fn parts_do_not_run_together() {
        let deriver = Deriver::new(&[7; 32]);
        assert_ne!(deriver.actor("a", &acme(), "bc"), deriver.actor("ab", &acme(), "c"));
    }
}
