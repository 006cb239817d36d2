//! `GET /employees`: the newer list, in pages by cursor.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::answer;
use super::ask::Ask;
use super::company::Company;
use super::fields::{Column, View};
use super::list_query::{Cursor, ListQuery, Senseless, visible};
use super::people::Person;
use super::shared::Shared;
use super::sight::Sight;

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
    ("facebookUrl", Column::Empty),
    ("instagramUrl", Column::Empty),
    ("twitterUrl", Column::Empty),
    ("pinterestUrl", Column::Empty),
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
    match rows(shared, ask) {
        Ok(body) => answer::json(StatusCode::OK, &body),
        Err(Senseless::Request(reason)) => {
            answer::coded(StatusCode::BAD_REQUEST, "BadRequest", &reason)
        }
        Err(Senseless::Page) => {
            answer::coded(StatusCode::BAD_REQUEST, "BadPage", "The cursor is not valid")
        }
    }
}

fn rows(shared: &Shared, ask: &Ask) -> Result<Value, Senseless> {
    let query = ListQuery::parse(ask)?;
    let (company, sight) = shared.look();
    let view = company.view(true);
    let mut found = query.found(&company, &sight, view);
    let total = found.len();
    found.retain(|person| sight.listed(person.id));
    let limit = query.limit;
    let place = |id| found.iter().position(|person| person.id == id).ok_or(Senseless::Page);
    let (start, end) = match query.place {
        None => (0, limit),
        Some(Cursor::After(id)) => (place(id)? + 1, place(id)? + 1 + limit),
        Some(Cursor::Before(id)) => (place(id)?.saturating_sub(limit), place(id)?),
    };
    let end = end.min(found.len());
    let shown = &found[start..end];
    let row = |person: &&Person| row(&company, &sight, ask, view, person);
    let data: Vec<Value> = shown.iter().map(row).collect();
    let ends = shown.first().zip(shown.last());
    let next = ends.filter(|_| end < found.len()).map(|(_, last)| Cursor::After(last.id));
    let prev = ends.filter(|_| start > 0).map(|(first, _)| Cursor::Before(first.id));
    let sealed = |cursor: Option<Cursor>| cursor.map(Cursor::sealed);
    let page = json!({ "limit": limit, "nextCursor": sealed(next), "prevCursor": sealed(prev) });
    let links = links(ask, next, prev);
    Ok(json!({ "data": data, "meta": { "total": total, "page": page }, "_links": links }))
}

/// Only to pages there are.
fn links(ask: &Ask, next: Option<Cursor>, prev: Option<Cursor>) -> Value {
    let link = |cursor: Option<(&str, Cursor)>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let is_cursor = |name: &str| name == "page[after]" || name == "page[before]";
        for (name, value) in &ask.query {
            if cursor.is_none() || !is_cursor(name) {
                query.append_pair(name, value);
            }
        }
        if let Some((name, cursor)) = cursor {
            query.append_pair(name, &cursor.sealed());
        }
        let (page, query) = (ask.url("v1/employees"), query.finish());
        json!({ "href": if query.is_empty() { page } else { format!("{page}?{query}") } })
    };
    let mut links = Map::from_iter([("self".to_owned(), link(None))]);
    links.extend(next.map(|next| ("next".to_owned(), link(Some(("page[after]", next))))));
    links.extend(prev.map(|prev| ("prev".to_owned(), link(Some(("page[before]", prev))))));
    Value::Object(links)
}

/// Hidden fields are null here, and named: the only page that tells.
fn row(company: &Company, sight: &Sight, ask: &Ask, view: View, person: &Person) -> Value {
    let wanted = ask.fields();
    let more = MORE.iter().filter(|(name, _)| wanted.contains(name));
    let mut row = Map::from_iter([("employeeId".to_owned(), json!(person.id.to_string()))]);
    let mut restricted = Vec::new();
    for (name, column) in BASE.iter().chain(more) {
        let shown = visible(sight, name, *column);
        let cell = sight.cell(company, person, *column, view);
        let value = if shown && !cell.is_empty() { cell.to_value() } else { Value::Null };
        row.insert((*name).to_owned(), value);
        if !shown {
            restricted.push(*name);
        }
    }
    row.insert("_restrictedFields".to_owned(), json!(restricted));
    Value::Object(row)
}
