//! What a BambooHR webhook delivery says, and whether it is genuine (`reference/bamboohr.md` §6).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::connection::SignatureForm;

/// One delivery, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `employee.updated`; for field-based deliveries `employee_with_fields` and the action.
    pub event_type: String,
    pub family: Family,
    /// In the order they came; the same person may come twice. Empty for events about the company.
    pub people: Vec<DeliveredPerson>,
    /// How many more were named without an id that can be one.
    pub unreadable: usize,
}

/// The two kinds of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Says who changed, never to what.
    EventBased,
    /// Carries values; may hold several people.
    FieldBased,
}

/// What is said of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredPerson {
    pub source_id: String,
    pub action: DeliveredAction,
    /// Names as the provider spells them; empty is normal for created and deleted.
    pub changed_fields: Vec<String>,
    /// Field-based only: every value sent, changed or not; `None` is explicitly empty.
    pub values: BTreeMap<String, Option<String>>,
    /// When it happened, if the body says so.
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveredAction {
    Created,
    Updated,
    Deleted,
    /// Not said (before mid-2025), or a word we do not know.
    Unknown,
}

/// Why nobody can be read from a body. It shows nothing of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    #[error(
        "the body is not JSON (line {line}, column {column}); check the webhook's format at the provider"
    )]
    NotJson { line: usize, column: usize },
    #[error("the body names neither an event type nor employees; check who sends it")]
    Unrecognised,
    #[error("the body has an employee without an id; check the webhook at the provider")]
    NoId,
}

/// Whether the time a delivery was sent at is recent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    Fresh,
    /// Too long ago, or too far ahead.
    Stale,
    /// The header is neither Unix seconds nor an ISO time.
    Unreadable,
}

/// Reads a delivery of either family, as JSON or as a form.
pub fn parse_delivery(content_type: &str, body: &[u8]) -> Result<Delivery, DeliveryError> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let tree = if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        form_tree(body)
    } else {
        serde_json::from_slice(body)
            .map_err(|e| DeliveryError::NotJson { line: e.line(), column: e.column() })?
    };
    match (tree.get("employees"), tree.get("type").and_then(Value::as_str)) {
        (Some(employees), said) => field_based(employees, said),
        (None, Some(said)) => event_based(said, &tree),
        (None, None) => Err(DeliveryError::Unrecognised),
    }
}

/// The bytes a signature covers, in order. `body` needs no timestamp; give an empty one.
pub fn signature_message<'a>(
    form: SignatureForm,
    body: &'a [u8],
    timestamp: &'a str,
) -> [&'a [u8]; 3] {
    match form {
        SignatureForm::BodyTimestamp => [body, timestamp.as_bytes(), b""],
        SignatureForm::TimestampDotBody => [timestamp.as_bytes(), b".", body],
        SignatureForm::Body => [body, b"", b""],
    }
}

/// Whether `signature` (hex) was made with `key` over exactly these bytes; in constant time.
///
/// `key` is the private key's text as it is, not hex-decoded; `timestamp` is not interpreted.
pub fn verify(
    form: SignatureForm,
    key: &[u8],
    body: &[u8],
    timestamp: &str,
    signature: &str,
) -> bool {
    match hex::decode(signature) {
        Ok(tag) => mac(form, key, body, timestamp).verify_slice(&tag).is_ok(),
        Err(_) => false,
    }
}

/// The signature a sender would make, in hex.
pub fn sign(form: SignatureForm, key: &[u8], body: &[u8], timestamp: &str) -> String {
    hex::encode(mac(form, key, body, timestamp).finalize().into_bytes())
}

fn mac(form: SignatureForm, key: &[u8], body: &[u8], timestamp: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in signature_message(form, body, timestamp) {
        mac.update(part);
    }
    mac
}

/// Judges the timestamp header: Unix seconds or an ISO time, at most `window` away from now.
pub fn freshness(timestamp: &str, now: DateTime<Utc>, window: TimeDelta) -> Freshness {
    let timestamp = timestamp.trim();
    let at = match timestamp.parse::<i64>() {
        Ok(seconds) => DateTime::from_timestamp(seconds, 0),
        Err(_) => instant(timestamp),
    };
    match at {
        None => Freshness::Unreadable,
        Some(at) if (now - at).abs() <= window => Freshness::Fresh,
        Some(_) => Freshness::Stale,
    }
}

/// An ISO 8601 time with `Z` or an offset, with or without the colon RFC 3339 asks for.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|at| at.to_utc())
}

fn event_based(said: &str, tree: &Value) -> Result<Delivery, DeliveryError> {
    let data = tree.get("data");
    let person = match data.and_then(|data| data.get("employeeId")) {
        Some(id) => Some(DeliveredPerson {
            source_id: source_id(id).ok_or(DeliveryError::NoId)?,
            action: action(said.rsplit('.').next().unwrap_or_default()),
            changed_fields: texts(data.and_then(|data| data.get("changedFields"))),
            values: BTreeMap::new(),
            at: tree.get("timestamp").and_then(Value::as_str).and_then(instant),
        }),
        None if said.starts_with("employee") => return Err(DeliveryError::NoId),
        None => None,
    };
    let people = person.into_iter().collect();
    Ok(Delivery { event_type: tidy(said), family: Family::EventBased, people, unreadable: 0 })
}

