//! The classic employee pages: one employee, the directory, what changed, and writes.

use std::collections::BTreeMap;

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::{Map, Value, json};

use super::acts::NewOptions;
use super::answer;
use super::ask::Ask;
use super::company::{Action, Refusal};
use super::fields::{Field, status};
use super::people::Status;
use super::shared::Shared;
use super::times::iso;
use super::xml;
use crate::control::written;

/// More is a 400.
pub(super) const MAX_FIELDS: usize = 400;

const DIRECTORY: &[&str] = &[
    "displayName",
    "firstName",
    "lastName",
    "preferredName",
    "jobTitle",
    "workPhone",
    "workPhoneExtension",
    "mobilePhone",
    "workEmail",
    "department",
    "location",
    "division",
    "linkedIn",
    "supervisor",
    "photoUploaded",
    "photoUrl",
];

/// `GET /employees/{id}`; `0` is the owner of the key. Fields unknown or hidden are left out.
pub(super) fn one(shared: &Shared, ask: &Ask, id: &str) -> Response {
    let Ok(id) = id.parse() else {
        return answer::no_employee();
    };
    let id = if id == 0 { ask.key as u64 + 1 } else { id };
    let (company, sight) = shared.look();
    let Some(person) = company.people.get(&id) else {
        return answer::no_employee();
    };
    if !sight.employee(id) {
        return answer::refused(StatusCode::FORBIDDEN, "You do not have access to this employee");
    }
    let mut wanted = ask.fields();
    if wanted.len() > MAX_FIELDS {
        return answer::refused(StatusCode::BAD_REQUEST, "Too many fields");
    }
    if wanted.is_empty() {
        wanted = vec!["firstName", "lastName"];
    }
    let view = company.view(ask.only_current());
    let mut body = Map::from_iter([("id".to_owned(), Value::String(id.to_string()))]);
    for name in wanted {
        let field = Field::named(name).filter(|field| sight.field(field.alias));
        if let Some(field) = field {
            body.insert(
                name.to_owned(),
                sight.cell(&company, person, field.column, view).to_value(),
            );
        } else if name == "canUploadPhoto" && sight.field(name) {
            body.insert(name.to_owned(), Value::Bool(true));
        }
    }
    answer::negotiated(ask, &Value::Object(body), xml::employee)
}

/// `GET /employees/directory`: only who is active, no ids of departments or managers.
pub(super) fn directory(shared: &Shared, ask: &Ask) -> Response {
    let (company, sight) = shared.look();
    let view = company.view(ask.only_current());
    let shown: Vec<&Field> = DIRECTORY
        .iter()
        .filter_map(|alias| Field::named(alias))
        .filter(|field| sight.field(field.alias))
        .collect();
    let mut employees = Vec::new();
    for person in company.people.values() {
        if status(person, view) != Status::Active || !sight.listed(person.id) {
            continue;
        }
        let cell = |field: &&Field| {
            (field.alias.to_owned(), sight.cell(&company, person, field.column, view).to_value())
        };
        let mut row: Map<String, Value> = shown.iter().map(cell).collect();
        row.insert("id".to_owned(), Value::String(person.id.to_string()));
        row.insert("canUploadPhoto".to_owned(), json!(1));
        employees.push(Value::Object(row));
    }
    if employees.is_empty() {
        return answer::refused(StatusCode::NOT_FOUND, "No employees found");
    }
    let describe =
        |field: &&Field| json!({"id": field.alias, "type": field.kind, "name": field.name});
    let fields: Vec<Value> = shown.iter().map(describe).collect();
    let body = json!({ "fields": fields, "employees": employees });
    answer::negotiated(ask, &body, xml::directory)
}

/// `GET /employees/changed`: a map by id; `since` itself is included.
pub(super) fn changed(shared: &Shared, ask: &Ask) -> Response {
    let since = ask.query("since").and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let Some(since) = since.map(|since| since.trunc_subsecs(0)) else {
        return answer::refused(StatusCode::BAD_REQUEST, "Missing or invalid since");
    };
    let wanted = match ask.query("type") {
        None | Some("all") => None,
        Some("inserted") => Some(Action::Inserted),
        Some("updated") => Some(Action::Updated),
        Some("deleted") => Some(Action::Deleted),
        Some(_) => return answer::refused(StatusCode::BAD_REQUEST, "Invalid type"),
    };
    let (company, sight) = shared.look();
    let before = company.people.values().filter(|person| !company.touched.contains_key(&person.id));
    let before = before.map(|person| (person.id, (Action::Inserted, person.last_changed)));
    let mut entries = BTreeMap::new();
    let mut latest = since;
    for (id, (action, at)) in before.chain(company.touched.iter().map(|(id, entry)| (*id, *entry)))
    {
        if at < since || wanted.is_some_and(|wanted| wanted != action) || !sight.employee(id) {
            continue;
        }
        latest = latest.max(at);
        entries.insert(
            id.to_string(),
            json!({"id": id.to_string(), "action": action, "lastChanged": iso(at)}),
        );
    }
    let body = json!({ "latest": iso(latest), "employees": entries });
    answer::negotiated(ask, &body, xml::changed)
}

/// `POST /employees`: an empty body, and where the new employee is.
pub(super) fn create(shared: &Shared, ask: &Ask) -> Response {
    let Some(fields) = written(&ask.body) else {
        return answer::refused(StatusCode::BAD_REQUEST, "Malformed request body");
    };
    match shared.act(|company| company.hire(&fields, NewOptions::Refuse)) {
        Err(refusal) => write_refused(&refusal),
        Ok(id) => {
            let mut response = answer::bytes(StatusCode::CREATED, "text/html; charset=UTF-8", "");
            let location = ask.url(&format!("v1/employees/{id}"));
            if let Ok(location) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(LOCATION, location);
            }
            response
        }
    }
}

/// `POST /employees/{id}`.
pub(super) fn update(shared: &Shared, ask: &Ask, id: &str) -> Response {
    let Some(fields) = written(&ask.body) else {
        return answer::refused(StatusCode::BAD_REQUEST, "Malformed request body");
    };
    let Ok(id) = id.parse() else {
        return answer::no_employee();
    };
    let updated = shared.act(|company| {
        let changes = company.update(id, &fields, NewOptions::Refuse)?;
        Ok(((), changes))
    });
    match updated {
        Err(refusal) => write_refused(&refusal),
        Ok(()) => answer::bytes(StatusCode::OK, "text/html; charset=UTF-8", ""),
    }
}

fn write_refused(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::NoSuchEmployee(_) => answer::no_employee(),
        Refusal::InvalidValue { .. } => answer::refused(StatusCode::CONFLICT, &refusal.to_string()),
        Refusal::NoSuchField(_)
        | Refusal::NameMissing
        | Refusal::NoSuchList(_)
        | Refusal::NoSuchOption(_)
        | Refusal::DuplicateName
        | Refusal::NoSuchDelivery(_) => {
            answer::refused(StatusCode::BAD_REQUEST, &refusal.to_string())
        }
    }
}
