//! What a person may be given by hand: values as somebody typed them, checked before anything is
//! decided. Sources are not held to it; what they say is kept as it is.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::field::{Field, Value, normalised};

/// Departments of one person.
pub const MOST_DEPARTMENTS: usize = 50;
/// Ids have 26 characters; what is longer names nothing.
const LONGEST_ID: usize = 64;

/// Why a value is none of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("it must be text, or null to clear it")]
    NotText,
    #[error("it must be a list of ids, or null to clear it")]
    NotAList,
    #[error("it has at most {most} characters")]
    TooLong { most: usize },
    #[error("it has at most {MOST_DEPARTMENTS} entries")]
    TooMany,
    #[error("it names something twice")]
    Twice,
    #[error("it must not hold control characters")]
    Control,
    #[error("it must be a day such as 2026-01-31")]
    NotADay,
    #[error("it must be an e-mail address such as ada@example.com")]
    NotAnAddress,
    #[error("it must be an address that begins with https:// or http://")]
    NotAUrl,
    #[error("it must be an id")]
    NotAnId,
}

/// The value as it is kept: without blanks around it, in one spelling. Nothing but blanks is empty.
pub fn entered(field: Field, value: Option<Value>) -> Result<Option<Value>, Wrong> {
    match (field, value) {
        (_, None) => Ok(None),
        (Field::Departments, Some(Value::Text(_))) => Err(Wrong::NotAList),
        (Field::Departments, Some(Value::List(items))) => list(items),
        (_, Some(Value::List(_))) => Err(Wrong::NotText),
        (field, Some(Value::Text(text))) => {
            let text = normalised(&text);
            if text.is_empty() {
                return Ok(None);
            }
            check(field, &text)?;
            Ok(Some(Value::Text(text.into_owned())))
        }
    }
}

fn list(items: Vec<String>) -> Result<Option<Value>, Wrong> {
    if items.len() > MOST_DEPARTMENTS {
        return Err(Wrong::TooMany);
    }
    items.iter().try_for_each(|id| is_id(id))?;
    if items.iter().collect::<BTreeSet<_>>().len() < items.len() {
        return Err(Wrong::Twice);
    }
    Ok((!items.is_empty()).then_some(Value::List(items)))
}

fn check(field: Field, text: &str) -> Result<(), Wrong> {
    if text.chars().any(char::is_control) {
        return Err(Wrong::Control);
    }
    let most = longest(field);
    if text.chars().count() > most {
        return Err(Wrong::TooLong { most });
    }
    match field {
        Field::Email => is_address(text),
        Field::HireDate | Field::TerminationDate => is_day(text),
        Field::PhotoUrl => is_url(text),
        Field::Departments | Field::Division | Field::Location | Field::Manager => is_id(text),
        Field::EmployeeNumber
        | Field::FirstName
        | Field::LastName
        | Field::PreferredName
        | Field::Phone
        | Field::JobTitle
        | Field::EmploymentType => Ok(()),
    }
}

/// In characters.
fn longest(field: Field) -> usize {
    match field {
        Field::FirstName
        | Field::LastName
        | Field::PreferredName
        | Field::JobTitle
        | Field::EmploymentType => 200,
        Field::Email => 254,
        Field::EmployeeNumber | Field::Phone => 100,
        Field::PhotoUrl => 2_000,
        Field::Departments | Field::Division | Field::Location | Field::Manager => LONGEST_ID,
        Field::HireDate | Field::TerminationDate => 10,
    }
}

fn is_id(text: &str) -> Result<(), Wrong> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let id = !text.is_empty() && text.len() <= LONGEST_ID && text.bytes().all(plain);
    id.then_some(()).ok_or(Wrong::NotAnId)
}

