//! XChaCha20-Poly1305 with random 192-bit nonces, and the layout of sealed bytes:
//! one byte of format, 16 bytes of key id, 24 bytes of nonce, ciphertext with its tag.
//! What is large is packed first (LZ4 block behind its length): answers of providers repeat themselves.

use std::borrow::Cow;
use std::path::Path;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use rand::RngExt;
use zeroize::Zeroizing;

use crate::types::StoreError;

pub(crate) type KeyId = [u8; 16];

const PLAIN: u8 = 1;
const PACKED: u8 = 2;
const NONCE: usize = 24;
const HEADER: usize = 1 + 16 + NONCE;
const TAG: usize = 16;
/// How much longer sealed bytes are than clear ones.
pub(crate) const SEALED_OVERHEAD: usize = HEADER + TAG;

/// A key that seals data: a subject's, a blob's, a tenant's.
#[derive(Clone)]
pub(crate) struct DataKey {
    pub(crate) id: KeyId,
    pub(crate) secret: Zeroizing<[u8; 32]>,
}

impl DataKey {
    pub(crate) fn fresh() -> Self {
        let mut secret = Zeroizing::new([0_u8; 32]);
        let mut rng = rand::rng();
        rng.fill(secret.as_mut_slice());
        DataKey { id: ulid::Ulid::generate().to_bytes(), secret }
    }
}

/// The installation's key. Whoever has it and the database can read everything; keep it apart.
#[derive(Clone)]
pub struct OperatorKey(Zeroizing<[u8; 32]>);

impl OperatorKey {
    /// Makes a new one.
    pub fn generate() -> Self {
        OperatorKey(DataKey::fresh().secret)
    }
    /// Reads 64 hex digits.
    pub fn from_hex(text: &str) -> Result<Self, StoreError> {
        let bytes = Zeroizing::new(hex::decode(text.trim()).map_err(|_| bad_operator_key())?);
        let mut key = Zeroizing::new([0_u8; 32]);
        if bytes.len() != 32 {
            return Err(bad_operator_key());
        }
        key.copy_from_slice(&bytes);
        Ok(OperatorKey(key))
    }
    /// Reads the file, or makes it (mode 0600) where `create` says so.
    pub fn from_file(path: &Path, create: bool) -> Result<Self, StoreError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_hex(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && create => {
                let key = Self::generate();
                write_private(path, &hex::encode(*key.0)).map_err(|error| {
                    StoreError::Setup(format!("can't write {}: {error}", path.display()))
                })?;
                Ok(key)
            }
            Err(error) => Err(StoreError::Setup(format!(
                "can't read the operator key {}: {error}; set ROLLCALL_OPERATOR_KEY_FILE",
                path.display()
            ))),
        }
    }
    pub(crate) fn as_data_key(&self) -> DataKey {
        DataKey { id: [0; 16], secret: self.0.clone() }
    }
}

fn bad_operator_key() -> StoreError {
    StoreError::Setup("the operator key must be 64 hex digits".to_owned())
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Seals bytes so that they open only with this key and in this place.
pub(crate) fn seal(key: &DataKey, place: &[u8], clear: &[u8]) -> Vec<u8> {
    seal_as(PLAIN, key, place, clear)
}

/// The same for large bytes, which take less room then.
pub(crate) fn seal_packed(key: &DataKey, place: &[u8], clear: &[u8]) -> Vec<u8> {
    seal_as(PACKED, key, place, &compress_prepend_size(clear))
}

fn seal_as(format: u8, key: &DataKey, place: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut nonce = [0_u8; NONCE];
    rand::rng().fill(&mut nonce);
    let mut out = Vec::with_capacity(bytes.len() + SEALED_OVERHEAD);
    out.push(format);
    out.extend_from_slice(&key.id);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(bytes);
    let tag = XChaCha20Poly1305::new(&Key::from(*key.secret))
        .encrypt_inout_detached(
            &XNonce::from(nonce),
            &bound_to(format, place),
            (&mut out[HEADER..]).into(),
        )
        .expect("sealing fails only beyond 256 GiB");
    out.extend_from_slice(&tag);
    out
}

/// What the tag covers beside the bytes.
fn bound_to(format: u8, place: &[u8]) -> Cow<'_, [u8]> {
    match format {
        PLAIN => Cow::Borrowed(place),
        format => [place, &[0, format]].concat().into(),
    }
}

/// Which key opens these bytes.
pub(crate) fn key_id_of(sealed: &[u8]) -> Option<KeyId> {
    if sealed.len() < SEALED_OVERHEAD || ![PLAIN, PACKED].contains(&sealed[0]) {
        return None;
    }
    sealed[1..17].try_into().ok()
}

/// Opens sealed bytes; `Damaged` when key, place or bytes are not the ones they were sealed with.
pub(crate) fn open(key: &DataKey, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = StoreError::Damaged("sealed data does not open: wrong operator key, or damage");
    if key_id_of(sealed) != Some(key.id) {
        return Err(damaged);
    }
    let (format, end) = (sealed[0], sealed.len() - TAG);
    let (mut nonce, mut tag) = ([0_u8; NONCE], [0_u8; TAG]);
    nonce.copy_from_slice(&sealed[17..HEADER]);
    tag.copy_from_slice(&sealed[end..]);
    let mut bytes = sealed[HEADER..end].to_vec();
    let opened = XChaCha20Poly1305::new(&Key::from(*key.secret)).decrypt_inout_detached(
        &XNonce::from(nonce),
        &bound_to(format, place),
        bytes.as_mut_slice().into(),
        &Tag::from(tag),
    );
    match (opened, format) {
        (Err(_), _) => Err(damaged),
        (Ok(()), PACKED) => decompress_size_prepended(&bytes).map_err(|_| damaged),
        (Ok(()), _) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Seal = fn(&DataKey, &[u8], &[u8]) -> Vec<u8>;

    #[test]
    fn what_is_sealed_opens_with_its_key_in_its_place_only() {
        let key = DataKey::fresh();
        for (seal, format) in [(seal as Seal, PLAIN), (seal_packed, PACKED)] {
            let sealed = seal(&key, b"here", b"Ada");

            assert_eq!(open(&key, b"here", &sealed).unwrap(), b"Ada");
            assert!(open(&key, b"there", &sealed).is_err());
            assert!(open(&DataKey::fresh(), b"here", &sealed).is_err());
            for (at, bit) in [(sealed.len() - 1, 1), (HEADER, 1), (0, PLAIN ^ PACKED)] {
                let mut bent = sealed.clone();
                bent[at] ^= bit;
                assert!(open(&key, b"here", &bent).is_err(), "format {format}, byte {at}");
            }
        }
    }

    #[test]
    fn what_repeats_itself_takes_less_room_packed() {
        let key = DataKey::fresh();
        let clear = br#"{"firstName":"Ada"},"#.repeat(1_000);
        let sealed = seal_packed(&key, b"here", &clear);

        assert!(sealed.len() < clear.len() / 10, "{} bytes", sealed.len());
        assert_eq!(open(&key, b"here", &sealed).unwrap(), clear);
    }
}
