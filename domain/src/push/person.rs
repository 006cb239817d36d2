//! One user of a body that was found to be good, made into one of ours.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::Taking;
use super::departments::Departments;
use super::text::kept;
use crate::field::{Field, Seen, Value};
use crate::plan::{Employee, Status};

/// The fields that can be sent.
pub const FIELDS: [Field; 10] = [
    Field::EmployeeNumber,
    Field::FirstName,
    Field::LastName,
    Field::Email,
    Field::Phone,
    Field::JobTitle,
    Field::Departments,
    Field::HireDate,
    Field::Manager,
    Field::PhotoUrl,
];

/// What a body calls a field; `None` for one that can't be sent.
pub fn property(field: Field) -> Option<&'static str> {
    match field {
        Field::EmployeeNumber => Some("employee_id"),
        Field::FirstName => Some("first_name"),
        Field::LastName => Some("last_name"),
        Field::Email => Some("email"),
        Field::Phone => Some("phone_number"),
        Field::JobTitle => Some("job_title"),
        Field::Departments => Some("departments"),
        Field::HireDate => Some("hire_date"),
        Field::Manager => Some("manager"),
        Field::PhotoUrl => Some("profile_image"),
        Field::PreferredName
        | Field::Division
        | Field::Location
        | Field::EmploymentType
        | Field::TerminationDate => None,
    }
}

/// `None` for what is no user, or has no id.
///
/// What is left out of the user is left out here too. An empty value clears: nobody above them, no
/// departments. A future day of hiring holds nobody back: `active` alone says who works there.
pub(super) fn employee(
    user: &Json,
    taking: &Taking,
    departments: &mut Departments,
) -> Option<Employee> {
    let source_id = text(user, "hris_id").filter(|id| !id.is_empty())?;
    let email = text(user, "email").unwrap_or_default();
    let mut employee = Employee {
        status: Status::Ignored,
        starts_on: None,
        ends_on: None,
        seen: Seen::new(),
        unreadable: vec![],
        source_id,
    };
    if [&employee.source_id, &email].iter().any(|name| taking.ignored.people.names(name)) {
        return Some(employee);
    }
    employee.status = match user.get("active").and_then(Json::as_bool) {
        Some(true) => Status::Active,
        Some(false) => Status::Inactive,
        None => Status::Unknown,
    };
    for field in FIELDS.into_iter().filter(|field| taking.fields.contains(field)) {
        match said(field, user, taking, departments) {
            Said::Nothing => {}
            Said::Unreadable => employee.unreadable.push(field),
            Said::Value(value) => {
                employee.seen.insert(field, value);
            }
        }
    }
    Some(employee)
}

enum Said {
    Nothing,
    /// `None` is explicitly empty.
    Value(Option<Value>),
    Unreadable,
}

fn said(field: Field, user: &Json, taking: &Taking, departments: &mut Departments) -> Said {
    let Some(name) = property(field) else { return Said::Nothing };
    let text = match field {
        Field::Manager => user.get(name).and_then(|manager| text(manager, "hris_id")),
        Field::PhotoUrl => user.get(name).and_then(|image| text(image, "url")),
        Field::Departments => {
            let Some(paths) = user.get(name).and_then(Json::as_array) else {
                return Said::Nothing;
            };
            return Said::Value(keys(paths, taking, departments));
        }
        Field::EmployeeNumber
        | Field::FirstName
        | Field::LastName
        | Field::PreferredName
        | Field::Email
        | Field::Phone
        | Field::JobTitle
        | Field::Division
        | Field::Location
        | Field::EmploymentType
        | Field::HireDate
        | Field::TerminationDate => text(user, name),
    };
    match text {
        None => Said::Nothing,
        Some(text) if text.is_empty() => Said::Value(None),
        Some(text) if field == Field::HireDate => match day(&text) {
            Some(day) => Said::Value(Some(Value::Text(day.format("%Y-%m-%d").to_string()))),
            None => Said::Unreadable,
        },
        Some(text) => Said::Value(Some(Value::Text(text))),
    }
}

/// The departments that paths name, in order and each once.
fn keys(paths: &[Json], taking: &Taking, departments: &mut Departments) -> Option<Value> {
    let mut keys: Vec<String> = Vec::with_capacity(paths.len());
    for path in paths.iter().filter_map(Json::as_str) {
        if let Some(key) = departments.take(path, &taking.ignored)
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
    (!keys.is_empty()).then_some(Value::List(keys))
}

fn text(of: &Json, name: &str) -> Option<String> {
    of.get(name).and_then(Json::as_str).map(|text| kept(text).into_owned())
}

/// A day, also at the beginning of an instant such as `2026-01-31T00:00:00Z`.
fn day(text: &str) -> Option<NaiveDate> {
    let (day, rest) = text.split_at_checked(10)?;
    let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let is_over = rest.is_empty() || rest.starts_with(['T', ' ']);
    (is_day && is_over).then(|| day.parse().ok())?
}
