//! Why Entra gives no token, in its codes and words.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::entra::status_code;
use super::faults::Aadsts;
use super::shared::Shared;
use crate::wire;

/// Why there is no token: the code and what it says.
pub(super) struct Denial {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) code: u32,
    pub(super) text: String,
}

/// The refusal Entra has for a reason.
pub(super) fn named(reason: Aadsts, shared: &Shared, tenant: &str) -> Denial {
    let (status, error, code) = kind(reason);
    let text = words(reason)
        .replace("{app}", &shared.config.client_id)
        .replace("{tenant}", tenant)
        .replace("{environment}", shared.environment());
    Denial { status: status_code(status), error, code, text }
}

fn kind(reason: Aadsts) -> (u16, &'static str, u32) {
    match reason {
        Aadsts::SecretWrong => (401, "invalid_client", 7_000_215),
        Aadsts::SecretExpired => (401, "invalid_client", 7_000_222),
        Aadsts::SecretMissing => (401, "invalid_client", 7_000_218),
        Aadsts::ClientNotFound => (400, "unauthorized_client", 700_016),
        Aadsts::ClientDisabled => (400, "unauthorized_client", 7_000_112),
        Aadsts::TenantNotFound => (400, "invalid_request", 90_002),
        Aadsts::TenantMalformed => (400, "invalid_request", 900_023),
        Aadsts::ScopeInvalid => (400, "invalid_scope", 70_011),
        Aadsts::SeveralResources => (400, "invalid_scope", 700_022),
        Aadsts::ResourceUnknown => (400, "invalid_resource", 500_011),
        Aadsts::ConsentMissing => (400, "invalid_grant", 65_001),
        Aadsts::TemporarilyUnavailable => (503, "temporarily_unavailable", 90_033),
        Aadsts::TooManyRequests => (429, "temporarily_unavailable", 50_196),
    }
}

/// With ids in it, as the real ones have: nothing to show or to log.
fn words(reason: Aadsts) -> &'static str {
    match reason {
        Aadsts::SecretWrong => {
            "Invalid client secret provided. Ensure the secret being sent in the request is the \
             client secret value, not the client secret ID, for a secret added to app '{app}'."
        }
        Aadsts::SecretExpired => "The provided client secret keys for app '{app}' are expired.",
        Aadsts::SecretMissing => {
            "The request body must contain the following parameter: 'client_assertion' or \
             'client_secret'."
        }
        Aadsts::ClientNotFound => {
            "Application with identifier '{app}' was not found in the directory '{tenant}'."
        }
        Aadsts::ClientDisabled => "Application '{app}'(rollcall) is disabled.",
        Aadsts::TenantNotFound => {
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
        }
        Aadsts::TenantMalformed => {
            "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid \
             external domain."
        }
        Aadsts::ScopeInvalid => "The provided value for the input parameter 'scope' is not valid.",
        Aadsts::SeveralResources => {
            "The provided value for the input parameter 'scope' is not valid because it contains \
             more than one resource."
        }
        Aadsts::ResourceUnknown => {
            "The resource principal named {environment} was not found in the tenant named {tenant}."
        }
        Aadsts::ConsentMissing => {
            "The user or administrator has not consented to use the application with ID '{app}'."
        }
        Aadsts::TemporarilyUnavailable => "A transient error has occurred. Please try again.",
        Aadsts::TooManyRequests => {
            "The server terminated an operation because it encountered a client request loop."
        }
    }
}

/// The form lacks a field.
pub(super) fn missing(name: &str) -> Denial {
    let text = format!("The request body must contain the following parameter: '{name}'.");
    Denial { status: StatusCode::BAD_REQUEST, error: "invalid_request", code: 900_144, text }
}

/// A refusal as Entra writes it, with ids of the trace in it.
pub(super) fn denied(denial: Denial, now: DateTime<Utc>) -> Response {
    let made_up = || {
        let hex = hex::encode(rand::random::<[u8; 16]>());
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    };
    let (trace, correlation) = (made_up(), made_up());
    let (code, at) = (denial.code, now.format("%Y-%m-%d %H:%M:%SZ").to_string());
    let description = format!(
        "AADSTS{code}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {at}",
        denial.text
    );
    wire::json(
        denial.status,
        &json!({
            "error": denial.error, "error_description": description, "error_codes": [code],
            "timestamp": at, "trace_id": trace, "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
}
