//! The datasets pages: the replacement of reports, in numbered pages.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer;
use super::ask::Ask;
use super::company::Company;
use super::dictionary::FIELDS;
use super::fields::{Field, View};
use super::people::Person;
use super::shared::Shared;

const DATASET: &str = "employee";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    fields: Vec<String>,
    filter: Option<String>,
    order_by: Option<String>,
    page: Option<usize>,
    page_size: Option<usize>,
}

/// `GET /api/v1_2/datasets`.
pub(super) fn names() -> Response {
    let names = json!({"datasets": [{"name": DATASET, "label": "Employee"}]});
    answer::json(StatusCode::OK, &names)
}

/// `GET /api/v1_2/datasets/{name}/fields`: pages out of range clamp.
pub(super) fn fields(shared: &Shared, ask: &Ask, name: &str) -> Response {
    if name != DATASET {
        return unknown_dataset();
    }
    let number = |name: &str| ask.query(name).and_then(|text| text.parse::<usize>().ok());
    let sight = shared.sight();
    let all: Vec<&Field> =
        FIELDS.iter().filter(|field| field.in_reports && sight.field(field.alias)).collect();
    let size = number("page_size").unwrap_or(500).clamp(1, 1000);
    let pages = all.len().div_ceil(size).max(1);
    let page = number("page").unwrap_or(1).clamp(1, pages);
    let shown = all.iter().skip((page - 1) * size).take(size);
    let described = shown.map(|field| {
        json!({
            "name": field.alias, "label": field.name, "parentType": "section",
            "parentName": "Employee", "entityName": "employee",
        })
    });
    let body = json!({
        "pagination": {
            "total_records": all.len(), "current_page": page, "total_pages": pages,
            "next_page": (page < pages).then_some(page + 1),
            "prev_page": (page > 1).then(|| page - 1),
        },
        "name": DATASET, "label": "Employee", "fields": described.collect::<Vec<_>>(),
    });
    answer::json(StatusCode::OK, &body)
}

/// `POST /api/v2/datasets/{name}/data`: filters are `field eq 'text'`, joined by `and`.
pub(super) fn data(shared: &Shared, ask: &Ask, name: &str) -> Response {
    if name != DATASET {
        return unknown_dataset();
    }
    let unprocessable =
        |code, detail| answer::problem(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&ask.body) else {
        return answer::problem(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Malformed request body");
    };
    let (company, sight) = (shared.company(), shared.sight());
    let view = company.view(true);
    let Some(filters) = filters(wanted.filter.as_deref().unwrap_or_default()) else {
        return unprocessable("INVALID_FILTER", "The filter is not understood");
    };
    let known = |alias: &str| {
        Field::named(alias).filter(|field| field.in_reports && sight.field(field.alias))
    };
    let shown: Vec<&Field> = wanted.fields.iter().filter_map(|alias| known(alias)).collect();
    let matches = |person: &&Person| {
        let fits = |(field, value): &(&Field, String)| {
            company.cell(person, field.column, view).to_text() == *value
        };
        sight.listed(person.id) && filters.iter().all(fits)
    };
    let mut found: Vec<&Person> = company.people.values().filter(matches).collect();
    if let Some(order) = &wanted.order_by {
        let (alias, direction) = order.split_once(' ').unwrap_or((order, "asc"));
        let Some(field) = shown.iter().find(|field| field.alias == alias) else {
            return unprocessable("INVALID_ORDER", "orderBy must be one of the fields");
        };
        found.sort_by_cached_key(|person| company.cell(person, field.column, view).to_text());
        if direction == "desc" {
            found.reverse();
        }
    }
    let row = |person: &Person| row(&company, person, &shown, view);
    answer::json(StatusCode::OK, &numbered(&found, &wanted, row))
}

/// One numbered page of what was found.
fn numbered(found: &[&Person], wanted: &Wanted, row: impl Fn(&Person) -> Value) -> Value {
    let page = wanted.page.unwrap_or(1).max(1);
    let size = wanted.page_size.unwrap_or(100).clamp(1, 1000);
    let pages = found.len().div_ceil(size).max(1);
    let shown = found.iter().skip((page - 1).saturating_mul(size)).take(size);
    let rows: Vec<Value> = shown.map(|person| row(person)).collect();
    let link = |page: usize| format!("/api/v2/datasets/{DATASET}/data?page={page}");
    let next = (page < pages).then(|| link(page + 1));
    let prev = (page > 1).then(|| link(page - 1));
    json!({
        "data": rows,
        "links": {"next": next, "prev": prev},
        "meta": {"page": page, "pageSize": size, "totalPages": pages, "totalItems": found.len()},
    })
}

fn row(company: &Company, person: &Person, shown: &[&Field], view: View) -> Value {
    let cell = |field: &&Field| {
        (field.alias.to_owned(), company.cell(person, field.column, view).to_value())
    };
    let mut fields: Map<String, Value> = shown.iter().map(cell).collect();
    fields.insert("id".to_owned(), json!(person.id.to_string()));
    json!({ "fields": fields })
}

fn filters(text: &str) -> Option<Vec<(&'static Field, String)>> {
    let conditions = text.split(" and ").map(str::trim).filter(|condition| !condition.is_empty());
    let parse = |condition: &str| {
        let (alias, value) = condition.split_once(" eq ")?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some((Field::named(alias.trim())?, value.to_owned()))
    };
    conditions.map(parse).collect()
}

fn unknown_dataset() -> Response {
    answer::problem(StatusCode::UNPROCESSABLE_ENTITY, "DATASET_NOT_FOUND", "No such dataset")
}