fn field_based(employees: &Value, said: Option<&str>) -> Result<Delivery, DeliveryError> {
    let (rows, people): (usize, Vec<DeliveredPerson>) = match employees {
        Value::Array(rows) => {
            let read =
                |row: &Value| Some(person(source_id(row.get("id")?)?, row, row.get("fields")));
            (rows.len(), rows.iter().filter_map(read).collect())
        }
        // In forms the id is the key, and the values lie beside the other entries.
        Value::Object(rows) => {
            let read = |(id, row): (&String, &Value)| {
                Some(person(as_source_id(id)?, row, row.get("fields").or(Some(row))))
            };
            (rows.len(), rows.iter().filter_map(read).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(DeliveryError::Unrecognised);
        }
    };
    if people.is_empty() && rows > 0 {
        return Err(DeliveryError::NoId);
    }
    let event_type = said.map_or_else(|| named_by_action(&people), tidy);
    let unreadable = rows - people.len();
    Ok(Delivery { event_type, family: Family::FieldBased, people, unreadable })
}

fn person(source_id: String, row: &Value, values: Option<&Value>) -> DeliveredPerson {
    let said = |key| row.get(key).and_then(Value::as_str);
    DeliveredPerson {
        source_id,
        action: said("action").map_or(DeliveredAction::Unknown, action),
        changed_fields: texts(row.get("changedFields")),
        values: values.and_then(Value::as_object).map(read_values).unwrap_or_default(),
        at: said("timestamp").and_then(instant),
    }
}

/// Flat values, or `{"value": …}`; what belongs to the row itself is left out.
fn read_values(fields: &Map<String, Value>) -> BTreeMap<String, Option<String>> {
    let own = |name: &str| matches!(name, "changedFields" | "action" | "timestamp");
    let value = |value: &Value| text(value.get("value").unwrap_or(value));
    fields
        .iter()
        .filter(|(name, _)| !own(name))
        .map(|(name, field)| (name.clone(), value(field)))
        .collect()
}

fn action(word: &str) -> DeliveredAction {
    match word.to_ascii_lowercase().as_str() {
        "created" | "inserted" => DeliveredAction::Created,
        "updated" => DeliveredAction::Updated,
        "deleted" => DeliveredAction::Deleted,
        _ => DeliveredAction::Unknown,
    }
}

/// Field-based deliveries often have no type: it follows from what was done, if that is one thing.
fn named_by_action(people: &[DeliveredPerson]) -> String {
    let first = people.first().map(|person| person.action);
    let alike = people.iter().all(|person| Some(person.action) == first);
    let name = match first.filter(|_| alike) {
        Some(DeliveredAction::Created) => "employee_with_fields.created",
        Some(DeliveredAction::Updated) => "employee_with_fields.updated",
        Some(DeliveredAction::Deleted) => "employee_with_fields.deleted",
        Some(DeliveredAction::Unknown) | None => "employee_with_fields",
    };
    name.to_owned()
}

/// A type is stored in clear, so nothing else may hide in it.
fn tidy(said: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    match said.len() <= 64 && said.bytes().all(plain) {
        true => said.to_owned(),
        false => "unknown".to_owned(),
    }
}

/// Characters kept of one value; names of fields are far shorter.
const LONGEST: usize = 2_000;
/// Bytes of an id; the provider's are numbers. It becomes part of a URL.
const LONGEST_ID: usize = 200;

fn source_id(value: &Value) -> Option<String> {
    as_source_id(&text(value)?)
}

fn as_source_id(id: &str) -> Option<String> {
    let id = id.trim();
    let fits = (1..=LONGEST_ID).contains(&id.len()) && !id.contains('\0');
    fits.then(|| id.to_owned())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let kept: String = text.trim().chars().filter(|c| *c != '\0').take(LONGEST).collect();
            Some(kept).filter(|text| !text.is_empty())
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts of a list, or of a map that stands for one (forms, PHP).
fn texts(list: Option<&Value>) -> Vec<String> {
    match list {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(Value::Object(items)) => items.values().filter_map(text).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => vec![],
    }
}

/// Levels of a form's key; the rest of a deeper one is left out, since a tree is dropped on the stack.
const DEEPEST: usize = 8;

/// `data[changedFields][0]=x` as the tree it means.
fn form_tree(body: &[u8]) -> Value {
    let mut tree = Value::Object(Map::new());
    for (key, value) in form_urlencoded::parse(body) {
        let (head, rest) = key.split_once('[').unwrap_or((&key, ""));
        let path =
            rest.strip_suffix(']').unwrap_or(rest).split("][").filter(|part| !part.is_empty());
        let mut at = &mut tree;
        for part in std::iter::once(head).chain(path).take(DEEPEST) {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = at.as_object_mut().expect("made one above").entry(part).or_insert(Value::Null);
        }
        *at = Value::String(value.into_owned());
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    const TIME: &str = "1769884920";
    const A: &str = r#"{"type":"employee.updated","timestamp":"2026-01-31T18:42:00+0000","data":{"companyId":"4711","employeeId":"67","changedFields":["department"]}}"#;
    const B: &str = r#"{"employees":[{"action":"Updated","changedFields":["Department"],"fields":{"Department":"R&D – Zürich"},"id":"67","timestamp":"2026-01-31T18:42:00+0000"}]}"#;
    const C: &str = "type=employee.updated&data%5BcompanyId%5D=4711&data%5BemployeeId%5D=67&data%5BchangedFields%5D%5B0%5D=department";
    const OF_A: &str = "3f9a01a799f462beff9e45ff3fcdebed07537ee3e0cfc92868271c81d3faf07d";
    const OF_B: &str = "6893a3eb812c0303c0e92cb2f7ef2379b76e13304b10480f6e560cc1b0423f27";
    const OF_C: &str = "42b76ae9f0728a6a9e4bcd8c166c80ee7e5b9648063b874679317a124c73fb1e";

    fn genuine(key: &[u8], body: &str, signature: &str) -> bool {
        verify(SignatureForm::BodyTimestamp, key, body.as_bytes(), TIME, signature)
    }

    #[test]
    fn the_published_vectors_verify() {
        for (body, signature) in [(A, OF_A), (B, OF_B), (C, OF_C)] {
            assert!(genuine(KEY, body, signature));
            assert!(!genuine(KEY, &body.replace("67", "68"), signature));
            assert!(!genuine(b"another key", body, signature));
        }
        assert!(!genuine(KEY, A, &OF_A[2..]));
        assert!(!genuine(KEY, A, "not hex"));
        assert!(!genuine(KEY, A, ""));
    }

    #[test]
    fn no_form_of_signature_passes_for_another() {
        let seed = sign(SignatureForm::TimestampDotBody, KEY, A.as_bytes(), TIME);
        let body_only = sign(SignatureForm::Body, KEY, A.as_bytes(), "");
        let decoded = hex::decode(KEY).unwrap();
        let hex_key = sign(SignatureForm::BodyTimestamp, &decoded, A.as_bytes(), TIME);
        let known = [
            (seed, "9f554a06", "a7588"),
            (body_only, "995928d5", "a8555"),
            (hex_key, "6a9f57df", "a9fe98"),
        ];
        for (signature, head, tail) in known {
            assert!(signature.starts_with(head) && signature.ends_with(tail), "{signature}");
            assert!(!genuine(KEY, A, &signature));
        }
    }

    #[test]
    fn both_families_and_both_encodings_say_the_same() {
        let json = parse_delivery("application/json; charset=utf-8", A.as_bytes()).unwrap();
        assert_eq!(
            (json.event_type.as_str(), json.family),
            ("employee.updated", Family::EventBased)
        );
        assert_eq!(json.people[0].at, instant("2026-01-31T18:42:00Z"));
        let form = parse_delivery("application/x-www-form-urlencoded", C.as_bytes()).unwrap();
        let expected = DeliveredPerson { at: None, ..json.people[0].clone() };
        assert_eq!(form.people, [expected]);

        let fields = parse_delivery("application/json", B.as_bytes()).unwrap();
        assert_eq!(fields.event_type, "employee_with_fields.updated");
        assert_eq!(fields.people[0].values["Department"].as_deref(), Some("R&D – Zürich"));
    }

    #[test]
    fn a_form_is_as_deep_as_it_needs_to_be_and_no_deeper() {
        let deep = format!("{C}&a{}=1", "[x]".repeat(300_000));

        let read = parse_delivery("application/x-www-form-urlencoded", deep.as_bytes()).unwrap();

        assert_eq!(read.people[0].changed_fields, ["department"]);
    }

    #[test]
    fn only_recent_times_are_fresh() {
        let now = DateTime::from_timestamp(1_769_884_920, 0).unwrap();
        let judge = |text: &str| freshness(text, now, TimeDelta::minutes(5));
        for fresh in
            [TIME, "2026-01-31T18:42:00Z", "2026-01-31T18:46:00+0000", "2026-01-31T19:40:00+01:00"]
        {
            assert_eq!(judge(fresh), Freshness::Fresh, "{fresh}");
        }
        assert_eq!(judge("1769884619"), Freshness::Stale);
        assert_eq!(judge("2026-01-31T18:48:00Z"), Freshness::Stale);
        for odd in ["yesterday", "", "99999999999999999"] {
            assert_eq!(judge(odd), Freshness::Unreadable, "{odd}");
        }
    }
}
