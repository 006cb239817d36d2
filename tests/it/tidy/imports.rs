//! The arrows between crates, and which of them may speak to the web, to a database, to the network.

use std::collections::BTreeSet;
use std::path::Path;

use super::{at, files, none, read};

/// Who may use whom of ours (architecture, "The workspace"). The benchmarks are no part of the product
/// and measure all of it.
const ARROWS: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("store", &[]),
    ("egress", &[]),
    ("simulators", &[]),
    ("commands", &["domain", "store"]),
    ("projections", &["domain", "store"]),
    ("workers", &["domain", "store", "commands", "projections", "egress"]),
    ("api", &["domain", "store", "commands", "projections", "egress"]),
    (
        ".",
        &["domain", "store", "commands", "projections", "workers", "api", "egress", "simulators"],
    ),
    (
        "benchmarks",
        &["domain", "store", "commands", "projections", "workers", "api", "egress", "simulators"],
    ),
];

/// Who may use what of others'. The benchmarks' yardsticks are a bare server and bare databases; the
/// command line speaks to its own server, which is no way out.
const OTHERS: [(&str, &[&str]); 3] = [
    ("axum", &["api", "simulators", ".", "benchmarks"]),
    ("sqlx", &["store", "projections", "benchmarks"]),
    ("reqwest", &["egress", "simulators", "."]),
];

/// The names in one table of a manifest.
fn table(manifest: &str, table: &str) -> BTreeSet<String> {
    let header = format!("[{table}]");
    manifest
        .lines()
        .skip_while(|line| line.trim() != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn manifest(folder: &str) -> String {
    read(&Path::new(folder).join("Cargo.toml"))
}

fn ours(names: &BTreeSet<String>) -> Vec<&str> {
    names.iter().filter_map(|name| name.strip_prefix("rollcall-")).collect()
}

#[test]
fn every_crate_of_the_workspace_has_its_arrows_written_down() {
    let root = manifest(".");
    let members = root.split("members").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
    for member in members.split('"').skip(1).step_by(2) {
        assert!(
            ARROWS.iter().any(|(folder, _)| *folder == member),
            "{member} is missing in ARROWS"
        );
    }
}

#[test]
fn crates_depend_only_on_those_below_them() {
    let mut findings = Vec::new();
    for (folder, allowed) in ARROWS {
        let names = table(&manifest(folder), "dependencies");
        for name in ours(&names).into_iter().filter(|name| !allowed.contains(name)) {
            findings.push(format!("{folder} may not depend on {name}"));
        }
    }
    none("wrong arrows", &findings);
}

#[test]
fn what_a_test_uses_beside_them_is_a_simulator() {
    let mut findings = Vec::new();
    for (folder, allowed) in ARROWS {
        let names = table(&manifest(folder), "dev-dependencies");
        for name in ours(&names).into_iter().filter(|name| !allowed.contains(name)) {
            if name != "simulators" {
                findings.push(format!("tests of {folder} may not use {name}"));
            }
        }
    }
    none("wrong arrows", &findings);
}

#[test]
fn code_names_only_crates_it_may_use() {
    let mut findings = Vec::new();
    for (folder, allowed) in ARROWS {
        for path in files(&format!("{folder}/src"), &[".rs"]) {
            let in_a_test = path.components().any(|part| part.as_os_str() == "tests")
                || path.ends_with("tests.rs");
            for (number, line) in read(&path).lines().enumerate() {
                let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                for name in words.filter_map(|word| word.strip_prefix("rollcall_")) {
                    let known = ARROWS.iter().any(|(folder, _)| *folder == name);
                    let fine = allowed.contains(&name) || in_a_test && name == "simulators";
                    if known && !fine {
                        findings.push(at(&path, number, &format!("may not use {name}")));
                    }
                }
            }
        }
    }
    none("wrong arrows", &findings);
}

#[test]
fn the_web_databases_and_the_network_stay_where_they_belong() {
    let mut findings = Vec::new();
    for (name, allowed) in OTHERS {
        for (folder, _) in ARROWS.iter().filter(|(folder, _)| !allowed.contains(folder)) {
            if table(&manifest(folder), "dependencies").contains(name) {
                findings.push(format!("{folder} may not depend on {name}"));
            }
            for path in files(&format!("{folder}/src"), &[".rs"]) {
                for (number, line) in read(&path).lines().enumerate() {
                    let code = line.trim_start();
                    if !code.starts_with("//") && code.contains(&format!("{name}::")) {
                        findings.push(at(&path, number, &format!("may not use {name}")));
                    }
                }
            }
        }
    }
    none("not here", &findings);
}

/// `commands` decides and appends; everybody else asks it to.
#[test]
fn only_commands_appends_to_the_log() {
    let mut findings = Vec::new();
    for folder in ["projections", "workers", "api", "egress", "."] {
        for path in files(&format!("{folder}/src"), &[".rs"]) {
            let in_a_test = path.components().any(|part| part.as_os_str() == "tests")
                || path.ends_with("tests.rs")
                || path.ends_with("testing.rs");
            for (number, line) in read(&path).lines().enumerate().filter(|_| !in_a_test) {
                let cookie = line.contains("headers") && line.contains("SET_COOKIE");
                if line.contains(".append(") && !cookie || line.contains("Append::new") {
                    findings.push(at(&path, number, "appends"));
                }
            }
        }
    }
    none("events written past commands", &findings);
}

/// A request asks for one tenant's rows (`Reader::db`), so that the database can keep the others'.
#[test]
fn requests_read_one_tenants_rows() {
    // Which tenants somebody belongs to, and the operator's list of them.
    let exempt = ["api/src/sessions.rs", "api/src/resources/tenants.rs"];
    let mut findings = Vec::new();
    for path in files("api/src", &[".rs"]) {
        let in_a_test = path.components().any(|part| part.as_os_str() == "tests");
        if in_a_test || exempt.iter().any(|exempt| path.ends_with(exempt)) {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            if line.contains("projections.db()") {
                findings.push(at(&path, number, "reads every tenant's rows"));
            }
        }
    }
    none("use `Reader::db` or `db_of`", &findings);
}
