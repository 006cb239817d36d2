//! Answers as XML, for clients that forget to ask for JSON; each from the JSON it stands for.
//!
//! The description names the elements of the directory, of users and of one list; the others are
//! as clients in the field read them (see the crate's README).

use serde_json::Value;

pub(super) fn document(root: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n{root}")
}

/// `GET /employees/{id}`.
pub(super) fn employee(answer: &Value) -> String {
    let cells = answer.as_object().into_iter().flatten().filter(|(name, _)| *name != "id");
    let cells = cells.map(|(name, value)| field(name, value)).collect::<String>();
    element("employee", &[("id", &answer["id"])], &cells)
}

pub(super) fn directory(answer: &Value) -> String {
    element("directory", &[], &(fieldset(answer, &[]) + &employees(answer)))
}

pub(super) fn report(answer: &Value) -> String {
    let title = element("title", &[], &escaped(&answer["title"]));
    element("report", &[], &(title + &fieldset(answer, &["type"]) + &employees(answer)))
}

/// `GET /employees/changed`.
pub(super) fn changed(answer: &Value) -> String {
    let entries = answer["employees"].as_object().into_iter().flatten();
    let entry = |(_, entry): (_, &Value)| {
        element("employee", &attributes(entry, &["id", "action", "lastChanged"]), "")
    };
    let entries = entries.map(entry).collect::<String>();
    element("changeList", &[("latest", &answer["latest"])], &entries)
}

/// `GET /meta/fields`.
pub(super) fn fields(answer: &Value) -> String {
    let one = |field: &Value| {
        let attributes = attributes(field, &["id", "type", "alias"]);
        element("field", &attributes, &escaped(&field["name"]))
    };
    element("fields", &[], &items(answer).map(one).collect::<String>())
}

pub(super) fn lists(answer: &Value) -> String {
    element("lists", &[], &items(answer).map(list).collect::<String>())
}

pub(super) fn list(list: &Value) -> String {
    let option = |option: &Value| {
        let attributes = attributes(option, &["id", "archived", "createdDate", "archivedDate"]);
        element("option", &attributes, &escaped(&option["name"]))
    };
    let options = items(&list["options"]).map(option).collect::<String>();
    let name = element("name", &[], &escaped(&list["name"]));
    let attributes = attributes(list, &["fieldId", "alias", "manageable", "multiple"]);
    element("list", &attributes, &(name + &element("options", &[], &options)))
}

/// Who is nobody's employee has no `employeeId` here.
pub(super) fn users(answer: &Value) -> String {
    let one = |(_, user): (_, &Value)| {
        let mut attributes = attributes(user, &["id", "employeeId"]);
        attributes.retain(|(name, id)| *name == "id" || **id != 0);
        let parts = ["firstName", "lastName", "email", "status", "lastLogin"];
        let parts = parts.into_iter().filter(|part| user.get(part).is_some());
        let parts = parts.map(|part| element(part, &[], &escaped(&user[part])));
        element("user", &attributes, &parts.collect::<String>())
    };
    let all = answer.as_object().into_iter().flatten().map(one).collect::<String>();
    element("users", &[], &all)
}

fn fieldset(answer: &Value, more: &[&'static str]) -> String {
    let one = |field: &Value| {
        let mut shown = attributes(field, &["id"]);
        shown.extend(attributes(field, more));
        element("field", &shown, &escaped(&field["name"]))
    };
    element("fieldset", &[], &items(&answer["fields"]).map(one).collect::<String>())
}

/// The fields of each stand in the order of the fieldset.
fn employees(answer: &Value) -> String {
    let names: Vec<&str> =
        items(&answer["fields"]).filter_map(|field| field["id"].as_str()).collect();
    let one = |person: &Value| {
        let cells = names.iter().map(|name| field(name, &person[*name])).collect::<String>();
        element("employee", &[("id", &person["id"])], &cells)
    };
    element("employees", &[], &items(&answer["employees"]).map(one).collect::<String>())
}

fn field(name: &str, value: &Value) -> String {
    element("field", &[("id", &Value::from(name))], &escaped(value))
}

/// The values of a list, or of the object that stands for one.
fn items(list: &Value) -> impl Iterator<Item = &Value> {
    let object = list.as_object().into_iter().flat_map(|object| object.values());
    list.as_array().into_iter().flatten().chain(object)
}

/// Those of an object's values that are there.
fn attributes<'a>(of: &'a Value, names: &[&'static str]) -> Vec<(&'static str, &'a Value)> {
    names.iter().filter_map(|name| Some((*name, of.get(name)?))).collect()
}

fn element(name: &str, attributes: &[(&str, &Value)], content: &str) -> String {
    let mut text = format!("<{name}");
    for (name, value) in attributes {
        text.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    }
    match content {
        "" => text.push_str("/>"),
        content => text.push_str(&format!(">{content}</{name}>")),
    }
    text
}

fn escaped(value: &Value) -> String {
    let plain = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let mut text = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            other => text.push(other),
        }
    }
    text
}
