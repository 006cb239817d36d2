//! The metadata pages: fields, option lists, users.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer;
use super::ask::Ask;
use super::dictionary::FIELDS;
use super::lists::{ListKind, ListRefusal, Lists};
use super::shared::{Shared, locked};
use super::times::iso;
use super::xml;

/// `GET /meta/fields`: without the calculated ones.
pub(super) fn fields(shared: &Shared, ask: &Ask) -> Response {
    let sight = shared.sight();
    let shown = FIELDS.iter().filter(|field| field.id > 0 && sight.field(field.alias));
    let described = shown.map(|field| {
        let mut entry = json!({"id": field.id, "name": field.name, "type": field.kind});
        if let Some(alias) = field.public_alias() {
            entry["alias"] = json!(alias);
        }
        entry
    });
    answer::negotiated(ask, &described.collect(), xml::fields)
}

/// `GET /meta/lists`: all of them; there is no page for one.
pub(super) fn lists(shared: &Shared, ask: &Ask) -> Response {
    let company = shared.company();
    let as_object = locked(&shared.faults).options_as_object.clone();
    let lists = ListKind::ALL.map(|kind| {
        let mut list = company.lists.described(kind);
        if as_object.contains(&kind) {
            list["options"] = holed(&list["options"]);
        }
        list
    });
    match ask.query("format") {
        Some(format) if format.eq_ignore_ascii_case("json") => answer::json(StatusCode::OK, &lists),
        Some(_) | None => answer::negotiated(ask, &json!(lists), xml::lists),
    }
}

/// As PHP writes a list that lost its second element.
fn holed(options: &Value) -> Value {
    let options = options.as_array().into_iter().flatten().enumerate();
    let keyed = |(index, option): (usize, &Value)| {
        (if index == 0 { 0 } else { index + 1 }.to_string(), option.clone())
    };
    Value::Object(options.map(keyed).collect())
}

#[derive(Debug, Deserialize)]
struct ListChange {
    options: Vec<OptionChange>,
}

#[derive(Debug, Deserialize)]
struct OptionChange {
    id: Option<Value>,
    value: Option<String>,
    archived: Option<String>,
}

/// `PUT /meta/lists/{fieldId}`: renames, archives or creates options, all or none of them. Answers
/// with the whole list, in XML.
pub(super) fn change_list(shared: &Shared, ask: &Ask, list: &str) -> Response {
    let is_id = list.bytes().all(|byte| byte.is_ascii_digit());
    let Some(kind) = ListKind::named(list).filter(|_| is_id) else {
        return answer::refused(StatusCode::NOT_FOUND, "List not found");
    };
    let Ok(change) = serde_json::from_slice::<ListChange>(&ask.body) else {
        return answer::refused(StatusCode::BAD_REQUEST, "Malformed request body");
    };
    let mut company = shared.company();
    let mut lists = company.lists.clone();
    for option in change.options {
        match change_option(&mut lists, kind, &option, company.clock.now()) {
            Ok(()) => {}
            Err(ListRefusal::DuplicateName) => {
                return answer::refused(StatusCode::CONFLICT, "Duplicate list value");
            }
            Err(ListRefusal::NoSuchOption(_)) => {
                return answer::refused(StatusCode::NOT_FOUND, "Option not found");
            }
        }
    }
    company.lists = lists;
    company.version += 1;
    let list = xml::list(&company.lists.described(kind));
    answer::bytes(StatusCode::OK, "text/xml", xml::document(&list))
}

fn change_option(
    lists: &mut Lists,
    kind: ListKind,
    option: &OptionChange,
    now: DateTime<Utc>,
) -> Result<(), ListRefusal> {
    let id = match (option.id.as_ref().and_then(number), &option.value) {
        (Some(id), Some(name)) => {
            lists.rename(kind, id, name)?;
            id
        }
        (Some(id), None) => id,
        (None, Some(name)) if lists.find(kind, name).is_some() => {
            return Err(ListRefusal::DuplicateName);
        }
        (None, Some(name)) => lists.create(kind, name, now),
        (None, None) => return Ok(()),
    };
    match option.archived.as_deref() {
        Some("yes") => lists.archive(kind, id, Some(now)),
        Some("no") => lists.archive(kind, id, None),
        Some(_) | None => {
            lists.choices(kind).get(&id).map(drop).ok_or(ListRefusal::NoSuchOption(id))
        }
    }
}

/// Ids come as numbers and as texts.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// `GET /meta/users`: the owners of the keys, and somebody who never came and is nobody's employee.
/// The vendor's own support users are never listed.
pub(super) fn users(shared: &Shared, ask: &Ask) -> Response {
    let company = shared.company();
    let mut users = Map::new();
    for (index, person) in company.people.values().take(2).enumerate() {
        let id = 2370 + index;
        let user = json!({
            "id": id, "employeeId": person.id, "firstName": person.first_name,
            "lastName": person.last_name, "status": "enabled",
            "email": person.work_email.as_ref().or(person.home_email.as_ref()),
            "lastLogin": iso(company.clock.now()),
        });
        users.insert(id.to_string(), user);
    }
    let bookkeeper = json!({
        "id": 2400, "employeeId": 0, "firstName": "Robin", "lastName": "Ledger",
        "email": "robin@books.example", "status": "disabled",
    });
    users.insert("2400".to_owned(), bookkeeper);
    let mut wanted: Vec<&str> = ask.query("status").unwrap_or_default().split(',').collect();
    wanted.retain(|status| ["enabled", "disabled"].contains(status));
    let fits = |user: &Value| wanted.iter().any(|status| user["status"] == *status);
    users.retain(|_, user| wanted.is_empty() || fits(user));
    answer::negotiated(ask, &Value::Object(users), xml::users)
}
