//! Whether a delivery is genuine: judged on the raw bytes, before anything of them is read.

use axum::http::HeaderMap;
use rollcall_commands::OpenConnection;
use rollcall_domain::connection::{BambooHr, SignatureForm};
use rollcall_domain::delivery::verify;
use rollcall_domain::receipt::Proof;
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

use super::headers::{SHARED_SECRET, SIGNATURE, Sent, TIMESTAMP, sent};
use crate::refused_deliveries::Reason;

/// Beyond any sender's; what is signed and kept is bounded.
const LONGEST_TIMESTAMP: usize = 64;

/// A genuine delivery.
pub(super) struct Proven<'a> {
    pub(super) proof: Proof,
    /// The timestamp header, exactly as sent.
    pub(super) timestamp: Option<&'a str>,
}

/// A signature that was sent must verify; only without one the shared secret counts.
pub(super) fn prove<'a>(
    connection: &OpenConnection,
    own: &BambooHr,
    headers: &'a HeaderMap,
    body: &[u8],
) -> Result<Proven<'a>, Reason> {
    let timestamp = match sent(headers, TIMESTAMP) {
        Sent::Nothing | Sent::One("") => None,
        Sent::One(text) if text.len() <= LONGEST_TIMESTAMP => Some(text),
        Sent::One(_) | Sent::Unclear => return Err(Reason::TimestampUnclear),
    };
    let proof = match sent(headers, SIGNATURE) {
        Sent::One(signature) => signed(connection, own.signature_form, body, timestamp, signature)?,
        Sent::Unclear => return Err(Reason::SignatureUnclear),
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
) -> Result<Proof, Reason> {
    let covered = match (form, timestamp) {
        (SignatureForm::BodyTimestamp | SignatureForm::TimestampDotBody, None) => {
            return Err(Reason::TimestampMissing);
        }
        (SignatureForm::BodyTimestamp | SignatureForm::TimestampDotBody, Some(text)) => text,
        (SignatureForm::Body, _) => "",
    };
    // Every secret is tried, so that the time taken does not tell which one fits.
    let genuine = connection.secrets.iter().fold(false, |genuine, secret| {
        genuine | verify(form, secret.expose_secret().as_bytes(), body, covered, signature)
    });
    if genuine { Ok(Proof::Signature) } else { Err(Reason::SignatureWrong) }
}

fn shared(secrets: &[SecretString], sent: Sent) -> Result<Proof, Reason> {
    let given = match sent {
        Sent::Nothing => return Err(Reason::NeitherSignatureNorSecret),
        Sent::Unclear => return Err(Reason::SecretWrong),
        Sent::One(given) => given.as_bytes(),
    };
    let fits = secrets.iter().fold(Choice::from(0), |fits, secret| {
        fits | secret.expose_secret().as_bytes().ct_eq(given)
    });
    if bool::from(fits) { Ok(Proof::SharedSecret) } else { Err(Reason::SecretWrong) }
}
