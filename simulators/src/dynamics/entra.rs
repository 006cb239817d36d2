//! Entra: the page that gives tokens to whoever knows the app's secret.

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ask::Ask;
use super::bearer::Claims;
use super::faults::{Aadsts, RetryAfter, Wrong};
use super::shared::{Shared, locked};
use super::words::is_guid;
use crate::wire;

/// Which of the two token pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// With `resource`, and numbers as texts.
    One,
    /// With `scope`.
    Two,
}

/// Why there is no token: the code and what it says.
struct Denial {
    status: StatusCode,
    error: &'static str,
    code: u32,
    text: String,
}

/// The answer, or what the fault switches make of it.
pub(super) async fn page(shared: &Shared, ask: &Ask) -> Response {
    let segments: Vec<&str> = ask.path.split('/').collect();
    let (tenant, version) = match segments.as_slice() {
        [tenant, "oauth2", "v2.0", "token"] => (*tenant, Version::Two),
        [tenant, "oauth2", "token"] => (*tenant, Version::One),
        _ => return wire::web_page(StatusCode::NOT_FOUND),
    };
    locked(&shared.counts).count(ask.method.as_str(), "token", "token");
    let wrong = locked(&shared.faults).take("/token");
    let now = shared.now();
    let answer = || answer(shared, ask, tenant, version);
    let denied = |denial| denied(denial, now);
    match wrong {
        None => answer(),
        Some(Wrong::Throttle { status, retry_after }) => {
            let mut response = denied(named(Aadsts::TooManyRequests, shared, tenant));
            *response.status_mut() = status_code(status);
            retry_after.write(&mut response);
            response
        }
        Some(Wrong::Unauthorized) => denied(named(Aadsts::SecretWrong, shared, tenant)),
        Some(Wrong::Forbidden) => denied(named(Aadsts::ConsentMissing, shared, tenant)),
        Some(Wrong::NotFound) => wire::web_page(StatusCode::NOT_FOUND),
        Some(Wrong::Status(status)) => wire::bytes(status_code(status), "text/plain", ""),
        Some(Wrong::Html) => wire::web_page(StatusCode::OK),
        Some(Wrong::Page(status)) => wire::web_page(status_code(status)),
        Some(Wrong::ByteOrderMark) => wire::behind_a_byte_order_mark(answer()).await,
        Some(Wrong::Truncate) => wire::truncated(answer()).await,
        Some(Wrong::Hang) => {
            shared.stop.stopped().await;
            wire::web_page(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

fn answer(shared: &Shared, ask: &Ask, tenant: &str, version: Version) -> Response {
    let now = shared.now();
    match checked(shared, ask, tenant, version) {
        Ok(audience) => {
            let body = token(shared, &audience, version, now);
            let mut response = wire::json(StatusCode::OK, &body);
            response
                .headers_mut()
                .insert("cache-control", "no-store, no-cache".parse().expect("ascii"));
            response
        }
        Err(denial) => denied(denial, now),
    }
}

/// A new token, and what is told of it.
fn token(shared: &Shared, audience: &str, version: Version, now: DateTime<Utc>) -> Value {
    let config = &shared.config;
    let life = config.token_lifetime.as_secs().cast_signed();
    let claims = Claims {
        audience,
        issuer: format!("https://sts.windows.net/{}/", config.tenant_id),
        app: &config.client_id,
        tenant: &config.tenant_id,
    };
    let token = locked(&shared.tokens).issue(&claims, now, life);
    let text = version == Version::One || locked(&shared.faults).numbers_as_text;
    let number = |number: i64| if text { json!(number.to_string()) } else { json!(number) };
    let mut body = json!({
        "token_type": "Bearer", "expires_in": number(life), "ext_expires_in": number(life),
        "access_token": token,
    });
    if version == Version::One {
        body["expires_on"] = number(now.timestamp() + life);
        body["not_before"] = number(now.timestamp());
        body["resource"] = json!(audience);
    }
    body
}

/// What the token is for, if the app may have one.
fn checked(shared: &Shared, ask: &Ask, tenant: &str, version: Version) -> Result<String, Denial> {
    let config = &shared.config;
    let say = |reason| named(reason, shared, tenant);
    if let Some(reason) = locked(&shared.faults).entra {
        return Err(say(reason));
    }
    let form = ask.form();
    let field =
        |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let missing = |name: &str| {
        invalid_request(
            900_144,
            format!("The request body must contain the following parameter: '{name}'."),
        )
    };
    let is_form = ask.header(&CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    if ask.method != Method::POST || !is_form {
        return Err(missing("grant_type"));
    }
    match field("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(other) => {
            return Err(Denial {
                status: StatusCode::BAD_REQUEST,
                error: "unsupported_grant_type",
                code: 70003,
                text: format!("The app requested an unsupported grant type '{other}'."),
            });
        }
        None => return Err(missing("grant_type")),
    }
    if !is_guid(tenant) && !tenant.contains('.') {
        return Err(say(Aadsts::TenantMalformed));
    }
    if ![&config.tenant_id, &config.tenant_domain]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(tenant))
    {
        return Err(say(Aadsts::TenantNotFound));
    }
    let basic = ask.basic();
    let (client, secret) = match basic {
        Some((client, secret)) => (Some(client), Some(secret)),
        None => (field("client_id"), field("client_secret")),
    };
    let client = client.ok_or_else(|| missing("client_id"))?;
    if !client.eq_ignore_ascii_case(&config.client_id) {
        return Err(say(Aadsts::ClientNotFound));
    }
    let audience = match version {
        Version::One => field("resource").ok_or_else(|| missing("resource"))?,
        Version::Two => scope(&field("scope").ok_or_else(|| missing("scope"))?, &say)?,
    };
    match secret.filter(|secret| !secret.is_empty()) {
        None => return Err(say(Aadsts::SecretMissing)),
        Some(secret) if secret != config.client_secret => return Err(say(Aadsts::SecretWrong)),
        Some(_) => {}
    }
    match shared.is_environment(&audience) {
        true => Ok(audience),
        false => Err(say(Aadsts::ResourceUnknown)),
    }
}

/// The one resource a scope names.
fn scope(scope: &str, say: &impl Fn(Aadsts) -> Denial) -> Result<String, Denial> {
    let mut scopes = scope.split_whitespace();
    let (Some(first), other) = (scopes.next(), scopes.next()) else {
        return Err(say(Aadsts::ScopeInvalid));
    };
    if other.is_some() {
        return Err(say(Aadsts::SeveralResources));
    }
    let resource = first.strip_suffix("/.default").ok_or_else(|| say(Aadsts::ScopeInvalid))?;
    Ok(resource.to_owned())
}

/// The refusal Entra has for a reason.
fn named(reason: Aadsts, shared: &Shared, tenant: &str) -> Denial {
    let app = &shared.config.client_id;
    let (status, error, code, text) = match reason {
        Aadsts::SecretWrong => (
            401,
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the \
             client secret value, not the client secret ID, for a secret added to app '{app}'."
            ),
        ),
        Aadsts::SecretExpired => (
            401,
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{app}' are expired. Visit the Azure portal \
             to create new keys for your app."
            ),
        ),
        Aadsts::ClientNotFound => (
            400,
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{app}' was not found in the directory '{tenant}'. This \
             can happen if the application has not been installed by the administrator of the \
             tenant or consented to by any user in the tenant."
            ),
        ),
        Aadsts::ClientDisabled => (
            400,
            "unauthorized_client",
            7_000_112,
            format!("Application '{app}'(rollcall) is disabled."),
        ),
        Aadsts::TenantNotFound => (
            400,
            "invalid_request",
            90_002,
            format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            ),
        ),
        Aadsts::TenantMalformed => (
            400,
            "invalid_request",
            900_023,
            format!(
                "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid \
             external domain."
            ),
        ),
        Aadsts::ScopeInvalid => (
            400,
            "invalid_scope",
            70_011,
            "The provided request must \
            include a 'scope' input parameter. The provided value for the input parameter \
            'scope' is not valid."
                .to_owned(),
        ),
        Aadsts::ResourceUnknown => (
            400,
            "invalid_resource",
            500_011,
            format!(
                "The resource principal named {} was not found in the tenant named {tenant}.",
                shared.environment()
            ),
        ),
        Aadsts::SecretMissing => (
            401,
            "invalid_client",
            7_000_218,
            "The request body must \
            contain the following parameter: 'client_assertion' or 'client_secret'."
                .to_owned(),
        ),
        Aadsts::SeveralResources => (
            400,
            "invalid_scope",
            700_022,
            "The provided value for the \
            input parameter scope is not valid because it contains more than one resource."
                .to_owned(),
        ),
        Aadsts::ConsentMissing => (
            400,
            "invalid_grant",
            65_001,
            format!(
                "The user or administrator has not consented to use the application with ID '{app}'."
            ),
        ),
        Aadsts::TemporarilyUnavailable => (
            503,
            "temporarily_unavailable",
            90_033,
            "A transient \
            error has occurred. Please try again."
                .to_owned(),
        ),
        Aadsts::TooManyRequests => (
            429,
            "temporarily_unavailable",
            50_196,
            "The server \
            terminated an operation because it encountered a client request loop."
                .to_owned(),
        ),
    };
    Denial { status: status_code(status), error, code, text }
}

fn invalid_request(code: u32, text: String) -> Denial {
    Denial { status: StatusCode::BAD_REQUEST, error: "invalid_request", code, text }
}

/// A refusal as Entra writes it, with ids of the trace in it.
fn denied(denial: Denial, now: DateTime<Utc>) -> Response {
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
    let mut response = wire::json(
        denial.status,
        &json!({
            "error": denial.error, "error_description": description, "error_codes": [code],
            "timestamp": at, "trace_id": trace, "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    );
    if denial.status == StatusCode::TOO_MANY_REQUESTS || denial.status.is_server_error() {
        RetryAfter::Seconds(1).write(&mut response);
    }
    response
}

pub(super) fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
