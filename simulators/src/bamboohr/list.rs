//! `GET /employees`: the newer list, in pages by cursor.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::answer;
use super::ask::Ask;
use super::company::Company;
use super::faults::Sight;
use super::fields::{Column, Field, View};
use super::people::Person;
use super::shared::Shared;

/// Always shown.
const BASE: &[(&str, Column)] = &[
    ("firstName", Column::FirstName),
    ("lastName", Column::LastName),
    ("preferredName", Column::PreferredName),
    ("photoUrl", Column::PhotoUrl),
    ("jobTitleName", Column::JobTitle),
    ("status", Column::Status),
];

/// What `fields` may add: a closed list.
const MORE: &[(&str, Column)] = &[
    ("workEmail", Column::WorkEmail),
    ("homeEmail", Column::HomeEmail),
    ("bestEmail", Column::BestEmail),
    ("middleName", Column::MiddleName),
    ("workPhone", Column::WorkPhone),
    ("workPhoneExtension", Column::WorkPhoneExtension),
    ("mobilePhone", Column::MobilePhone),
    ("homePhone", Column::Empty),
    ("skypeUsername", Column::Empty),
    ("linkedinUrl", Column::Empty),
    ("birthDate", Column::Empty),
    ("hireDate", Column::HireDate),
    ("divisionName", Column::Division),
    ("divisionId", Column::DivisionId),
    ("departmentName", Column::Department),
    ("departmentId", Column::DepartmentId),
    ("locationName", Column::Location),
    ("locationId", Column::LocationId),
    ("jobTitleId", Column::JobTitleId),
    ("employmentStatusName", Column::EmploymentStatus),
    ("employmentStatusId", Column::EmploymentStatusId),
    ("reportsToName", Column::ReportsTo),
    ("reportsToId", Column::SupervisorId),
];

pub(super) fn page(shared: &Shared, ask: &Ask) -> Response {
    if shared.config.list_needs_oauth {
        return answer::refused(StatusCode::FORBIDDEN, "This endpoint needs OAuth");
    }
    let limit = match ask.query("page[limit]").map(str::parse::<usize>) {
        None => 50,
        Some(Ok(limit @ 1..=100)) => limit,
        Some(_) => {
            return answer::coded(StatusCode::BAD_REQUEST, "BadRequest", "page[limit] is 1 to 100");
        }
    };
    let (company, sight) = (shared.company(), shared.sight());
    let view = company.view(true);
    let found = found(&company, &sight, ask, view);
    let place = |cursor: &str| {
        let id = opened(cursor)?;
        found.iter().position(|person| person.id == id)
    };
    let range = match (ask.query("page[after]"), ask.query("page[before]")) {
        (None, None) => Some((0, limit)),
        (Some(after), _) => place(after).map(|place| (place + 1, place + 1 + limit)),
        (None, Some(before)) => place(before).map(|place| (place.saturating_sub(limit), place)),
    };
    let Some((start, end)) = range else {
        return answer::coded(StatusCode::BAD_REQUEST, "BadPage", "The cursor is no longer valid");
    };
    let end = end.min(found.len());
    let row = |person: &&Person| row(&company, &sight, ask, view, person);
    let data: Vec<Value> = found[start..end].iter().map(row).collect();
    let (meta, links) = around(&found, start, end, limit);
    let body = json!({ "data": data, "meta": meta, "_links": links });
    answer::json(StatusCode::OK, &body)
}

/// How many there are, and the ways to the next and the previous page.
fn around(found: &[&Person], start: usize, end: usize, limit: usize) -> (Value, Value) {
    let next = (start < end && end < found.len()).then(|| cursor(found[end - 1].id));
    let prev = (start < end && start > 0).then(|| cursor(found[start].id));
    let link = |name: &str, cursor: &Option<String>| {
        let href = |cursor| format!("/api/v1/employees?page[{name}]={cursor}");
        cursor.as_ref().map(|cursor| json!({ "href": href(cursor) }))
    };
    let links = json!({
        "self": {"href": "/api/v1/employees"},
        "next": link("after", &next), "prev": link("before", &prev),
    });
    let page = json!({ "limit": limit, "nextCursor": next, "prevCursor": prev });
    (json!({ "total": found.len(), "page": page }), links)
}

/// Everybody who matches, in order. Who filters or sorts by a hidden field finds nobody.
fn found<'a>(company: &'a Company, sight: &Sight, ask: &Ask, view: View) -> Vec<&'a Person> {
    let filters: Vec<(&str, String)> = ask
        .query
        .iter()
        .filter_map(|(key, value)| {
            let name = key.strip_prefix("filter[")?.split(']').next()?;
            (name != "ids").then(|| (name, value.to_lowercase()))
        })
        .collect();
    let ids: BTreeSet<u64> = ask
        .query
        .iter()
        .filter(|(key, _)| key == "filter[ids]" || key == "filter[ids][]")
        .flat_map(|(_, value)| value.split(',').filter_map(|id| id.parse().ok()))
        .collect();
    let shows = |person: &Person, name: &str| {
        let column = BASE.iter().find(|(known, _)| *known == name)?.1;
        visible(sight, name, column)
            .then(|| company.cell(person, column, view).to_text().to_lowercase())
    };
    let matches = |person: &&Person| {
        let fits = |(name, wanted): &(&str, String)| match (*name, shows(person, name)) {
            (_, None) => false,
            ("status", Some(text)) => text == *wanted,
            (_, Some(text)) => text.contains(wanted.as_str()),
        };
        sight.listed(person.id)
            && (ids.is_empty() || ids.contains(&person.id))
            && filters.iter().all(fits)
    };
    let mut found: Vec<&Person> = company.people.values().filter(matches).collect();
    let sort = ask.query("sort").unwrap_or("employeeId");
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    if name != "employeeId" {
        found.retain(|person| shows(person, name).is_some());
        found.sort_by_cached_key(|person| shows(person, name));
    }
    if descending {
        found.reverse();
    }
    found
}

/// Hidden fields are null here, and named: the only page that tells.
fn row(company: &Company, sight: &Sight, ask: &Ask, view: View, person: &Person) -> Value {
    let wanted = ask.fields();
    let more = MORE.iter().filter(|(name, _)| wanted.contains(name));
    let mut row = Map::from_iter([("employeeId".to_owned(), json!(person.id.to_string()))]);
    let mut restricted = Vec::new();
    for (name, column) in BASE.iter().chain(more) {
        let shown = visible(sight, name, *column);
        let cell = company.cell(person, *column, view);
        let value = if shown && !cell.is_empty() { cell.to_value() } else { Value::Null };
        row.insert((*name).to_owned(), value);
        if !shown {
            restricted.push(*name);
        }
    }
    if !restricted.is_empty() {
        row.insert("_restrictedFields".to_owned(), json!(restricted));
    }
    Value::Object(row)
}

/// A field can be hidden under its name here or under its classic alias.
fn visible(sight: &Sight, name: &str, column: Column) -> bool {
    let classic = (column != Column::Empty).then(|| Field::of(column).alias);
    sight.field(name) && classic.is_none_or(|alias| sight.field(alias))
}

fn cursor(id: u64) -> String {
    URL_SAFE_NO_PAD.encode(json!({ "id": id }).to_string())
}

fn opened(cursor: &str) -> Option<u64> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    serde_json::from_slice::<Value>(&text).ok()?.get("id")?.as_u64()
}
