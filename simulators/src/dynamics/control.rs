//! `/_control/…`: everything a [`Handle`] can do, as JSON for programs in other languages.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::books::{EmploymentKind, Span};
use super::company::Refusal;
use super::faults::Faults;
use super::handle::Handle;
use super::lists::ListKind;
use super::shared::Shared;
use crate::control::{Day, Name, Now, Seconds, Unreadable, delta, fields, parsed};
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Employment {
    legal_entity: String,
    kind: EmploymentKind,
    start: NaiveDate,
    #[serde(default)]
    end: Option<NaiveDate>,
}

#[derive(Debug, Deserialize)]
struct Opening {
    title: String,
    #[serde(default)]
    department: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Assignment {
    worker: u64,
    #[serde(flatten)]
    span: Span,
    #[serde(default)]
    primary: bool,
}

#[derive(Debug, Deserialize)]
struct Place {
    hierarchy: String,
    parent: Option<u64>,
    #[serde(flatten)]
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Transfer {
    position: u64,
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
}

pub(super) fn answer(shared: &Arc<Shared>, method: &Method, path: &str, body: &[u8]) -> Response {
    let handle = Handle::new(Arc::clone(shared));
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let answer = match (method.as_str(), segments.as_slice()) {
        (method, ["people", rest @ ..]) => people(&handle, method, rest, body),
        (method, ["positions", rest @ ..]) => positions(&handle, method, rest, body),
        (method, segments) => rest(&handle, method, segments, body),
    };
    match answer {
        Ok(value) => wire::json(StatusCode::OK, &value),
        Err(failure) => {
            let status = match &failure {
                Failure::NoSuchCall => StatusCode::NOT_FOUND,
                Failure::Body(_) | Failure::Refused(_) => StatusCode::BAD_REQUEST,
            };
            wire::json(status, &json!({"error": failure.to_string()}))
        }
    }
}

fn people(handle: &Handle, method: &str, path: &[&str], body: &[u8]) -> Result<Value, Failure> {
    let id = match path.first() {
        None if method == "GET" => return Ok(json!(handle.people())),
        None if method == "POST" => return Ok(json!({"id": handle.hire(fields(body)?)?})),
        None => return Err(Failure::NoSuchCall),
        Some(id) => number(id)?,
    };
    match (method, &path[1..]) {
        ("GET", []) => return Ok(json!(handle.person(id).ok_or(Refusal::NoSuchWorker(id))?)),
        ("PATCH" | "POST", []) => handle.update(id, fields(body)?)?,
        ("DELETE", []) => handle.delete(id)?,
        ("POST", ["terminate"]) => handle.terminate(id, parsed::<Day>(body)?.date)?,
        ("POST", ["rehire"]) => handle.rehire(id)?,
        ("POST", ["transfer"]) => handle.transfer(id, parsed::<Transfer>(body)?.position)?,
        ("POST", ["employments"]) => {
            let one: Employment = parsed(body)?;
            handle.employ(id, &one.legal_entity, one.kind, one.start, one.end)?;
        }
        _ => return Err(Failure::NoSuchCall),
    }
    Ok(json!({}))
}

fn positions(handle: &Handle, method: &str, path: &[&str], body: &[u8]) -> Result<Value, Failure> {
    match (method, path) {
        ("POST", []) => {
            let opening: Opening = parsed(body)?;
            Ok(json!({"id": handle.open_position(&opening.title, opening.department)}))
        }
        ("POST", [position, "assignments"]) => {
            let one: Assignment = parsed(body)?;
            handle.assign(number(position)?, one.worker, one.span, one.primary)?;
            Ok(json!({}))
        }
        ("POST", [position, "place"]) => {
            let place: Place = parsed(body)?;
            handle.place_below(number(position)?, &place.hierarchy, place.parent, place.span)?;
            Ok(json!({}))
        }
        _ => Err(Failure::NoSuchCall),
    }
}

fn rest(handle: &Handle, method: &str, path: &[&str], body: &[u8]) -> Result<Value, Failure> {
    match (method, path) {
        ("GET", ["lists", list]) => {
            let list = ListKind::named(list).ok_or(Failure::NoSuchCall)?;
            return Ok(json!(handle.options(list)));
        }
        ("PUT", ["lists", list, option]) => {
            handle.rename_option(list, number(option)?, &parsed::<Name>(body)?.name)?;
        }
        ("GET", ["faults"]) => return Ok(json!(handle.faults())),
        ("PUT", ["faults"]) => handle.set_faults(parsed::<Faults>(body)?),
        ("GET", ["requests"]) => return Ok(json!(handle.requests())),
        ("POST", ["tokens", "expire"]) => handle.expire_tokens(),
        ("GET", ["clock"]) => return Ok(json!({"now": handle.clock()})),
        ("PUT", ["clock"]) => handle.set_clock(parsed::<Now>(body)?.now),
        ("POST", ["clock", "advance"]) => {
            handle.advance(delta(parsed::<Seconds>(body)?.seconds)?);
        }
        _ => return Err(Failure::NoSuchCall),
    }
    Ok(json!({}))
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| Failure::NoSuchCall)
}
