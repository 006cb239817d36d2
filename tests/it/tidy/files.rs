//! Files: how long they are, how they begin, what must not stand in them.

use std::path::Path;

use super::{at, files, none, read};

const LONGEST: usize = 400;

#[test]
fn no_file_is_longer_than_400_lines() {
    let mut findings = Vec::new();
    for path in files(".", &[".rs", ".sql"]) {
        let lines = read(&path).lines().count();
        if lines > LONGEST {
            findings.push(format!("{} has {lines} lines", path.display()));
        }
    }
    none("split them", &findings);
}

#[test]
fn every_file_says_first_what_it_is() {
    let mut findings = Vec::new();
    for path in files(".", &[".rs"]) {
        let text = read(&path);
        let first = text.lines().next().unwrap_or_default();
        let sentence = first.strip_prefix("//! ").or_else(|| first.strip_prefix("/// "));
        if sentence.is_none_or(|words| words.split_whitespace().count() < 2) {
            findings.push(format!("{} begins with {first:?}", path.display()));
        }
    }
    none("begin them with a sentence", &findings);
}

#[test]
fn migrations_come_in_pairs() {
    let names = |database: &str| -> Vec<String> {
        files(&format!("migrations/{database}"), &[".sql"])
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
    let code = read(Path::new("store/src/migrations.rs"));
    for name in sqlite {
        let name = name.trim_end_matches(".sql");
        assert_eq!(code.matches(name).count(), 2, "{name} must be listed once for each database");
    }
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    // Put together, so that this file is not a finding.
    let folders = ["work", "root", "home", "Users"].map(|name| format!("/{name}/"));
    let endings = ["internal", "corp", "lan"].map(|name| format!(".{name}"));
    let mut findings = Vec::new();
    for path in files(".", &[".rs", ".sql", ".toml", ".md", ".html", ".css", ".js", "/test", "run"])
    {
        // The address guard is about such names.
        if path.starts_with("egress") {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            for folder in folders.iter().filter(|folder| line.contains(*folder)) {
                findings.push(at(&path, number, folder));
            }
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-');
            for word in words.filter(|word| endings.iter().any(|end| word.ends_with(end))) {
                findings.push(at(&path, number, word));
            }
        }
    }
    none("paths or hosts of somebody's machine", &findings);
}

#[test]
fn no_test_is_ignored_and_none_sleeps_in_place_of_a_condition() {
    let marks =
        [concat!("#[", "ignore"), concat!("#[", "should_panic"), concat!("thread::", "sleep")];
    let mut findings = Vec::new();
    for path in files(".", &[".rs"]) {
        let waits = path.ends_with("support/postgres.rs");
        for (number, line) in read(&path).lines().enumerate() {
            let found = marks.iter().filter(|mark| line.contains(*mark));
            findings.extend(found.filter(|_| !waits).map(|mark| at(&path, number, mark)));
        }
    }
    none("tests that do not test", &findings);
}
