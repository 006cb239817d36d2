//! The datasets pages: the replacement of reports, in numbered pages.

use std::cmp::Reverse;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer;
use super::ask::Ask;
use super::company::Company;
use super::dictionary::FIELDS;
use super::fields::{Field, View};
use super::filter::Filter;
use super::people::Person;
use super::shared::Shared;
use super::sight::Sight;

const DATASET: &str = "employee";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    fields: Vec<String>,
    filter: Option<String>,
    order_by: Option<String>,
    #[serde(default = "first_page")]
    page: i64,
    #[serde(default = "usual_size")]
    page_size: i64,
}

fn first_page() -> i64 {
    1
}

fn usual_size() -> i64 {
    100
}

/// What is wrong with a request for data.
struct Invalid(&'static str, &'static str);

pub(super) fn page(
    shared: &Shared,
    ask: &Ask,
    method: &str,
    version: &str,
    rest: &[&str],
) -> Response {
    match (method, version, rest) {
        ("GET", "v1_2", []) => {
            let names = json!({"datasets": [{"name": DATASET, "label": "Employee"}]});
            answer::json(StatusCode::OK, &names)
        }
        ("GET", "v1_2", [DATASET, "fields"]) => fields(shared, ask),
        ("GET", "v1_2", [_, "fields"]) => unknown(StatusCode::UNPROCESSABLE_ENTITY),
        ("POST", "v2", [DATASET, "data"]) => as_plain_json(data(shared, ask)),
        ("POST", "v2", [_, "data"]) => as_plain_json(unknown(StatusCode::NOT_FOUND)),
        _ => answer::refused(StatusCode::NOT_FOUND, "Not found"),
    }
}

fn unknown(status: StatusCode) -> Response {
    answer::problem(status, "DATASET_NOT_FOUND", "No such dataset")
}

/// Version 2 calls its problems plain JSON.
fn as_plain_json(mut response: Response) -> Response {
    let json = axum::http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// `GET /api/v1_2/datasets/{name}/fields`: pages out of range clamp.
fn fields(shared: &Shared, ask: &Ask) -> Response {
    let number = |name: &str| ask.query(name).and_then(|text| text.parse::<usize>().ok());
    let sight = shared.sight();
    let all: Vec<&Field> =
        FIELDS.iter().filter(|field| field.in_reports && sight.field(field.alias)).collect();
    let size = number("page_size").unwrap_or(500).clamp(1, 1000);
    let pages = all.len().div_ceil(size).max(1);
    let page = number("page").unwrap_or(1).clamp(1, pages);
    let described = all.iter().skip((page - 1) * size).take(size).map(|field| {
        let (parent, name, entity) = match field.column.list() {
            None => ("page", "Personal", "personal"),
            Some(_) => ("table", "Job Information", "jobInformation"),
        };
        json!({
            "name": field.alias, "label": field.name, "parentType": parent,
            "parentName": name, "entityName": entity,
        })
    });
    let link = |page: usize| {
        let fields = ask.url(&format!("v1_2/datasets/{DATASET}/fields"));
        format!("{fields}?page={page}&page_size={size}")
    };
    let body = json!({
        "pagination": {
            "total_records": all.len(), "current_page": page, "total_pages": pages,
            "next_page": (page < pages).then(|| link(page + 1)),
            "prev_page": (page > 1).then(|| link(page - 1)),
        },
        "name": DATASET, "label": "Employee", "fields": described.collect::<Vec<_>>(),
    });
    answer::json(StatusCode::OK, &body)
}

/// `POST /api/v2/datasets/{name}/data`.
fn data(shared: &Shared, ask: &Ask) -> Response {
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&ask.body) else {
        return answer::problem(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Malformed request body");
    };
    match rows(shared, ask, &wanted) {
        Ok(body) => answer::json(StatusCode::OK, &body),
        Err(Invalid(code, detail)) => {
            answer::problem(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
        }
    }
}

fn rows(shared: &Shared, ask: &Ask, wanted: &Wanted) -> Result<Value, Invalid> {
    let (company, sight) = shared.look();
    let view = company.view(true);
    let known = |alias: &str| {
        Field::named(alias).filter(|field| field.in_reports && sight.field(field.alias))
    };
    let filter = Filter::parse(wanted.filter.as_deref().unwrap_or_default(), &known)
        .ok_or(Invalid("INVALID_FILTER", "The filter is not understood"))?;
    let shown: Vec<&Field> = wanted.fields.iter().filter_map(|alias| known(alias)).collect();
    let fits = |person: &&Person| {
        let text = |column| company.cell(person, column, view).to_text();
        sight.counted(person.id) && filter.fits(&text)
    };
    let mut found: Vec<&Person> = company.people.values().filter(fits).collect();
    let total = found.len();
    found.retain(|person| sight.listed(person.id));
    // The last rule first: the order among equals stays.
    let rules = wanted.order_by.as_deref().unwrap_or_default().split(',').map(str::trim);
    for rule in rules.filter(|rule| !rule.is_empty()).rev() {
        let (alias, direction) = rule.split_once(' ').unwrap_or((rule, "asc"));
        let field = shown.iter().find(|field| field.alias == alias);
        let field = field.ok_or(Invalid("INVALID_ORDER", "orderBy must be one of the fields"))?;
        let key = |person: &&Person| company.cell(person, field.column, view).to_text();
        match direction {
            "asc" => found.sort_by_cached_key(key),
            "desc" => found.sort_by_cached_key(|person| Reverse(key(person))),
            _ => return Err(Invalid("INVALID_ORDER", "orderBy goes asc or desc")),
        }
    }
    let row = |person: &Person| row(&company, &sight, person, &shown, view);
    numbered(ask, &found, total, wanted, row)
}

/// One numbered page of what was found.
fn numbered(
    ask: &Ask,
    found: &[&Person],
    total: usize,
    wanted: &Wanted,
    row: impl Fn(&Person) -> Value,
) -> Result<Value, Invalid> {
    let page = usize::try_from(wanted.page).ok().filter(|page| *page >= 1);
    let size = usize::try_from(wanted.page_size).ok().filter(|size| (1..=1000).contains(size));
    let (page, size) = page
        .zip(size)
        .ok_or(Invalid("INVALID_PAGINATION", "page is 1 or more, pageSize 1 to 1000"))?;
    let pages = total.div_ceil(size).max(1);
    let shown = found.iter().skip((page - 1).saturating_mul(size)).take(size);
    let rows: Vec<Value> = shown.map(|person| row(person)).collect();
    let link = |name: &str, page: usize| {
        let data = ask.url(&format!("v2/datasets/{DATASET}/data"));
        (name.to_owned(), json!(format!("{data}?page={page}&pageSize={size}")))
    };
    let next = (page < pages).then(|| link("next", page + 1));
    let prev = (page > 1).then(|| link("prev", page - 1));
    Ok(json!({
        "data": rows,
        "links": next.into_iter().chain(prev).collect::<Map<_, _>>(),
        "meta": {"page": page, "pageSize": size, "totalPages": pages, "totalItems": total},
    }))
}

/// All values are texts here.
fn row(company: &Company, sight: &Sight, person: &Person, shown: &[&Field], view: View) -> Value {
    let cell = |field: &&Field| {
        let text = sight.cell(company, person, field.column, view).to_text();
        (field.alias.to_owned(), Value::String(text))
    };
    json!({ "fields": shown.iter().map(cell).collect::<Map<_, _>>() })
}