/// Plausible, no more: only a mail that arrives proves an address.
fn is_address(text: &str) -> Result<(), Wrong> {
    let (name, host) = text.rsplit_once('@').ok_or(Wrong::NotAnAddress)?;
    let host_is_one = !host.is_empty() && !host.starts_with('.') && !host.ends_with('.');
    let parts_are_plain = !text.contains(|c: char| c.is_whitespace() || "<>,;\"()".contains(c));
    let one_at = !name.is_empty() && !name.contains('@');
    (one_at && host_is_one && parts_are_plain).then_some(()).ok_or(Wrong::NotAnAddress)
}

fn is_day(text: &str) -> Result<(), Wrong> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Wrong::NotADay)?;
    // Only the one spelling of a day compares as text.
    (day.to_string() == text).then_some(()).ok_or(Wrong::NotADay)
}

fn is_url(text: &str) -> Result<(), Wrong> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let place = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    let plain = !text.contains(char::is_whitespace);
    (place && plain).then_some(()).ok_or(Wrong::NotAUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(field: Field, typed: &str) -> Result<Option<String>, Wrong> {
        let value = entered(field, Some(typed.into()))?;
        Ok(value.and_then(|value| value.text().map(str::to_owned)))
    }

    #[test]
    fn a_text_is_kept_without_blanks_and_in_one_spelling() {
        let zoe = text(Field::FirstName, "  Zoe\u{308} ").unwrap();
        assert_eq!(zoe.as_deref(), Some("Zoë"));
        assert_eq!(text(Field::FirstName, " \u{200b} "), Ok(None));
        assert_eq!(entered(Field::Email, None), Ok(None));
    }

    #[test]
    fn what_is_too_long_or_drives_a_terminal_is_refused() {
        assert!(text(Field::FirstName, &"ä".repeat(200)).is_ok());
        let long = text(Field::FirstName, &"ä".repeat(201));
        assert_eq!(long, Err(Wrong::TooLong { most: 200 }));
        for odd in ["a\0b", "a\u{1b}[31m", "a\nb"] {
            assert_eq!(text(Field::JobTitle, odd), Err(Wrong::Control), "{odd:?}");
        }
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!(text(Field::HireDate, " 2024-02-29 ").unwrap().as_deref(), Some("2024-02-29"));
        for odd in ["2023-02-29", "0000-00-00", "2024-2-29", "29.02.2024", "+2024-02-2", "x"] {
            assert_eq!(text(Field::TerminationDate, odd), Err(Wrong::NotADay), "{odd}");
        }
    }

    #[test]
    fn an_address_is_plausible() {
        for good in ["ada@example.com", "a.b+c@host", "zoë@例え.jp"] {
            assert!(text(Field::Email, good).is_ok(), "{good}");
        }
        for odd in ["ada", "@x.com", "a@", "a@b@c", "a b@c.d", "A <a@b.c>", "a@.c", "a@c."] {
            assert_eq!(text(Field::Email, odd), Err(Wrong::NotAnAddress), "{odd}");
        }
        for odd in ["javascript:alert(1)", "https://", "https:///x", "https://a b"] {
            assert_eq!(text(Field::PhotoUrl, odd), Err(Wrong::NotAUrl), "{odd}");
        }
    }

    #[test]
    fn departments_are_a_list_of_different_ids() {
        let list = |ids: &[&str]| {
            let ids = ids.iter().map(|id| (*id).to_owned()).collect();
            entered(Field::Departments, Some(Value::List(ids)))
        };
        assert!(list(&["d1", "d2"]).unwrap().is_some());
        assert_eq!(list(&[]), Ok(None));
        assert_eq!(list(&["d1", "d1"]), Err(Wrong::Twice));
        assert_eq!(list(&["d 1"]), Err(Wrong::NotAnId));
        assert_eq!(text(Field::Departments, "d1"), Err(Wrong::NotAList));
        let many: Vec<String> = (0..51).map(|n| format!("d{n}")).collect();
        assert_eq!(entered(Field::Departments, Some(Value::List(many))), Err(Wrong::TooMany));
        let listed = entered(Field::Manager, Some(Value::List(vec![])));
        assert_eq!(listed, Err(Wrong::NotText));
    }
}
