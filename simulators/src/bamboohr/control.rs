//! `/_control/…`: everything a [`Handle`] can do, as JSON for programs in other languages.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::company::Refusal;
use super::faults::Faults;
use super::handle::Handle;
use super::lists::ListKind;
use super::shared::Shared;
use crate::control::{Day, Name, Now, Seconds, Unreadable, delta, fields, parsed};

#[derive(Debug, Deserialize)]
struct Target {
    id: u64,
    #[serde(default)]
    seconds: i64,
}

/// Why a control call did nothing.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("there is no such control call")]
    NoSuchCall,
    #[error(transparent)]
    Body(#[from] Unreadable),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Unsettled(#[from] super::Unsettled),
}

pub(super) async fn answer(
    shared: &Arc<Shared>,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Response {
    let handle = Handle::new(Arc::clone(shared));
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let answer = match (method.as_str(), segments.as_slice()) {
        ("POST", ["settle"]) => handle.settle().await.map(|()| json!({})).map_err(Failure::from),
        (method, ["people", rest @ ..]) => people(&handle, method, rest, body),
        (method, segments) => rest(&handle, method, segments, body),
    };
    match answer {
        Ok(value) => answer::json(StatusCode::OK, &value),
        Err(failure) => {
            let status = match &failure {
                Failure::NoSuchCall => StatusCode::NOT_FOUND,
                Failure::Body(_) | Failure::Refused(_) => StatusCode::BAD_REQUEST,
                Failure::Unsettled(_) => StatusCode::GATEWAY_TIMEOUT,
            };
            answer::json(status, &json!({"error": failure.to_string()}))
        }
    }
}

fn people(handle: &Handle, method: &str, path: &[&str], body: &[u8]) -> Result<Value, Failure> {
    let id = match path.first() {
        None if method == "GET" => return Ok(json!(handle.people())),
        None if method == "POST" => return Ok(json!({"id": handle.hire(fields(body)?)?})),
        None => return Err(Failure::NoSuchCall),
        Some(id) => id.parse().map_err(|_| Failure::NoSuchCall)?,
    };
    match (method, &path[1..]) {
        ("GET", []) => {
            return Ok(json!(handle.person(id).ok_or(Refusal::NoSuchEmployee(id))?));
        }
        ("PATCH" | "POST", []) => handle.update(id, fields(body)?)?,
        ("DELETE", []) => handle.delete(id)?,
        ("POST", ["terminate"]) => handle.terminate(id, parsed::<Day>(body)?.date)?,
        ("POST", ["rehire"]) => handle.rehire(id)?,
        _ => return Err(Failure::NoSuchCall),
    }
    Ok(json!({}))
}

fn rest(handle: &Handle, method: &str, path: &[&str], body: &[u8]) -> Result<Value, Failure> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| Failure::NoSuchCall);
    match (method, path) {
        ("GET", ["lists", list]) => {
            let list = ListKind::named(list).ok_or(Failure::NoSuchCall)?;
            return Ok(json!(handle.options(list)));
        }
        ("PUT", ["lists", list, option]) => {
            handle.rename_option(list, number(option)?, &parsed::<Name>(body)?.name)?;
        }
        ("GET", ["deliveries"]) => return Ok(json!(handle.deliveries())),
        ("POST", ["deliveries", index, "resend"]) => {
            let index = index.parse().map_err(|_| Failure::NoSuchCall)?;
            return Ok(json!({"index": handle.resend(index)?}));
        }
        ("POST", ["forged"]) => {
            return Ok(json!({"indices": handle.send_forged(parsed::<Target>(body)?.id)?}));
        }
        ("POST", ["stale"]) => {
            let target = parsed::<Target>(body)?;
            let sent = handle.send_stale(target.id, delta(target.seconds)?)?;
            return Ok(json!({ "indices": sent }));
        }
        ("GET", ["faults"]) => return Ok(json!(handle.faults())),
        ("PUT", ["faults"]) => handle.set_faults(parsed::<Faults>(body)?),
        ("GET", ["requests"]) => return Ok(json!(handle.requests())),
        ("GET", ["clock"]) => return Ok(json!({"now": handle.clock()})),
        ("PUT", ["clock"]) => handle.set_clock(parsed::<Now>(body)?.now),
        ("POST", ["clock", "advance"]) => {
            handle.advance(delta(parsed::<Seconds>(body)?.seconds)?);
        }
        _ => return Err(Failure::NoSuchCall),
    }
    Ok(json!({}))
}
