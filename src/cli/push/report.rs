//! What came of it, for a person or a program.

use rollcall_domain::push::{Refused, Violation, Violations};
use serde_json::{Value, json};

use super::file::Body;
use super::send::Answered;
use super::table::Wrong;
use crate::cli::output::text;
use crate::cli::{Context, output};
use crate::failure::Failure;

/// The page of the connection.
const PAGE: &str = "/settings/integrations/hris-webhook";

/// Something that is wrong with a user.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Where in the file; `None` where it is about no user.
    place: Option<u64>,
    hris_id: String,
    /// Beneath the user.
    field: String,
    why: String,
}

impl Row {
    pub(super) fn of_line(wrong: &Wrong) -> Row {
        let (hris_id, field) = (String::new(), String::new());
        Row { place: Some(wrong.line), hris_id, field, why: wrong.why.clone() }
    }

    fn of(body: &Body, index: Option<u64>, hris_id: String, path: &str, why: String) -> Row {
        let users = index.map_or(String::new(), |index| format!("/users/{index}"));
        let field = path.strip_prefix(&users).unwrap_or(path).trim_start_matches('/').to_owned();
        Row { place: index.map(|index| body.places.of(index)), hris_id, field, why }
    }

    fn json(&self, name: &str) -> Value {
        json!({ name: self.place, "hris_id": self.hris_id, "field": self.field, "why": self.why })
    }
}

/// Lines of a table that nothing can be made of.
pub(super) fn lines(context: &Context, rows: &[Row]) -> Result<Failure, Failure> {
    show(context, "LINE", rows, 0)?;
    let count = rows.len();
    let said = if count == 1 { "1 line says".to_owned() } else { format!("{count} lines say") };
    Ok(Failure::Usage(format!("{said} nothing; nothing was sent")))
}

/// What our own check refuses.
pub(super) fn content(
    context: &Context,
    body: &Body,
    refused: Refused,
) -> Result<Failure, Failure> {
    let Refused::Violations(told) = refused else {
        return Ok(Failure::Usage(format!("{refused}; nothing was sent")));
    };
    let count = told.count();
    let Violations { listed, more, unfinished } = told;
    let row = |one: Violation| {
        Row::of(body, one.index, one.hris_id.unwrap_or_default(), &one.path, one.message)
    };
    let rows: Vec<Row> = listed.into_iter().map(row).collect();
    show(context, body.places.head(), &rows, more)?;
    let least = if unfinished { "at least " } else { "" };
    let said = if count == 1 { "1 value is".to_owned() } else { format!("{count} values are") };
    Ok(wrong(format!("{least}{said} not what the contract asks for; nothing was sent")))
}

/// What the server said.
pub(super) fn answered(
    context: &Context,
    body: &Body,
    url: &str,
    answered: &Answered,
) -> Result<(), Failure> {
    let mut said = answered.json();
    match answered.status {
        200 | 202 if said["request_id"].is_string() => {
            taken(context, url, said, answered.status == 200)
        }
        401 => Err(Failure::coded(
            "unauthenticated",
            format!("there is no such endpoint, or its key is another; both stand on {PAGE}"),
        )),
        status => {
            // Told as a table, and not once more with the rest.
            let errors = said.as_object_mut().and_then(|said| said.remove("errors"));
            let errors = errors.as_ref().and_then(Value::as_array);
            let rows: Vec<Row> = errors.into_iter().flatten().map(|one| row(body, one)).collect();
            if !rows.is_empty() {
                show(context, body.places.head(), &rows, 0)?;
            }
            Err(Failure::refused(status, said.to_string().as_bytes()))
        }
    }
}

fn row(body: &Body, error: &Value) -> Row {
    let (path, why) = (text(error, "path"), text(error, "message"));
    Row::of(body, error["index"].as_u64(), text(error, "hris_id"), &path, why)
}

fn taken(context: &Context, url: &str, mut said: Value, again: bool) -> Result<(), Failure> {
    let origin = origin(url);
    let status = text(&said, "status_url");
    let status = if status.starts_with('/') { format!("{origin}{status}") } else { status };
    if context.json {
        said["status_url"] = status.into();
        said["repeated"] = again.into();
        return output::json(&said);
    }
    let mode = match said["mode"].as_str() {
        Some("test") => "test: it is kept, and changes nobody; see on the page what it would do",
        Some("live") => "live: it is being applied",
        Some(other) => other,
        None => "",
    };
    let before = if again { "it came before; this is its first answer" } else { "" };
    output::pairs(&[
        ("mode", mode.to_owned()),
        ("received", said["received"].to_string()),
        ("request", text(&said, "request_id")),
        ("again", before.to_owned()),
        ("status", status),
        ("page", format!("{origin}{PAGE}")),
    ])
}

/// A URL without its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |at| &url[..host + at])
}

fn show(context: &Context, place: &str, rows: &[Row], more: u64) -> Result<(), Failure> {
    if context.json {
        let name = place.to_lowercase();
        let listed: Vec<Value> = rows.iter().map(|row| row.json(&name)).collect();
        return output::json(&json!({ "violations": listed, "more": more }));
    }
    let cells = |row: &Row| {
        let place = row.place.map(|place| place.to_string()).unwrap_or_default();
        vec![place, row.hris_id.clone(), row.field.clone(), row.why.clone()]
    };
    let cells: Vec<_> = rows.iter().map(cells).collect();
    output::table(&[place, "HRIS ID", "FIELD", "WHY"], &cells)?;
    if more == 0 { Ok(()) } else { output::line(&format!("… and {more} more")) }
}

/// As the server would call it.
fn wrong(message: String) -> Failure {
    Failure::Coded { code: "invalid_request".to_owned(), message, usage: true }
}
