//! What all operations have in common: problems, headers, and how a caller is known.

use serde_json::{Map, Value, json};

use crate::access::Access;
use crate::edge::Code;

pub(super) const ABOUT: &str = "Keeps the people of an organisation in step with its HR system. \
    Ids are opaque text, instants RFC 3339 in UTC. Lists are read piece by piece with `limit` and \
    `cursor`. Whatever is not there, not yours or not yours to see is answered 404, always alike. \
    Errors are problem details (RFC 9457) with a code of the closed catalogue at `/api/v1/errors`.";

/// Schemas that no type of ours is derived for.
pub(super) fn schemas() -> Vec<(String, Value)> {
    let codes = Code::ALL.map(|code| code.entry().code);
    let problem = json!({
        "type": "object",
        "description": "What went wrong, and what to do (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": { "type": "string", "description": "Where the code is explained." },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "About this request, with what to do." },
            "code": { "type": "string", "enum": codes },
            "reason": { "type": "string", "description": "Which rule said no, where one did." },
            "errors": {
                "type": "array",
                "description": "Everything that is wrong with what was sent.",
                "items": { "$ref": "#/components/schemas/Violation" },
            },
            "request_id": { "type": "string" },
            "retry_after": { "type": "integer", "description": "In seconds." },
        },
        "example": {
            "type": "/api/v1/errors#invalid_request",
            "title": Code::InvalidRequest.entry().title,
            "status": 422,
            "detail": Code::InvalidRequest.entry().remedy,
            "code": "invalid_request",
            "errors": [{ "path": "limit", "message": "It must be a number from 1 to 200." }],
            "request_id": "01JZ8Q4B7N6M2V9X3T5C1RWDHK",
        },
    });
    let violation = json!({
        "type": "object",
        "required": ["path", "message"],
        "properties": {
            "path": {
                "type": "string",
                "description": "A JSON pointer into the body, or the name of a parameter or header.",
            },
            "message": { "type": "string" },
            "index": { "type": "integer" },
            "hris_id": { "type": "string" },
        },
    });
    vec![("Problem".into(), problem), ("Violation".into(), violation)]
}

/// An answer with one of these codes.
pub(super) fn problem(codes: &[Code]) -> Value {
    let said: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.entry().code, code.entry().meaning))
        .collect();
    let mut headers = Map::new();
    let waits = codes.iter().any(|code| code.retry_after().is_some());
    for name in ["X-Request-Id", "Retry-After"] {
        if name != "Retry-After" || waits {
            let header = json!({ "$ref": format!("#/components/headers/{name}") });
            headers.insert(name.to_owned(), header);
        }
    }
    json!({
        "description": said.join(" "),
        "headers": headers,
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
        },
    })
}

pub(super) fn headers() -> Value {
    let header =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let number =
        |description: &str| json!({ "description": description, "schema": { "type": "integer" } });
    json!({
        "ETag": header("Of exactly this state, for If-None-Match and If-Match."),
        "Location": header("Where it is."),
        "RateLimit-Limit": number("How many requests are possible at once."),
        "RateLimit-Remaining": number("How many of them are left."),
        "RateLimit-Reset": number("In how many seconds all of them are there again."),
        "Retry-After": number("In how many seconds to ask again."),
        "Rollcall-Position": header("What was written is in the log up to here; for min_position."),
        "X-Request-Id": header("The request, as the log names it."),
    })
}

pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "rc_…",
            "description": "An API token, of a tenant or of the operator.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "rollcall",
            "description": "A person's session, as signing in makes it.",
        },
    })
}

/// How a caller is known; not at all where everybody may.
pub(super) fn security(access: Access) -> Value {
    match access {
        Access::Open => json!([]),
        Access::Known | Access::Needs(_) | Access::Asks(_) | Access::Operates(_) => {
            json!([{ "bearer": [] }, { "session": [] }])
        }
    }
}

/// What the table of access asks for.
pub(super) fn permission(access: Access) -> Value {
    match access {
        Access::Open => Value::Null,
        Access::Known => "known".into(),
        Access::Needs(permission) | Access::Asks(permission) => permission.as_str().into(),
        Access::Operates(_) => "operator".into(),
    }
}
