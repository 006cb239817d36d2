//! What no compiler checks: who may use whom, how long files are, whether docs tell the truth.

mod coverage;
mod docs;
mod files;
mod imports;

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder with one of these endings, by their path from the root; sorted.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    const NOT_OURS: [&str; 3] = ["target", ".git", "node_modules"];
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    waiting.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Fails with one line per finding.
#[track_caller]
fn none(what: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{what}:\n{}", findings.join("\n"));
}

/// Says where a line breaks a rule.
fn at(path: &Path, line: usize, what: &str) -> String {
    format!("{}:{}: {what}", path.display(), line + 1)
}
