//! `docs/coverage.md` names tests that are there.

use std::collections::HashSet;
use std::path::Path;

use super::{at, files, none, read};

#[test]
fn every_test_that_shows_a_statement_is_there() {
    let mut known = HashSet::new();
    for path in files(".", &[".rs"]) {
        known.extend(tests(&read(&path)).into_iter().map(|name| (module(&path), name)));
    }
    let document = Path::new("docs/coverage.md");
    let mut findings = Vec::new();
    for (number, line) in read(document).lines().enumerate() {
        for named in line.split('`').skip(1).step_by(2).filter(|named| named.contains("::")) {
            let mut parts = named.rsplit("::");
            let (name, of) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            if !known.contains(&(of.to_owned(), name.to_owned())) {
                findings.push(at(document, number, named));
            }
        }
    }
    none("no such test", &findings);
}

/// The tests of a file: functions that are marked as one, and what is listed in a macro of ours that
/// makes one of each name.
fn tests(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        let name = line.trim_start_matches("async ").strip_prefix("fn ");
        let name = name.and_then(|rest| rest.split(['(', '<']).next());
        found.extend(name.filter(|_| marked).map(str::to_owned));
        let mark = line == "#[test]" || line.starts_with("#[tokio::test");
        marked = mark || marked && name.is_none();
    }
    for list in ["on_both_databases!", "on_both!", "points!"] {
        let inside = text.split(list).skip(1).filter_map(|rest| rest.split([')', '}']).next());
        let words =
            inside.flat_map(|words| words.split(|c: char| !c.is_alphanumeric() && c != '_'));
        found.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    }
    found
}

#[test]
fn a_test_is_told_from_another_function() {
    let text = "fn one() {}\n#[test]\n#[expect(x)]\nfn two() {}\nfn three() {}\n\
                #[tokio::test(flavor = \"x\")]\nasync fn four() {}\nasync fn five() {}\n\
                on_both_databases!(\n    six,\n    seven,\n);\nasync fn eight() {}";
    assert_eq!(tests(text), ["two", "four", "six", "seven"]);
}

/// What a file is called as a module.
fn module(path: &Path) -> String {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    match stem(path).as_str() {
        "mod" | "journey" => path.parent().map(stem).unwrap_or_default(),
        name => name.to_owned(),
    }
}
