//! `docs/coverage.md` names tests that are there.

use std::collections::HashSet;
use std::path::Path;

use super::{at, files, none, read};

#[test]
fn every_test_that_shows_a_statement_is_there() {
    let mut functions = HashSet::new();
    for path in files(".", &[".rs"]) {
        let text = read(&path);
        let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
        functions.extend(names.map(|name| (module(&path), name.to_owned())));
    }
    let document = Path::new("docs/coverage.md");
    let mut findings = Vec::new();
    for (number, line) in read(document).lines().enumerate() {
        for named in line.split('`').skip(1).step_by(2).filter(|named| named.contains("::")) {
            let mut parts = named.rsplit("::");
            let (name, of) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            if !functions.contains(&(of.to_owned(), name.to_owned())) {
                findings.push(at(document, number, named));
            }
        }
    }
    none("no such test", &findings);
}

/// What a file is called as a module.
fn module(path: &Path) -> String {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    match stem(path).as_str() {
        "mod" | "journey" => path.parent().map(stem).unwrap_or_default(),
        name => name.to_owned(),
    }
}
