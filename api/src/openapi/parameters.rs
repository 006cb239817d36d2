//! Parameters: of paths by their names, shared ones by reference, a resource's own as it tells them.

use serde_json::{Value, json};

const ID: &str = "01JZ8Q4B7N6M2V9X3T5C1RWDHK";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// What a part of a path is, with an example.
fn part(name: &str) -> (&'static str, &'static str) {
    match name {
        "tenant" => ("A tenant, by id or slug.", "acme"),
        "scenario" => ("A scenario, snapshot or the live baseline.", ID),
        "actor" => ("A person in a scenario.", ID),
        "department" => ("A department, division or location in a scenario.", ID),
        "integration" => ("A connection.", ID),
        "run" => ("A run.", ID),
        "receipt" => ("A delivery, by its idempotency key.", HASH),
        "hash" => ("A plan, by its hash.", HASH),
        "webhook" => ("A webhook, by the provider's own id.", "42"),
        "endpoint" => ("An outbound webhook.", ID),
        "delivery" => ("A message to an endpoint.", ID),
        "operation" => ("An operation.", ID),
        "name" => ("A read model.", "actors"),
        "user" => ("A user, by id.", ID),
        "session" => ("A session, by its id.", ID),
        "invitation" => ("An invitation, by its link's last part; to take it back, by its id.", ID),
        "token" => ("A token, by its id.", ID),
        "id" => ("Parked work, by its number; a delivery by its receipt's id.", "17"),
        _ => ("An id.", ID),
    }
}

pub(super) fn of_path(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let parameter = |name: &str| {
        let (description, example) = part(name);
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": description,
            "schema": { "type": "string", "minLength": 1 },
            "example": example,
        })
    };
    names.map(parameter).collect()
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

pub(crate) fn text(name: &str, description: &str) -> Value {
    query(name, description, json!({ "type": "string" }))
}

pub(crate) fn required(name: &str, description: &str) -> Value {
    let mut one = query(name, description, json!({ "type": "string", "minLength": 1 }));
    one["required"] = true.into();
    one
}

pub(crate) fn word(name: &str, description: &str, words: &[&str]) -> Value {
    query(name, description, json!({ "type": "string", "enum": words }))
}

pub(crate) fn flag(name: &str, description: &str) -> Value {
    query(name, description, json!({ "type": "boolean" }))
}

pub(crate) fn instant(name: &str, description: &str) -> Value {
    query(name, description, json!({ "type": "string", "format": "date-time" }))
}

fn header(name: &str, description: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "header", "description": description, "schema": schema })
}

/// Those that many operations take.
pub(super) fn shared() -> Value {
    let rows = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
    let key = json!({ "type": "string", "pattern": "^[!-~]{1,255}$" });
    json!({
        "limit": query("limit", "How many at most.", rows),
        "cursor": text(
            "cursor",
            "Where to go on: the `next_cursor` of the piece before, of the same list with the same filters.",
        ),
        "min_position": query(
            "min_position",
            "A `Rollcall-Position` of an earlier answer: the answer has seen everything up to there, or \
             is 503 after 5 s.",
            json!({ "type": "string", "pattern": "^[0-9]{1,4}-[0-9]{1,18}$" }),
        ),
        "prefer": header(
            "Prefer",
            "`wait=N`: how many seconds to wait for the answer, 15 unless said, 60 at most (RFC 7240).",
            json!({ "type": "string", "pattern": "^wait=[0-9]{1,2}$" }),
        ),
        "idempotency_key": header(
            "Idempotency-Key",
            "A write that is sent again under the same key within 24 hours is done once, and answered \
             as the first time.",
            key,
        ),
        "if_match": header(
            "If-Match",
            "The `ETag` that was read: the change is made only if nothing changed since.",
            json!({ "type": "string", "pattern": "^\"[0-9a-f]{32}\"$" }),
        ),
        "tenant": header(
            "Rollcall-Tenant",
            "The tenant an operator asks in, by id or slug; whoever belongs to one needs none.",
            json!({ "type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$" }),
        ),
    })
}
