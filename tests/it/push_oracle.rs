//! What we say of a pushed body, held against another implementation of the same schema: Python's
//! JSON and its jsonschema.

mod bodies;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine};
use rollcall_domain::push::{Flaw, Form, Refused, Violation, validate};
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;

use bodies::Generator;

const BODIES: usize = 8_000;
const NO_PYTHON: &str = "target/foreign has no Python with the packages of \
    tests/foreign/requirements.txt; `scripts/test` makes it. This test does not skip.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    NotJson,
    Accepted,
    Refused,
}

#[derive(Debug, Deserialize)]
struct Opinion {
    verdict: Verdict,
    paths: BTreeSet<String>,
}

/// What we say of a body.
#[derive(Debug)]
struct Said {
    verdict: Verdict,
    violations: Vec<Violation>,
}

impl Said {
    fn of(form: Form, body: &[u8]) -> Said {
        let (verdict, violations) = match validate(form, body) {
            Ok(_) => (Verdict::Accepted, vec![]),
            Err(Refused::NotJson { .. }) => (Verdict::NotJson, vec![]),
            Err(Refused::TooManyUsers) => panic!("so many are not generated"),
            Err(Refused::Violations(told)) => {
                assert_eq!((told.more, told.unfinished), (0, false));
                (Verdict::Refused, told.listed)
            }
        };
        Said { verdict, violations }
    }

    /// Whether both say the same, as far as both can say it.
    fn agrees_with(&self, other: &Opinion) -> bool {
        // Of a list that comes twice Python takes the last; where a line is a list, we read no more.
        match self.violations.iter().find(|one| one.index.is_none()) {
            Some(one) if one.code == Flaw::Twice => return other.verdict != Verdict::NotJson,
            Some(one) if one.message.starts_with("a line holds") => return true,
            Some(_) | None => {}
        }
        let beyond: Vec<&Violation> = self.violations.iter().filter(|one| is_beyond(one)).collect();
        let within = self.violations.iter().filter(|one| !is_beyond(one));
        let ours: BTreeSet<&str> = within.map(|one| one.path.as_str()).collect();
        // Python reads halves of characters, and looks at a user whom we could not read.
        let unread = |path: &str| {
            let of = |user: &str| {
                path.strip_prefix(user).is_some_and(|rest| !rest.starts_with(is_digit))
            };
            beyond.iter().any(|one| one.code == Flaw::Unreadable && of(&one.path))
        };
        let theirs: BTreeSet<&str> =
            other.paths.iter().map(String::as_str).filter(|path| !unread(path)).collect();
        let is_alike = match (self.verdict, other.verdict) {
            (Verdict::Refused, Verdict::Accepted) => ours.is_empty(),
            (ours, theirs) => ours == theirs,
        };
        is_alike && ours == theirs
    }
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

/// What a schema can't say.
fn is_beyond(one: &Violation) -> bool {
    match one.code {
        Flaw::Missing | Flaw::WrongType | Flaw::NotAnAddress => false,
        Flaw::Blank | Flaw::Twice | Flaw::TooLong | Flaw::TooMany | Flaw::Unreadable => true,
    }
}

fn in_tests(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn second_opinions(bodies: &[(Form, Vec<u8>)]) -> Vec<Opinion> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bodies.jsonl");
    let lines = bodies.iter().fold(String::new(), |mut lines, (form, body)| {
        let form = match form {
            Form::Json => "json",
            Form::Ndjson => "ndjson",
        };
        writeln!(lines, "{}", json!({ "form": form, "body": BASE64_STANDARD.encode(body) }))
            .unwrap();
        lines
    });
    std::fs::write(&path, lines).unwrap();
    let python = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("foreign/bin/python");
    let told = Command::new(python)
        .arg(in_tests("tests/foreign/push.py"))
        .arg(in_tests("domain/src/push/schema.json"))
        .arg(&path)
        .output()
        .unwrap_or_else(|error| panic!("{NO_PYTHON} ({error})"));
    assert!(told.status.success(), "{NO_PYTHON}\n{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout).unwrap();
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A path without the places in lists.
fn place(path: &str) -> String {
    path.split('/').filter(|part| !part.starts_with(is_digit)).collect::<Vec<_>>().join("/")
}

#[test]
fn python_says_the_same_of_every_body() {
    let mut generator = Generator::new(14);
    let bodies: Vec<(Form, Vec<u8>)> = (0..BODIES).map(|_| generator.body()).collect();

    let opinions = second_opinions(&bodies);

    assert_eq!(opinions.len(), BODIES);
    let (mut verdicts, mut surprises) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for ((form, body), opinion) in bodies.iter().zip(&opinions) {
        let said = Said::of(*form, body);
        if !said.agrees_with(opinion) {
            let text = String::from_utf8_lossy(body);
            surprises.push(format!("{form:?} {text}\n{said:?}\n{opinion:?}"));
        }
        verdicts.push(said.verdict);
        seen.extend(said.violations.iter().map(|one| (place(&one.path), one.code)));
    }
    surprises.truncate(10);
    assert!(surprises.is_empty(), "{}", surprises.join("\n\n"));
    // They were of every kind, and every rule was broken.
    for verdict in [Verdict::NotJson, Verdict::Accepted, Verdict::Refused] {
        let count = verdicts.iter().filter(|one| **one == verdict).count();
        assert!(count > 500, "{verdict:?} {count}");
    }
    let unseen = |rule: &(&str, Flaw)| !seen.contains(&(rule.0.to_owned(), rule.1));
    assert_eq!(EVERY_RULE.into_iter().filter(unseen).collect::<Vec<_>>(), []);
}

const EVERY_RULE: [(&str, Flaw); 27] = [
    ("", Flaw::WrongType),
    ("/users", Flaw::Missing),
    ("/users", Flaw::WrongType),
    ("/users", Flaw::Twice),
    ("/users/hris_id", Flaw::Missing),
    ("/users/hris_id", Flaw::WrongType),
    ("/users/hris_id", Flaw::Twice),
    ("/users/first_name", Flaw::Missing),
    ("/users/first_name", Flaw::WrongType),
    ("/users/last_name", Flaw::Missing),
    ("/users/last_name", Flaw::WrongType),
    ("/users/email", Flaw::Missing),
    ("/users/email", Flaw::WrongType),
    ("/users/email", Flaw::NotAnAddress),
    ("/users/job_title", Flaw::WrongType),
    ("/users/phone_number", Flaw::WrongType),
    ("/users/employee_id", Flaw::WrongType),
    ("/users/hire_date", Flaw::WrongType),
    ("/users/profile_image", Flaw::WrongType),
    ("/users/profile_image/url", Flaw::Missing),
    ("/users/profile_image/last_modified", Flaw::WrongType),
    ("/users/departments", Flaw::WrongType),
    ("/users/active", Flaw::Missing),
    ("/users/active", Flaw::WrongType),
    ("/users/manager", Flaw::WrongType),
    ("/users/manager/hris_id", Flaw::Missing),
    ("/users/manager/hris_id", Flaw::WrongType),
];
