//! `rollcall connection import-identities`: which person a source id is, from a file.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::output::text;
use super::{Context, output};
use crate::client::Client;
use crate::failure::Failure;

/// Entries that are sent at once.
const PIECE: usize = 100;

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    source_id: String,
    #[serde(default)]
    actor: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

/// `path` is the connection's. Fails if a line could not be taken.
pub(super) async fn import(
    context: &Context,
    client: &Client,
    path: &str,
    file: &Path,
) -> Result<(), Failure> {
    let entries = read(file)?;
    let mut report = Vec::with_capacity(entries.len());
    for piece in entries.chunks(PIECE) {
        let identities: Vec<Value> = piece
            .iter()
            .map(|(_, one)| json!({ "source_id": one.source_id, "actor": one.actor, "email": one.email }))
            .collect();
        let body = json!({ "identities": identities });
        let answer = client.post(&format!("{path}/identities"), Some(&body)).await?.body;
        let outcomes = answer["data"].as_array().cloned().unwrap_or_default();
        report.extend(piece.iter().map(|(line, _)| *line).zip(outcomes));
    }
    let wrong = report.iter().filter(|(_, one)| one["result"] == "error").count();
    show(context, &report)?;
    match wrong {
        0 => Ok(()),
        wrong => Err(Failure::coded(
            "invalid_request",
            format!("{wrong} of {} lines were not taken; the others were", report.len()),
        )),
    }
}

fn show(context: &Context, report: &[(u64, Value)]) -> Result<(), Failure> {
    if context.json {
        let with_line = |(line, outcome): &(u64, Value)| {
            let mut outcome = outcome.clone();
            outcome["line"] = json!(line);
            outcome
        };
        return output::json(&report.iter().map(with_line).collect());
    }
    let row = |(line, one): &(u64, Value)| {
        vec![line.to_string(), text(one, "source_id"), text(one, "result"), text(one, "detail")]
    };
    let rows: Vec<_> = report.iter().map(row).collect();
    output::table(&["LINE", "SOURCE ID", "RESULT", "WHY"], &rows)
}

/// The entries of a CSV file with a head, or of a JSON list, with their line or place.
fn read(file: &Path) -> Result<Vec<(u64, Entry)>, Failure> {
    let name = file.display();
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::usage(format!("{name} can't be read: {error}")))?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let entries =
        if bytes.trim_ascii_start().starts_with(b"[") { from_json(bytes) } else { from_csv(bytes) };
    let entries = entries.map_err(|why| Failure::usage(format!("{name}: {why}")))?;
    if entries.is_empty() {
        return Err(Failure::usage(format!("{name} names nobody")));
    }
    Ok(entries)
}

fn from_json(bytes: &[u8]) -> Result<Vec<(u64, Entry)>, String> {
    let entries: Vec<Entry> = serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "line {}, column {}: expected a list of objects with source_id, and actor or email",
            error.line(),
            error.column()
        )
    })?;
    Ok((1..).zip(entries).collect())
}

fn from_csv(bytes: &[u8]) -> Result<Vec<(u64, Entry)>, String> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let head = reader.headers().map_err(|error| unreadable(&error))?;
    let has = |name: &str| head.iter().any(|one| one == name);
    if !has("source_id") || !(has("actor") || has("email")) {
        return Err(
            "the first line must name the columns: source_id, and actor or email".to_owned()
        );
    }
    let head = head.clone();
    let mut entries = Vec::new();
    for record in reader.into_records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let at = |name: &str| {
            let place = head.iter().position(|one| one == name)?;
            record.get(place).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let source_id = at("source_id").unwrap_or_default();
        entries.push((line, Entry { source_id, actor: at("actor"), email: at("email") }));
    }
    Ok(entries)
}

/// Where, not what: it may name somebody.
fn unreadable(error: &csv::Error) -> String {
    match error.position() {
        Some(position) => format!("line {} is no CSV in UTF-8", position.line()),
        None => "it is no CSV in UTF-8".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_csv_with_a_head_or_a_json_list() {
        let csv = from_csv(b"email,source_id\nmira@example.test, 67\n,68\n").unwrap();
        assert_eq!((csv[0].0, csv[0].1.source_id.as_str()), (2, "67"));
        assert_eq!(csv[0].1.email.as_deref(), Some("mira@example.test"));
        assert_eq!((csv[1].0, csv[1].1.email.as_deref()), (3, None));
        let json = from_json(br#"[{"source_id":"67","actor":"01A"}]"#).unwrap();
        assert_eq!(json[0].1.actor.as_deref(), Some("01A"));
    }

    #[test]
    fn what_is_neither_says_what_is_expected() {
        assert!(from_csv(b"id;mail\n67;x").unwrap_err().contains("source_id"));
        assert!(from_json(b"[1]").unwrap_err().contains("source_id"));
        assert!(!from_csv(b"source_id,email\n67,\xff").unwrap_err().contains("67"));
    }
}
