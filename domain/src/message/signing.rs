//! How a request proves that it is ours and unchanged: the headers of Standard Webhooks, signed with
//! the endpoint's own secret, and one more that is signed with the organisation's signature key.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub const WEBHOOK_ID: &str = "webhook-id";
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";
pub const BINDBEE_SIGNATURE: &str = "x-bindbee-webhook-signature";

/// How many bytes a secret may have.
pub const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const PREFIX: &str = "whsec_";

/// Receivers write secrets with padding or without.
const EITHER: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An endpoint's secret. Its text is what the receiver enters.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecret(Vec<u8>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is `whsec_` and the base64 text of 24 to 64 bytes")]
pub struct InvalidSecret;

impl EndpointSecret {
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        match SECRET_BYTES.contains(&bytes.len()) {
            true => Ok(EndpointSecret(bytes.to_vec())),
            false => Err(InvalidSecret),
        }
    }

    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        Self::new(&EITHER.decode(encoded).map_err(|_| InvalidSecret)?)
    }

    /// Shown to whoever may see it, and stored in the vault.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

/// Never shown by accident.
impl std::fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("EndpointSecret(..)")
    }
}

/// The headers that sign a body which is sent at an instant. While a secret is replaced both sign, the
/// newest first, so a receiver may know either.
pub fn headers(
    id: &str,
    at: DateTime<Utc>,
    body: &[u8],
    secrets: &[EndpointSecret],
    organisation_key: &str,
) -> [(&'static str, String); 4] {
    [
        (WEBHOOK_ID, id.to_owned()),
        (WEBHOOK_TIMESTAMP, at.timestamp().to_string()),
        (WEBHOOK_SIGNATURE, webhook_signature(id, at, body, secrets)),
        (BINDBEE_SIGNATURE, bindbee_signature(organisation_key, body)),
    ]
}

/// One signature per secret, separated by blanks.
pub fn webhook_signature(
    id: &str,
    at: DateTime<Utc>,
    body: &[u8],
    secrets: &[EndpointSecret],
) -> String {
    let at = at.timestamp().to_string();
    let signed = |secret: &EndpointSecret| {
        let parts = [id.as_bytes(), b".", at.as_bytes(), b".", body];
        format!("v1,{}", STANDARD.encode(tag(&secret.0, &parts)))
    };
    secrets.iter().map(signed).collect::<Vec<_>>().join(" ")
}

/// Base64url with padding, over the body alone; the key is the text as it is shown.
pub fn bindbee_signature(organisation_key: &str, body: &[u8]) -> String {
    URL_SAFE.encode(tag(organisation_key.as_bytes(), &[body]))
}

fn tag(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 999_999_999).unwrap()
    }

    #[test]
    fn the_vector_of_standard_webhooks_is_signed_like_this() {
        let secret = EndpointSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        assert_eq!(
            webhook_signature(id, second(1_614_265_330), body, std::slice::from_ref(&secret)),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(secret.text(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    /// The second and third test case of RFC 4231, in base64url.
    #[test]
    fn the_vectors_of_hmac_sha256_are_signed_like_this() {
        let eleven = "\u{b}".repeat(20);
        for (key, body, tag) in [
            (
                "Jefe",
                &b"what do ya want for nothing?"[..],
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &eleven,
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
        ] {
            let signature = bindbee_signature(key, body);
            assert_eq!(signature, URL_SAFE.encode(hex::decode(tag).unwrap()));
            assert!(signature.ends_with('='), "it is padded");
        }
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign_the_newest_first() {
        let [new, old] = [7, 9].map(|byte| EndpointSecret::new(&[byte; 32]).unwrap());
        let of = |secrets: &[EndpointSecret]| webhook_signature("m", second(1), b"{}", secrets);
        let both = of(&[new.clone(), old.clone()]);
        assert_eq!(both, format!("{} {}", of(&[new]), of(&[old])));
    }

    #[test]
    fn all_four_headers_are_there_and_the_time_is_whole_seconds() {
        let secret = EndpointSecret::new(&[1; 24]).unwrap();
        let headers = headers("msg_1", second(1_700_000_000), b"{}", &[secret], "key");
        let names = headers.each_ref().map(|(name, _)| *name);
        assert_eq!(
            names,
            ["webhook-id", "webhook-timestamp", "webhook-signature", "x-bindbee-webhook-signature"]
        );
        assert_eq!((&*headers[0].1, &*headers[1].1), ("msg_1", "1700000000"));
    }

    #[test]
    fn a_secret_of_another_form_or_length_is_refused() {
        for text in ["", "whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!"] {
            assert_eq!(EndpointSecret::parse(text), Err(InvalidSecret), "{text}");
        }
        assert_eq!(EndpointSecret::new(&[0; 23]), Err(InvalidSecret));
        assert_eq!(EndpointSecret::new(&[0; 65]), Err(InvalidSecret));
        let padded = EndpointSecret::new(&[5; 25]).unwrap();
        assert_eq!(EndpointSecret::parse(padded.text().trim_end_matches('=')), Ok(padded));
    }

    #[test]
    fn a_secret_is_not_shown_by_accident() {
        let secret = EndpointSecret::new(&[3; 32]).unwrap();
        assert_eq!(format!("{secret:?}"), "EndpointSecret(..)");
    }

    proptest! {
        #[test]
        fn every_secret_reads_back_and_another_byte_signs_otherwise(
            bytes in proptest::collection::vec(any::<u8>(), SECRET_BYTES),
            body in proptest::collection::vec(any::<u8>(), 1..60),
            place in any::<prop::sample::Index>(),
        ) {
            let secret = EndpointSecret::new(&bytes).unwrap();
            prop_assert_eq!(&EndpointSecret::parse(&secret.text()), &Ok(secret.clone()));
            let secrets = [secret];
            let mut changed = body.clone();
            let place = place.index(changed.len());
            changed[place] ^= 1;
            let of = |body: &[u8]| webhook_signature("m", second(1), body, &secrets);
            prop_assert_ne!(of(&body), of(&changed));
            prop_assert_ne!(bindbee_signature("k", &body), bindbee_signature("k", &changed));
        }
    }
}
