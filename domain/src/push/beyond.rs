//! What a schema can't say of a user.

use serde_json::Value;

use super::Flaw;
use super::departments::{LEVELS, MOST_DEPARTMENTS, levels};
use super::text::kept;
use super::violation::{About, Violations};
use crate::unit::NAME_LENGTH;

/// Characters of an id.
const ID_LENGTH: usize = 500;

pub(super) fn look(user: &Value, about: About<'_>, violations: &mut Violations) {
    if let Some(id) = user.get("hris_id").and_then(Value::as_str) {
        look_at_id(id, about, violations);
    }
    let Some(paths) = user.get("departments").and_then(Value::as_array) else { return };
    if paths.len() > MOST_DEPARTMENTS {
        let message = format!("departments has more than {MOST_DEPARTMENTS} entries; send fewer");
        violations.add(about.violation("/departments", Flaw::TooMany, message));
        return;
    }
    for (place, path) in paths.iter().enumerate() {
        let Some(path) = path.as_str() else { continue };
        if let Some((code, message)) = objection(path) {
            let message = format!("departments[{place}] {message}");
            violations.add(about.violation(&format!("/departments/{place}"), code, message));
        }
    }
}

fn look_at_id(id: &str, about: About<'_>, violations: &mut Violations) {
    let id = kept(id);
    if id.is_empty() {
        let message = "hris_id is empty; send what tells this user from all others, for ever";
        violations.add(about.violation("/hris_id", Flaw::Blank, message));
    } else if id.len() > ID_LENGTH && id.chars().count() > ID_LENGTH {
        let message = format!("hris_id has more than {ID_LENGTH} characters");
        violations.add(about.violation("/hris_id", Flaw::TooLong, message));
    }
}

fn objection(path: &str) -> Option<(Flaw, String)> {
    // What is short enough as a whole has no long name, and not many levels.
    if path.len() <= LEVELS {
        return None;
    }
    let mut count = 0;
    for name in levels(path) {
        count += 1;
        if name.chars().count() > NAME_LENGTH {
            let message = format!("has a name of more than {NAME_LENGTH} characters");
            return Some((Flaw::TooLong, message));
        }
    }
    (count > LEVELS).then(|| (Flaw::TooMany, format!("is nested deeper than {LEVELS} levels")))
}
