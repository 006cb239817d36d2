//! Whether a delivery is genuine: judged on the raw bytes, before anything of them is read.

use axum::http::HeaderMap;
use rollcall_commands::OpenConnection;
use rollcall_domain::connection::{BambooHr, SignatureForm};
use rollcall_domain::delivery::verify;
use rollcall_domain::receipt::Proof;
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

use super::headers::{SHARED_SECRET, SIGNATURE, Sent, TIMESTAMP, sent};

/// Beyond any sender's; what is signed and kept is bounded.
const LONGEST_TIMESTAMP: usize = 64;

/// A genuine delivery.
pub(super) struct Proven<'a> {
    pub(super) proof: Proof,
    /// The timestamp header, exactly as sent.
    pub(super) timestamp: Option<&'a str>,
}

/// Why it can't be told to be genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unproven {
    NeitherSignatureNorSecret,
    SignatureWrong,
    SignatureUnclear,
    TimestampMissing,
    TimestampUnclear,
    SecretWrong,
}

impl Unproven {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Unproven::NeitherSignatureNorSecret => "neither_signature_nor_secret",
            Unproven::SignatureWrong => "signature_wrong",
            Unproven::SignatureUnclear => "signature_unclear",
            Unproven::TimestampMissing => "timestamp_missing",
            Unproven::TimestampUnclear => "timestamp_unclear",
            Unproven::SecretWrong => "secret_wrong",
        }
    }
}

/// A signature that was sent must verify; only without one the shared secret counts.
pub(super) fn prove<'a>(
    connection: &OpenConnection,
    own: &BambooHr,
    headers: &'a HeaderMap,
    body: &[u8],
) -> Result<Proven<'a>, Unproven> {
    let timestamp = match sent(headers, TIMESTAMP) {
        Sent::Nothing | Sent::One("") => None,
        Sent::One(text) if text.len() <= LONGEST_TIMESTAMP => Some(text),
        Sent::One(_) | Sent::Unclear => return Err(Unproven::TimestampUnclear),
    };
    let proof = match sent(headers, SIGNATURE) {
        Sent::One(signature) => signed(connection, own.signature_form, body, timestamp, signature)?,
        Sent::Unclear => return Err(Unproven::SignatureUnclear),
        Sent::Nothing => shared(&connection.secrets, sent(headers, SHARED_SECRET))?,
    };
    Ok(Proven { proof, timestamp })
}

fn signed(
    connection: &OpenConnection,
    form: SignatureForm,
    body: &[u8],
    timestamp: Option<&str>,
    signature: &str,
) -> Result<Proof, Unproven> {
    let covered = match (form, timestamp) {
        (SignatureForm::BodyTimestamp | SignatureForm::TimestampDotBody, None) => {
            return Err(Unproven::TimestampMissing);
        }
        (SignatureForm::BodyTimestamp | SignatureForm::TimestampDotBody, Some(text)) => text,
        (SignatureForm::Body, _) => "",
    };
    // Every secret is tried, so that the time taken does not tell which one fits.
    let genuine = connection.secrets.iter().fold(false, |genuine, secret| {
        genuine | verify(form, secret.expose_secret().as_bytes(), body, covered, signature)
    });
    if genuine { Ok(Proof::Signature) } else { Err(Unproven::SignatureWrong) }
}

fn shared(secrets: &[SecretString], sent: Sent) -> Result<Proof, Unproven> {
    let given = match sent {
        Sent::Nothing => return Err(Unproven::NeitherSignatureNorSecret),
        Sent::Unclear => return Err(Unproven::SecretWrong),
        Sent::One(given) => given.as_bytes(),
    };
    let fits = secrets.iter().fold(Choice::from(0), |fits, secret| {
        fits | secret.expose_secret().as_bytes().ct_eq(given)
    });
    if bool::from(fits) { Ok(Proof::SharedSecret) } else { Err(Unproven::SecretWrong) }
}
