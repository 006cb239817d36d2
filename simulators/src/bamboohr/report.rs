//! `POST /reports/custom`: everybody in one answer, rendered once and kept until something changes.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer;
use super::ask::Ask;
use super::company::Company;
use super::employees::MAX_FIELDS;
use super::fields::{Cell, Field};
use super::meta::number;
use super::people::Person;
use super::shared::{Rendered, Shared, locked};
use super::xml;

/// So many different reports are kept.
const KEPT: usize = 4;

#[derive(Debug, Deserialize)]
struct Wanted {
    title: Option<String>,
    #[serde(default)]
    fields: Vec<Value>,
    #[serde(default)]
    filters: Filters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Filters {
    last_changed: Option<LastChanged>,
    employee_ids: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct LastChanged {
    value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Xml,
    Csv,
    /// A spreadsheet or a PDF: for people, and not simulated.
    Document,
}

/// By its name in the query, else by the `Accept` header.
const FORMATS: [(&str, &str, Format); 5] = [
    ("json", "application/json", Format::Json),
    ("xml", "text/xml", Format::Xml),
    ("csv", "text/csv", Format::Csv),
    ("xls", "application/vnd.ms-excel", Format::Document),
    ("pdf", "application/pdf", Format::Document),
];

pub(super) async fn custom(shared: &Arc<Shared>, ask: Ask) -> Response {
    let Some(format) = format(&ask) else {
        return answer::refused(StatusCode::NOT_FOUND, "Report format not found");
    };
    if ask.content_type() != "application/json" {
        return answer::refused(StatusCode::BAD_REQUEST, "Malformed XML");
    }
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&ask.body) else {
        return answer::refused(StatusCode::BAD_REQUEST, "Malformed request");
    };
    if wanted.fields.len() > MAX_FIELDS {
        return answer::refused(StatusCode::BAD_REQUEST, "Too many fields");
    }
    let shared = Arc::clone(shared);
    let render = move || match format {
        Format::Json => {
            answer::bytes(StatusCode::OK, "application/json", render(&shared, &ask, &wanted))
        }
        Format::Xml => {
            let report = xml::report(&parsed(&render(&shared, &ask, &wanted)));
            answer::bytes(StatusCode::OK, "text/xml", xml::document(&report))
        }
        Format::Csv => {
            answer::bytes(StatusCode::OK, "text/csv", csv(&parsed(&render(&shared, &ask, &wanted))))
        }
        Format::Document => answer::refused(StatusCode::NOT_IMPLEMENTED, "Not simulated"),
    };
    let failed = |_| answer::refused(StatusCode::INTERNAL_SERVER_ERROR, "Report failed");
    tokio::task::spawn_blocking(render).await.unwrap_or_else(failed)
}

/// `?format=` in any case, else an `Accept` that is exactly one of the known types.
fn format(ask: &Ask) -> Option<Format> {
    let known = |(name, kind, _): &(&str, &str, Format)| match ask.query("format") {
        Some(asked) => asked.eq_ignore_ascii_case(name),
        None => ask.accept() == *kind,
    };
    FORMATS.into_iter().find(known).map(|(.., format)| format)
}

fn parsed(report: &[u8]) -> Value {
    serde_json::from_slice(report).expect("it was just written")
}

/// A line of names, then a line for each employee.
fn csv(report: &Value) -> String {
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let quoted = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let text = if value.is_null() { String::new() } else { text };
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    let fields = list(&report["fields"]);
    let heads = fields.iter().map(|field| quoted(&field["name"]));
    let mut lines = vec![heads.collect::<Vec<_>>().join(",")];
    for person in list(&report["employees"]) {
        let id = |field: &Value| field["id"].as_str().unwrap_or_default().to_owned();
        let cells = fields.iter().map(|field| quoted(&person[id(field)]));
        lines.push(cells.collect::<Vec<_>>().join(","));
    }
    lines.join("\r\n") + "\r\n"
}

fn render(shared: &Shared, ask: &Ask, wanted: &Wanted) -> Bytes {
    let (company, sight) = shared.look();
    let view = company.view(ask.only_current());
    let key = Rendered { body: ask.body.clone(), view, sight, version: company.version };
    let mut kept = locked(&shared.rendered);
    if let Some((_, report)) = kept.iter().find(|(other, _)| *other == key) {
        return report.clone();
    }
    let report = Bytes::from(written(&company, &key, wanted));
    kept.retain(|(other, _)| other.version == key.version);
    if kept.len() == KEPT {
        kept.remove(0);
    }
    kept.push((key, report.clone()));
    report
}

/// The report as JSON, written by hand: a hundred thousand people take a fraction of a second.
fn written(company: &Company, key: &Rendered, wanted: &Wanted) -> Vec<u8> {
    let name = |name: &Value| name.as_str().map_or_else(|| name.to_string(), str::to_owned);
    let names = wanted.fields.iter().map(name);
    let known = names.filter_map(|name| {
        let field = Field::named(&name).filter(|field| field.in_reports)?;
        key.sight.field(field.alias).then_some((name, field))
    });
    let fields: Vec<(String, &Field)> = known.collect();
    let head: Vec<Value> = fields
        .iter()
        .map(|(name, field)| json!({"id": name, "type": field.kind, "name": field.name}))
        .collect();
    let prefixes: Vec<String> =
        fields.iter().map(|(name, _)| format!(",{}:", Value::from(name.as_str()))).collect();
    let mut out = Vec::with_capacity(64 * fields.len() * company.people.len() / 2 + 1024);
    out.extend_from_slice(b"{\"title\":");
    json_into(&mut out, wanted.title.as_deref().unwrap_or("Report"));
    out.extend_from_slice(b",\"fields\":");
    json_into(&mut out, &head);
    out.extend_from_slice(b",\"employees\":[");
    let mut first = true;
    for person in company.people.values().filter(|person| matches(person, key, &wanted.filters)) {
        out.extend_from_slice(if first { b"{\"id\":\"" } else { b",{\"id\":\"" });
        first = false;
        out.extend_from_slice(person.id.to_string().as_bytes());
        out.push(b'"');
        for (prefix, (_, field)) in prefixes.iter().zip(&fields) {
            out.extend_from_slice(prefix.as_bytes());
            cell_into(&mut out, &key.sight.cell(company, person, field.column, key.view));
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}

fn matches(person: &Person, key: &Rendered, filters: &Filters) -> bool {
    let wanted = |ids: &Vec<Value>| ids.iter().any(|value| number(value) == Some(person.id));
    let since = filters.last_changed.as_ref();
    let since = since.and_then(|filter| filter.value.as_ref()?.parse::<DateTime<Utc>>().ok());
    key.sight.listed(person.id)
        && filters.employee_ids.as_ref().is_none_or(wanted)
        && since.is_none_or(|since| person.last_changed >= since)
}

fn cell_into(out: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Bool(flag) => json_into(out, flag),
        Cell::Text(text) => json_into(out, text.as_ref()),
        Cell::Date(_) => json_into(out, &cell.to_text()),
        Cell::Odd(value) => json_into(out, value),
    }
}

fn json_into<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("writing to memory cannot fail");
}
