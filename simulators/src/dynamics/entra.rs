//! Entra: the page that gives tokens to whoever knows the app's secret.

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ask::Ask;
use super::bearer::Claims;
use super::denial::{Denial, denied, missing, named};
use super::faults::{Aadsts, RetryAfter, Wrong};
use super::server;
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

/// The answer, or what the fault switches make of it.
pub(super) async fn page(shared: &Shared, ask: &Ask) -> Response {
    let segments: Vec<&str> = ask.path.split('/').collect();
    let (tenant, version) = match segments.as_slice() {
        [tenant, "oauth2", "v2.0", "token"] => (*tenant, Version::Two),
        [tenant, "oauth2", "token"] => (*tenant, Version::One),
        _ => return wire::web_page(StatusCode::NOT_FOUND),
    };
    locked(&shared.counts).count(ask.method.as_str(), "token", "token");
    server::dawdle(shared).await;
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
        Err(denial) => {
            let busy = denial.status.as_u16() == 429 || denial.status.is_server_error();
            let mut response = denied(denial, now);
            if busy {
                RetryAfter::Seconds(1).write(&mut response);
            }
            response
        }
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
    let is_form = ask.header(&CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    let good = ask.method == Method::POST && is_form;
    grant(field("grant_type").filter(|_| good).as_deref())?;
    if !is_guid(tenant) && !tenant.contains('.') {
        return Err(say(Aadsts::TenantMalformed));
    }
    let own = [&config.tenant_id, &config.tenant_domain];
    if !own.iter().any(|own| own.eq_ignore_ascii_case(tenant)) {
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

/// Only one way to ask for a token is open here.
fn grant(grant: Option<&str>) -> Result<(), Denial> {
    match grant {
        Some("client_credentials") => Ok(()),
        Some(other) => Err(Denial {
            status: StatusCode::BAD_REQUEST,
            error: "unsupported_grant_type",
            code: 70003,
            text: format!("The app requested an unsupported grant type '{other}'."),
        }),
        None => Err(missing("grant_type")),
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

pub(super) fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
