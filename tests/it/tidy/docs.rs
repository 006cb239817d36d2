//! Documents: short, and true as far as files go.

use std::path::Path;

use super::{at, files, none, read, root};

#[test]
fn the_readme_and_decisions_are_short() {
    let mut findings = Vec::new();
    for (folder, name, most) in [(".", "README.md", 150), ("docs/adr", ".md", 40)] {
        for path in files(folder, &[name]) {
            let lines = read(&path).lines().count();
            if lines > most {
                findings.push(format!("{} has {lines} lines, {most} are allowed", path.display()));
            }
        }
    }
    none("shorten them", &findings);
}

#[test]
fn documents_mention_only_files_that_exist() {
    let mut findings = Vec::new();
    for path in files(".", &[".md"]) {
        let folder = path.parent().unwrap().to_owned();
        for (number, line) in read(&path).lines().enumerate() {
            for mention in mentions(line).filter(|mention| looks_like_a_file(mention)) {
                let mention = mention.split('#').next().unwrap_or_default().trim_end_matches('/');
                let exists = |base: &Path| root().join(base).join(mention).exists();
                if !exists(Path::new("")) && !exists(&folder) && !exists(&folder.join("src")) {
                    findings.push(at(&path, number, mention));
                }
            }
        }
    }
    none("no such file", &findings);
}

/// Whatever stands between backticks or as the aim of a link.
fn mentions(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    let links = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    quoted.chain(links)
}

/// One word that begins with a folder of ours or ends like a file of ours, without placeholders.
fn looks_like_a_file(mention: &str) -> bool {
    const FOLDERS: [&str; 15] = [
        "api/",
        "benchmarks/",
        "commands/",
        "docs/",
        "domain/",
        "egress/",
        "migrations/",
        "projections/",
        "scripts/",
        "simulators/",
        "src/",
        "store/",
        "tests/",
        "workers/",
        ".ci/",
    ];
    const ENDINGS: [&str; 4] = [".md", ".rs", ".sql", ".toml"];
    let placeholder = mention.contains(|c: char| " *<{…$:=(".contains(c));
    let beside = mention.starts_with('/') || mention.starts_with("http");
    let ours = FOLDERS.iter().any(|folder| mention.starts_with(folder))
        || ENDINGS.iter().any(|ending| mention.ends_with(ending));
    !placeholder && !beside && ours
}

#[test]
fn a_mention_is_told_from_other_words() {
    let line = "See `store/src/lib.rs`, `GET /api/v1/x`, `docs/*.md` and [this](docs/adr/0001.md).";
    let found: Vec<_> = mentions(line).filter(|mention| looks_like_a_file(mention)).collect();
    assert_eq!(found, ["store/src/lib.rs", "docs/adr/0001.md"]);
}
