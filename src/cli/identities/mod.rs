//! `rollcall connection import-identities`: which person a source id is, from a file.

mod file;

use std::path::Path;

use serde_json::{Value, json};

use self::file::{Entry, Line, Wrong};
use super::output::text;
use super::{Context, output};
use crate::client::Client;
use crate::failure::Failure;

/// Entries that are sent at once.
const PIECE: usize = 100;

/// With the line they stand on.
type At<T> = Vec<(u64, T)>;

/// `path` is the connection's. Fails if a line could not be taken.
pub(super) async fn import(
    context: &Context,
    client: &Client,
    path: &str,
    file: &Path,
) -> Result<(), Failure> {
    let (good, mut report) = sorted(file::read(file)?);
    for piece in good.chunks(PIECE) {
        let identities: Vec<&Entry> = piece.iter().map(|(_, one)| one).collect();
        let body = json!({ "identities": identities });
        let answer = client.post(&format!("{path}/identities"), Some(&body)).await?.body;
        let outcomes = answer["data"].as_array().cloned().unwrap_or_default();
        report.extend(piece.iter().map(|(line, _)| *line).zip(outcomes));
    }
    report.sort_by_key(|(line, _)| *line);
    let wrong = report.iter().filter(|(_, one)| one["result"] == "error").count();
    show(context, &report)?;
    match not_taken(wrong, report.len()) {
        None => Ok(()),
        Some(sentence) => Err(Failure::coded("invalid_request", sentence)),
    }
}

/// What can be sent, and the report's lines about what can't.
fn sorted(lines: Vec<Line>) -> (At<Entry>, At<Value>) {
    let (mut good, mut report) = (Vec::with_capacity(lines.len()), Vec::new());
    for (line, entry) in lines {
        match entry {
            Ok(entry) => good.push((line, entry)),
            Err(Wrong { source_id, why }) => {
                let outcome = json!({ "source_id": source_id, "result": "error", "detail": why });
                report.push((line, outcome));
            }
        }
    }
    (good, report)
}

/// How it ended, unless all lines were taken.
fn not_taken(wrong: usize, all: usize) -> Option<String> {
    Some(match (wrong, all) {
        (0, _) => return None,
        (1, 1) => "1 line was not taken".to_owned(),
        (wrong, all) if wrong == all => format!("none of the {all} lines was taken"),
        (1, all) => format!("1 of {all} lines was not taken, the others were"),
        (wrong, all) => format!("{wrong} of {all} lines were not taken, the others were"),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_what_was_not_taken() {
        assert_eq!(not_taken(0, 3), None);
        let said = |wrong, all| not_taken(wrong, all).unwrap();
        assert_eq!(said(1, 1), "1 line was not taken");
        assert_eq!(said(2, 2), "none of the 2 lines was taken");
        assert_eq!(said(1, 10), "1 of 10 lines was not taken, the others were");
        assert_eq!(said(3, 10), "3 of 10 lines were not taken, the others were");
    }
}
