//! Data keys in pages. What is stored of a key is a salt: the key follows from it and from the
//! tenant's key. Overwriting the salt destroys one key of a page and no other.

use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::cipher::{DataKey, KeyId};

pub(crate) const SLOTS: usize = 16;
const SALT: usize = 32;
/// The bits of an id's last byte that are its slot.
const SLOT: u8 = 15;

/// Salts of `SLOTS` keys as stored; zeros where a key was destroyed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyPage {
    pub(crate) id: KeyId,
    pub(crate) salts: [u8; SLOTS * SALT],
}

impl KeyPage {
    pub(crate) fn fresh() -> Self {
        let mut salts = [0; SLOTS * SALT];
        rand::rng().fill(&mut salts);
        KeyPage { id: page_of(ulid::Ulid::generate().to_bytes()), salts }
    }

    /// Its keys that are left.
    pub(crate) fn keys(&self, deriver: &KeyDeriver) -> Vec<DataKey> {
        let salts = self.salts.chunks_exact(SALT).zip(0..).filter(|(salt, _)| *salt != [0; SALT]);
        salts.map(|(salt, slot)| deriver.key(with_slot(self.id, slot), salt)).collect()
    }

    /// One of its keys; `None` when that was destroyed.
    pub(crate) fn key(&self, id: KeyId, deriver: &KeyDeriver) -> Option<DataKey> {
        let salt = &self.salts[place_of(id)];
        (salt != [0; SALT]).then(|| deriver.key(id, salt))
    }

    /// Destroys a key; whether any is left.
    pub(crate) fn destroy(&mut self, id: KeyId) -> bool {
        self.salts[place_of(id)].fill(0);
        self.salts.iter().any(|byte| *byte != 0)
    }
}

impl std::fmt::Debug for KeyPage {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("KeyPage").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The page a key lies in.
pub(crate) fn page_of(id: KeyId) -> KeyId {
    with_slot(id, 0)
}

pub(crate) fn with_slot(mut id: KeyId, slot: u8) -> KeyId {
    id[15] = (id[15] & !SLOT) | slot;
    id
}

fn place_of(id: KeyId) -> std::ops::Range<usize> {
    let slot = usize::from(id[15] & SLOT);
    slot * SALT..(slot + 1) * SALT
}

/// Derives the data keys of one tenant: HMAC-SHA256 over id and salt.
#[derive(Clone)]
pub(crate) struct KeyDeriver(Hmac<Sha256>);

impl KeyDeriver {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        KeyDeriver(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    fn key(&self, id: KeyId, salt: &[u8]) -> DataKey {
        let mut mac = self.0.clone();
        mac.update(&id);
        mac.update(salt);
        DataKey { id, secret: Zeroizing::new(mac.finalize().into_bytes().into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gives_the_same_keys_every_time_but_those_that_were_destroyed() {
        let deriver = KeyDeriver::new(&[7; 32]);
        let mut page = KeyPage::fresh();
        let keys = page.keys(&deriver);
        let secrets = |page: &KeyPage, deriver: &KeyDeriver| -> Vec<_> {
            keys.iter().map(|key| page.key(key.id, deriver).map(|key| *key.secret)).collect()
        };
        let all: Vec<_> = keys.iter().map(|key| Some(*key.secret)).collect();
        assert_eq!(keys.len(), SLOTS);
        assert_eq!(secrets(&page, &deriver), all);
        assert!(keys.iter().all(|key| page_of(key.id) == page.id));
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), SLOTS);
        assert_ne!(secrets(&page, &KeyDeriver::new(&[8; 32])), all);

        assert!(page.destroy(keys[3].id));
        let mut left = all;
        left[3] = None;
        assert_eq!(secrets(&page, &deriver), left);
        assert_eq!(page.keys(&deriver).len(), SLOTS - 1);

        let any_left: Vec<bool> = keys.iter().map(|key| page.destroy(key.id)).collect();
        assert_eq!(any_left.iter().filter(|left| !**left).count(), 1);
        assert!(page.keys(&deriver).is_empty());
    }
}
