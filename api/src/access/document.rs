//! `docs/access.md` is the tables of who may do what as a document, and up to date.

use std::fmt::Write;
use std::path::Path;

use rollcall_domain::access::{Permission, Role, Scope};

use super::{Access, rows};

const HEAD: &str = "# Who may do what

A person has a role in a tenant, a token has scopes; both are bundles of permissions. Whoever may not even see a thing is
answered as if it did not exist (404); whoever may see it and not do it, 403.

This file is written by a test from the code: `UPDATE=1 cargo test -p rollcall-api access_md`.
";

/// A cross where a bundle holds a permission.
fn table(text: &mut String, bundles: &[(&str, Vec<Permission>)]) {
    let names: Vec<&str> = bundles.iter().map(|(name, _)| *name).collect();
    let lines = "|---".repeat(names.len() + 2);
    writeln!(text, "| permission | meaning | {} |\n{lines}|", names.join(" | ")).unwrap();
    for permission in Permission::ALL {
        let has =
            |(_, all): &(&str, Vec<Permission>)| if all.contains(&permission) { "x" } else { "" };
        let cells: Vec<&str> = bundles.iter().map(has).collect();
        let (name, meaning) = (permission.as_str(), permission.meaning());
        writeln!(text, "| `{name}` | {meaning} | {} |", cells.join(" | ")).unwrap();
    }
}

fn asked(access: Access) -> String {
    match access {
        Access::Open => "nothing, or a proof of its own".to_owned(),
        Access::Known => "to be known".to_owned(),
        Access::Needs(permission) | Access::Asks(permission) => {
            format!("`{}`", permission.as_str())
        }
        Access::Operates(None) => "to be the operator".to_owned(),
        Access::Operates(Some(sight)) => {
            format!("to be the operator (`{}` to see it)", sight.as_str())
        }
    }
}

fn document() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n## Roles\n\n");
    for role in Role::ALL {
        writeln!(text, "- `{}`: {}", role.as_str(), role.meaning()).unwrap();
    }
    text.push('\n');
    let roles = Role::ALL.map(|role| (role.as_str(), Vec::from_iter(role.permissions())));
    table(&mut text, &roles);
    text.push_str("\n## Scopes of tokens\n\n");
    for scope in Scope::ALL {
        writeln!(text, "- `{}`: {}", scope.as_str(), scope.meaning()).unwrap();
    }
    text.push('\n');
    let scopes = Scope::ALL.map(|scope| (scope.as_str(), Vec::from_iter(scope.permissions())));
    table(&mut text, &scopes);
    text.push_str("\n## Routes\n\n| method | path | asks for |\n|---|---|---|\n");
    for (method, path, access) in rows() {
        writeln!(text, "| {method} | `{path}` | {} |", asked(access)).unwrap();
    }
    text
}

#[test]
fn access_md_is_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/access.md");
    let document = document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    let behind = "docs/access.md is behind: UPDATE=1 cargo test -p rollcall-api access_md";
    assert!(is == document, "{behind}");
}
