//! `docs/errors.md` is the catalogue as a document, and up to date.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

use super::{Kind, Row, rows};

const HEAD: &str = "# Errors

Everything that is answered or noted where something is not as it should be: what it means, and what to do. The same
list is served at `/api/v1/errors`, to everybody; `?kind=` leaves one kind. Codes are stable.

This file is written by a test from the code: `UPDATE=1 cargo test -p rollcall-api errors_md`.
";

fn about(kind: Kind) -> &'static str {
    match kind {
        Kind::Problem => {
            "## Problems\n\nWhat a request is answered with (RFC 9457, `code`). An operation that failed for a reason of \
             the request names one of them, too."
        }
        Kind::Refusal => {
            "## Refusals\n\nWhich rule said no: `reason` of a problem, beside its `code`. What differs each time is \
             shown as `…`."
        }
        Kind::Failure => {
            "## Runs\n\nWhy a run failed, is held, or did only a part (`error.code`), why one of its targets was left, \
             and why an operation failed at the provider."
        }
        Kind::Skipped => "## Runs that were skipped\n\nWhy a run did nothing (`reason`).",
        Kind::Person => {
            "## People\n\nWhy a run did not bring somebody in line, or only in part (`reasons` of its identities)."
        }
        Kind::Verdict => {
            "## Deliveries that were let in\n\nWhat they were found to be (`verdict` of a receipt)."
        }
        Kind::Delivery => {
            "## Deliveries that were not let in\n\nWhy (`reason` in `/api/v1/receipts/refused`). Nothing of them is \
             processed."
        }
        Kind::Mail => {
            "## Mails\n\nWhy one was not sent (`trouble` of the event `mail.failed`). See `docs/mail.md`."
        }
        Kind::Symptom => {
            "## Troubleshooting BambooHR's webhooks\n\nWhat is seen, where nothing above has a code for it."
        }
    }
}

fn line(row: &Row) -> String {
    let code = format!("`{}`", row.code);
    let cells = match row.kind {
        Kind::Problem | Kind::Refusal => {
            let status = row.status.map(|status| status.to_string()).unwrap_or_default();
            vec![code, status, row.meaning.clone(), row.remedy.clone()]
        }
        Kind::Symptom => {
            vec![row.title.unwrap_or_default().to_owned(), row.meaning.clone(), row.remedy.clone()]
        }
        Kind::Failure
        | Kind::Skipped
        | Kind::Person
        | Kind::Verdict
        | Kind::Delivery
        | Kind::Mail => {
            vec![code, row.meaning.clone(), row.remedy.clone()]
        }
    };
    format!("| {} |", cells.join(" | "))
}

fn document() -> String {
    let mut text = HEAD.to_owned();
    for kind in Kind::ALL {
        let head = match kind {
            Kind::Problem | Kind::Refusal => {
                "| code | status | meaning | what to do |\n|---|---|---|---|"
            }
            Kind::Symptom => "| seen | cause | what to do |\n|---|---|---|",
            Kind::Failure
            | Kind::Skipped
            | Kind::Person
            | Kind::Verdict
            | Kind::Delivery
            | Kind::Mail => "| code | meaning | what to do |\n|---|---|---|",
        };
        writeln!(text, "\n{}\n\n{head}", about(kind)).unwrap();
        for row in rows().iter().filter(|row| row.kind == kind) {
            writeln!(text, "{}", line(row)).unwrap();
        }
    }
    text
}

#[test]
fn errors_md_is_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let document = document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        is == document,
        "docs/errors.md is behind: UPDATE=1 cargo test -p rollcall-api errors_md"
    );
}

#[test]
fn every_code_of_a_kind_is_there_once_and_told() {
    let rows = rows();
    let codes: HashSet<(Kind, &str)> = rows.iter().map(|row| (row.kind, row.code)).collect();
    assert_eq!(codes.len(), rows.len());
    for row in &rows {
        for said in [&row.meaning, &row.remedy] {
            assert!(said.ends_with('.') && !said.contains(['|', '\n']), "{}: {said}", row.code);
        }
    }
}
