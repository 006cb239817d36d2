//! The metadata pages: fields, option lists, users.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer;
use super::ask::Ask;
use super::clock::iso;
use super::dictionary::FIELDS;
use super::lists::{ListKind, ListRefusal};
use super::shared::Shared;

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
    answer::negotiated(ask, "fields", &described.collect())
}

/// `GET /meta/lists`: all of them; there is no page for one.
pub(super) fn lists(shared: &Shared, ask: &Ask) -> Response {
    let described = shared.company().lists.described();
    answer::negotiated(ask, "lists", &described)
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

/// `PUT /meta/lists/{fieldId}`: renames, archives or creates options. Answers in XML.
pub(super) fn change_list(shared: &Shared, ask: &Ask, list: &str) -> Response {
    let Some(kind) = ListKind::named(list) else {
        return answer::refused(StatusCode::NOT_FOUND, "List not found");
    };
    let Ok(change) = serde_json::from_slice::<ListChange>(&ask.body) else {
        return answer::refused(StatusCode::BAD_REQUEST, "Malformed request body");
    };
    let mut company = shared.company();
    for option in change.options {
        let changed = change_option(&mut company, kind, &option);
        match changed {
            Ok(()) => {}
            Err(ListRefusal::DuplicateName) => {
                return answer::refused(StatusCode::CONFLICT, "Duplicate list value");
            }
            Err(ListRefusal::NoSuchOption(_)) => {
                return answer::refused(StatusCode::NOT_FOUND, "Option not found");
            }
        }
    }
    company.version += 1;
    answer::bytes(StatusCode::OK, "text/xml", "<?xml version=\"1.0\"?>\n<list></list>")
}

fn change_option(
    company: &mut super::company::Company,
    kind: ListKind,
    option: &OptionChange,
) -> Result<(), ListRefusal> {
    let now = company.clock.now();
    let id = option.id.as_ref().and_then(number);
    match (id, &option.value) {
        (Some(id), Some(name)) => company.lists.rename(kind, id, name)?,
        (None, Some(name)) if company.lists.find(kind, name).is_some() => {
            return Err(ListRefusal::DuplicateName);
        }
        (None, Some(name)) => {
            company.lists.create(kind, name, now);
        }
        (_, None) => {}
    }
    if let (Some(id), Some("yes")) = (id, option.archived.as_deref()) {
        company.lists.archive(kind, id, now);
    }
    Ok(())
}

/// Ids come as numbers and as texts.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// `GET /meta/users`: the owners of the keys, and a support user who is nobody's employee.
pub(super) fn users(shared: &Shared, ask: &Ask) -> Response {
    let company = shared.company();
    let mut users = Map::new();
    for (index, person) in company.people.values().take(2).enumerate() {
        let id = 2370 + index;
        let user = json!({
            "id": id, "employeeId": person.id, "firstName": person.first_name,
            "lastName": person.last_name, "email": person.work_email, "status": "enabled",
            "lastLogin": iso(company.clock.now()),
        });
        users.insert(id.to_string(), user);
    }
    let support = json!({
        "id": 2400, "employeeId": 0, "firstName": "Support", "lastName": "Admin",
        "email": "support@vendor.example", "status": "disabled",
    });
    users.insert("2400".to_owned(), support);
    let wanted: Vec<&str> = ask.query("status").unwrap_or("enabled,disabled").split(',').collect();
    users.retain(|_, user| user["status"].as_str().is_some_and(|status| wanted.contains(&status)));
    answer::negotiated(ask, "users", &Value::Object(users))
}
