//! Why a body is refused, in words for whoever sends it. No words repeat a value: only the id, by
//! which a sender finds the person.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde::Serialize;
use serde_json::Value;

use super::text::kept;
use super::{MOST_PATHS, MOST_USERS};

/// So many are told one by one.
const MOST_LISTED: usize = 1_000;
/// So many are counted. A body with more is not looked at any further.
const MOST_COUNTED: u64 = 100_000;
/// Characters that are repeated of an id.
const ID_SHOWN: usize = 100;

/// Why a body is refused, by what the sender can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It broke off, or never was JSON.
    #[error("the body is not JSON: {why} (line {line}, column {column})")]
    NotJson { line: usize, column: usize, why: String },
    #[error("the body holds more than {MOST_USERS} users")]
    TooManyUsers,
    /// It is JSON, and not what the schema asks for.
    #[error("{0}")]
    Violations(Violations),
}

/// Everything that is wrong with a body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Violations {
    /// The first of them, by user.
    pub listed: Vec<Violation>,
    /// How many there are beside those.
    pub more: u64,
    /// There were so many that the rest of the body was not looked at.
    pub unfinished: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Violation {
    /// Which user, from 0: the place in the list, or the line. `None` where it is about none.
    pub index: Option<u64>,
    /// Theirs, where it can be read.
    pub hris_id: Option<String>,
    /// A JSON pointer into the body. Lines are taken for the list `users`.
    pub path: String,
    pub code: Flaw,
    /// What is wrong, and what to do about it.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    Missing,
    WrongType,
    NotAnAddress,
    /// What must say something is empty or blank.
    Blank,
    /// The same id, or `users`, came more than once.
    Twice,
    TooLong,
    TooMany,
    /// JSON, but with half a character, an impossible number, or nested without end.
    Unreadable,
}

impl Flaw {
    pub const ALL: [Flaw; 8] = [
        Flaw::Missing,
        Flaw::WrongType,
        Flaw::NotAnAddress,
        Flaw::Blank,
        Flaw::Twice,
        Flaw::TooLong,
        Flaw::TooMany,
        Flaw::Unreadable,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Flaw::Missing => "missing",
            Flaw::WrongType => "wrong_type",
            Flaw::NotAnAddress => "not_an_address",
            Flaw::Blank => "blank",
            Flaw::Twice => "twice",
            Flaw::TooLong => "too_long",
            Flaw::TooMany => "too_many",
            Flaw::Unreadable => "unreadable",
        }
    }
}

impl Refused {
    /// In JSON that ends a line before `line`, so many lines into the body.
    pub(super) fn not_json(error: &serde_json::Error, lines_before: usize) -> Refused {
        let text = error.to_string();
        let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why).to_owned();
        Refused::NotJson { line: lines_before + error.line(), column: error.column(), why }
    }
}

impl Violations {
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub fn count(&self) -> u64 {
        self.listed.len() as u64 + self.more
    }

    /// Whether there is any use in going on.
    pub(super) fn is_enough(&self) -> bool {
        self.count() >= MOST_COUNTED
    }

    pub(super) fn add(&mut self, violation: Violation) {
        if self.listed.len() < MOST_LISTED {
            self.listed.push(violation);
        } else {
            self.more += 1;
        }
    }
}

impl std::fmt::Display for Violations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let least = if self.unfinished { "at least " } else { "" };
        match self.count() {
            1 => f.write_str("one value is not what the schema asks for"),
            count => write!(f, "{least}{count} values are not what the schema asks for"),
        }?;
        f.write_str("; nothing was taken over")
    }
}

/// Whom a violation is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) index: u64,
    pub(super) hris_id: Option<&'a str>,
}

impl About<'_> {
    /// `pointer` begins at the user.
    pub(super) fn violation(
        self,
        pointer: &str,
        code: Flaw,
        message: impl Into<String>,
    ) -> Violation {
        Violation {
            index: Some(self.index),
            hris_id: self.hris_id.map(shown),
            path: format!("/users/{}{pointer}", self.index),
            code,
            message: message.into(),
        }
    }

    pub(super) fn of_schema(self, error: &ValidationError<'_>) -> Violation {
        let (pointer, code, message) = said(error, "a user");
        self.violation(&pointer, code, message)
    }
}

impl Violation {
    /// One of the body as a whole.
    pub(super) fn of_envelope(error: &ValidationError<'_>) -> Violation {
        let (path, code, message) = said(error, "the body");
        Violation { index: None, hris_id: None, path, code, message }
    }
}

impl Violation {
    /// A body names more of them than any company has.
    pub(super) fn of_departments() -> Violation {
        let message = format!(
            "the users are in more than {MOST_PATHS} different departments; send fewer, each spelled in \
             one way"
        );
        let path = "/users".to_owned();
        Violation { index: None, hris_id: None, path, code: Flaw::TooMany, message }
    }
}

fn shown(hris_id: &str) -> String {
    kept(hris_id).chars().take(ID_SHOWN).collect()
}

/// Where, what, and what to do.
fn said(error: &ValidationError<'_>, whole: &str) -> (String, Flaw, String) {
    let pointer = error.instance_path().as_str();
    let name = spoken(pointer).unwrap_or_else(|| whole.to_owned());
    let at = pointer.to_owned();
    if let ValidationErrorKind::Required { property } = error.kind() {
        let property = property.as_str().unwrap_or_default();
        return (format!("{at}/{property}"), Flaw::Missing, format!("{name} needs {property}"));
    }
    if let ValidationErrorKind::Type { kind } = error.kind() {
        return (at, Flaw::WrongType, wrong_type(&name, kind, error.instance()));
    }
    // The only other rule of the schema.
    let message = "must be an e-mail address such as ada@example.com, without blanks";
    (at, Flaw::NotAnAddress, format!("{name} {message}"))
}

fn wrong_type(name: &str, kind: &TypeKind, value: &Value) -> String {
    let wanted = match kind {
        TypeKind::Single(one) => word(*one).to_owned(),
        TypeKind::Multiple(some) => some.iter().map(word).collect::<Vec<_>>().join(" or "),
    };
    match value {
        Value::Null => format!(
            "{name} must be {wanted}, not null; leave it out where nothing is known, or send an \
             empty value to clear it"
        ),
        Value::Bool(_) => format!("{name} must be {wanted}, not true or false"),
        Value::Number(_) => format!("{name} must be {wanted}, not a number"),
        Value::String(_) => format!("{name} must be {wanted}, not text"),
        Value::Array(_) => format!("{name} must be {wanted}, not a list"),
        Value::Object(_) => format!("{name} must be {wanted}, not an object"),
    }
}

fn word(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "null",
        JsonType::Boolean => "true or false",
        JsonType::Integer | JsonType::Number => "a number",
        JsonType::String => "text in quotes",
        JsonType::Array => "a list",
        JsonType::Object => "an object",
    }
}

/// A pointer as a person says it: `profile_image.url`, `departments[2]`.
fn spoken(pointer: &str) -> Option<String> {
    let mut spoken = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            spoken.push_str(&format!("[{part}]"));
        } else {
            if !spoken.is_empty() {
                spoken.push('.');
            }
            spoken.push_str(part);
        }
    }
    (!spoken.is_empty()).then_some(spoken)
}
