//! XChaCha20-Poly1305 with random 192-bit nonces, and the layout of sealed bytes:
//! one byte of format, 16 bytes of key id, 24 bytes of nonce, ciphertext with its tag.
//! What is large is packed first (LZ4 block behind its length): answers of providers repeat themselves.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03 §2.3) is ChaCha20-Poly1305 (RFC 8439) under a key
//! that HChaCha20 makes from the key and the first 16 bytes of the nonce. ChaCha20-Poly1305 is `ring`'s:
//! five times as fast as the pure one on some hundred bytes (docs/benchmarks.md).

use std::borrow::Cow;
use std::path::Path;

use chacha20::{R20, hchacha};
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use rand::RngExt;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
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
    let (cipher, rest) = xchacha(&key.secret, &nonce);
    let tag = cipher
        .seal_in_place_separate_tag(rest, Aad::from(bound_to(format, place)), &mut out[HEADER..])
        .expect("sealing fails only beyond 256 GiB");
    out.extend_from_slice(tag.as_ref());
    out
}

/// The key for this nonce, and what is left of it.
fn xchacha(secret: &[u8; 32], nonce: &[u8; NONCE]) -> (LessSafeKey, Nonce) {
    let (first, last) = nonce.split_first_chunk::<16>().expect("it is longer");
    let subkey: Zeroizing<[u8; 32]> =
        Zeroizing::new(hchacha::<R20>(secret.into(), first.into()).into());
    let key = UnboundKey::new(&CHACHA20_POLY1305, &*subkey).expect("it has 256 bits");
    let mut rest = [0; 12];
    rest[4..].copy_from_slice(last);
    (LessSafeKey::new(key), Nonce::assume_unique_for_key(rest))
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
    let (head, sealed) = sealed.split_at(HEADER);
    let (format, mut nonce) = (head[0], [0_u8; NONCE]);
    nonce.copy_from_slice(&head[17..]);
    let mut bytes = sealed.to_vec();
    let (cipher, rest) = xchacha(&key.secret, &nonce);
    let opened = cipher.open_in_place(rest, Aad::from(bound_to(format, place)), &mut bytes);
    let opened = opened.map(|clear| clear.len());
    match (opened, format) {
        (Err(_), _) => Err(damaged),
        (Ok(length), PACKED) => decompress_size_prepended(&bytes[..length]).map_err(|_| damaged),
        (Ok(length), _) => {
            bytes.truncate(length);
            Ok(bytes)
        }
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

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_published_vector_comes_out() {
        let key: [u8; 32] = std::array::from_fn(|n| 0x80 + n as u8);
        let nonce: [u8; NONCE] = std::array::from_fn(|n| 0x40 + n as u8);
        let bound = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
        let mut text =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip \
            for the future, sunscreen would be it."
                .to_vec();
        let (cipher, rest) = xchacha(&key, &nonce);

        let tag = cipher.seal_in_place_separate_tag(rest, Aad::from(bound), &mut text).unwrap();

        let expected = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
            731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
            2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
            21f9664c97637da9768812f615c68b13b52e";
        assert_eq!(hex::encode(text), expected);
        assert_eq!(hex::encode(tag), "c0875924c1c7987947deafd8780acf49");
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
