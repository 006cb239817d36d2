//! Checking a body: all that is wrong with it at once, one user at a time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use super::text::kept;
use super::violation::{About, Refused, Violation, Violations};
use super::{Flaw, Form, MOST_PATHS, MOST_USERS, SCHEMA, beyond, document};

/// A user takes no more bytes than this, so that what is wrong with one is bounded.
pub(super) const MOST_BYTES: usize = 256 * 1024;

/// Checks a whole body, and one user.
pub(super) static BODY: LazyLock<Validator> = LazyLock::new(|| validator(""));
static USER: LazyLock<Validator> = LazyLock::new(|| validator("/properties/users/items"));

/// How many users a body holds, or why it is refused. Every user is held against [`SCHEMA`], and
/// against what a schema can't say: ids that say nothing or come twice, departments without end.
pub fn validate(form: Form, body: &[u8]) -> Result<u64, Refused> {
    let mut check = Check::default();
    let mut objections = Vec::new();
    document::walk(form, body, &mut |index, user| check.user(index, user), &mut |violation| {
        objections.push(violation);
    })?;
    if check.too_many {
        return Err(Refused::TooManyUsers);
    }
    if check.departments.len() > MOST_PATHS {
        objections.push(Violation::of_departments());
    }
    check.violations.listed.extend(objections);
    let users = check.users;
    let violations = check.finish();
    if violations.is_empty() { Ok(users) } else { Err(Refused::Violations(violations)) }
}

/// Of the part of the schema that a pointer names.
fn validator(pointer: &str) -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let part = schema.pointer(pointer).expect("the schema has this part");
    // The format of addresses is what the pattern beside it says: validators differ in theirs.
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(false)
        .with_pattern_options(PatternOptions::regex())
        .build(part)
        .expect("the schema is a schema")
}

#[derive(Default)]
struct Check {
    users: u64,
    too_many: bool,
    violations: Violations,
    /// Who has an id first.
    ids: HashMap<Box<str>, u64>,
    /// As they are spelled.
    departments: HashSet<Box<str>>,
    /// Everybody who has one of the ids that came twice.
    twice: BTreeMap<Box<str>, Vec<u64>>,
}

impl Check {
    /// Takes the next user; says whether to go on.
    fn user(&mut self, index: u64, json: &str) -> bool {
        self.users += 1;
        self.too_many = self.users > MOST_USERS;
        if self.too_many {
            return false;
        }
        let nobody = About { index, hris_id: None };
        if json.len() > MOST_BYTES {
            let message = "the user takes more than 256 KiB; send the address of a photo, not the \
                photo, and leave out what is not in the schema";
            self.violations.add(nobody.violation("", Flaw::TooLong, message));
        } else {
            match serde_json::from_str::<Value>(json) {
                Ok(user) => self.read(index, &user),
                Err(error) => {
                    self.violations.add(nobody.violation("", Flaw::Unreadable, unread(&error)));
                }
            }
        }
        self.violations.unfinished = self.violations.is_enough();
        !self.violations.unfinished
    }

    fn read(&mut self, index: u64, user: &Value) {
        let hris_id = user.get("hris_id").and_then(Value::as_str);
        let about = About { index, hris_id };
        if !USER.is_valid(user) {
            USER.iter_errors(user).for_each(|error| self.violations.add(about.of_schema(&error)));
        }
        beyond::look(user, about, &mut self.violations);
        self.look_at_departments(user);
        let Some(id) = hris_id.map(kept).filter(|id| !id.is_empty()) else { return };
        match self.ids.get(&*id) {
            Some(first) => {
                let all = self.twice.entry(id.as_ref().into()).or_insert_with(|| vec![*first]);
                all.push(index);
            }
            None => {
                self.ids.insert(id.as_ref().into(), index);
            }
        }
    }

    /// Each becomes a department for everybody, so a body names only so many.
    fn look_at_departments(&mut self, user: &Value) {
        let paths = user.get("departments").and_then(Value::as_array).into_iter().flatten();
        for path in paths.filter_map(Value::as_str) {
            if self.departments.len() <= MOST_PATHS && !self.departments.contains(path) {
                self.departments.insert(path.into());
            }
        }
    }

    /// With all who share an id.
    fn finish(mut self) -> Violations {
        for (id, all) in &self.twice {
            let others = others(all);
            for index in all {
                let about = About { index: *index, hris_id: Some(id) };
                let message = format!("{others} have this hris_id; each user needs their own");
                self.violations.add(about.violation("/hris_id", Flaw::Twice, message));
            }
        }
        self.violations.listed.sort_by_key(|one: &Violation| one.index);
        self.violations
    }
}

/// Those who share an id, the first of them by name.
fn others(all: &[u64]) -> String {
    const NAMED: usize = 10;
    let named: Vec<String> = all.iter().take(NAMED).map(u64::to_string).collect();
    let named = named.join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => format!("the users {named}"),
        more => format!("the users {named} and {more} more"),
    }
}

/// Why something that looked like JSON can't be read.
fn unread(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
    format!("the user can't be read: {why}; write it as JSON that every program reads")
}
