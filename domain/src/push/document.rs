//! A body as far as it has to be read to get at its users one by one, each as it was written. Never
//! the whole of it as a tree: that would take many times its size.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::violation::Refused;
use super::{Flaw, Form, Violation};
use crate::json::without_mark;

/// Takes users as they come, by their place; says whether to go on.
pub(super) type Each<'e> = &'e mut dyn FnMut(u64, &str) -> bool;

/// Whether a body was gone through to its end, or what of it is no list of users. It is JSON in any
/// case: to its end, or as far as it was wanted.
pub(super) fn walk(
    form: Form,
    body: &[u8],
    each: Each<'_>,
    objection: &mut dyn FnMut(Violation),
) -> Result<(), Refused> {
    match form {
        Form::Json => document(without_mark(body), each, objection),
        Form::Ndjson => lines(without_mark(body), each, objection),
    }
}

fn document(
    body: &[u8],
    each: Each<'_>,
    objection: &mut dyn FnMut(Violation),
) -> Result<(), Refused> {
    let envelope = match serde_json::from_slice::<Envelope<'_>>(body) {
        Ok(envelope) => envelope,
        // Something else than an object.
        Err(error) if error.is_data() => {
            let other: &RawValue =
                serde_json::from_slice(body).map_err(|error| Refused::not_json(&error, 0))?;
            against_schema(kind_of(other.get()), objection);
            return Ok(());
        }
        Err(error) => return Err(Refused::not_json(&error, 0)),
    };
    if envelope.repeated {
        objection(whole("/users", Flaw::Twice, "users comes more than once; send it once"));
        return Ok(());
    }
    match envelope.users {
        None => against_schema(Value::Object(serde_json::Map::new()), objection),
        Some(users) if users.get().starts_with('[') => {
            let mut reader = serde_json::Deserializer::from_str(users.get());
            // Its form is known to be good by now.
            reader.deserialize_seq(Users(each)).map_err(|error| Refused::not_json(&error, 0))?;
        }
        Some(other) => {
            let users = serde_json::Map::from_iter([("users".to_owned(), kind_of(other.get()))]);
            against_schema(Value::Object(users), objection);
        }
    }
    Ok(())
}

fn lines(body: &[u8], each: Each<'_>, objection: &mut dyn FnMut(Violation)) -> Result<(), Refused> {
    let mut any = false;
    for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        any = true;
        let user: &RawValue =
            serde_json::from_slice(line).map_err(|error| Refused::not_json(&error, number))?;
        if is_document(user.get()) {
            objection(whole(
                "/users",
                Flaw::WrongType,
                "a line holds a list of users; send one user on each line, or all of it as \
                 application/json",
            ));
            return Ok(());
        }
        if !each(number as u64, user.get()) {
            break;
        }
    }
    if any {
        Ok(())
    } else {
        let why = "it is empty".to_owned();
        Err(Refused::NotJson { line: 1, column: 0, why })
    }
}

/// Whether [`super::Reader`] would take a line for the whole.
fn is_document(line: &str) -> bool {
    let may_be = line.contains("users") || line.contains('\\');
    may_be && serde_json::from_str::<Envelope<'_>>(line).is_ok_and(|line| line.has_list())
}

/// Says what the schema has against a body that is no list of users.
fn against_schema(body: Value, objection: &mut dyn FnMut(Violation)) {
    for error in super::check::BODY.iter_errors(&body) {
        objection(Violation::of_envelope(&error));
    }
}

fn whole(path: &str, code: Flaw, message: &str) -> Violation {
    Violation { index: None, hris_id: None, path: path.to_owned(), code, message: message.into() }
}

/// Something of the same type. Its content may be large, and does not matter.
fn kind_of(json: &str) -> Value {
    match json.as_bytes().first() {
        Some(b'{') => Value::Object(serde_json::Map::new()),
        Some(b'[') => Value::Array(vec![]),
        Some(b'"') => Value::String(String::new()),
        Some(b't' | b'f') => Value::Bool(true),
        Some(b'n') | None => Value::Null,
        Some(_) => Value::from(0),
    }
}

/// An object, of which only `users` matters.
#[derive(Default)]
struct Envelope<'a> {
    users: Option<&'a RawValue>,
    repeated: bool,
}

impl Envelope<'_> {
    fn has_list(&self) -> bool {
        self.repeated || self.users.is_some_and(|users| users.get().starts_with('['))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<'de>, A::Error> {
                let mut envelope = Envelope::default();
                while let Some(key) = map.next_key::<String>()? {
                    // Read as text in any case: what is no text is refused.
                    let value = map.next_value::<&RawValue>()?;
                    if key == "users" {
                        envelope.repeated |= envelope.users.replace(value).is_some();
                    }
                }
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

struct Users<'e>(Each<'e>);

impl<'de> Visitor<'de> for Users<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(user) = list.next_element::<&RawValue>()? {
            if !self.0(index, user.get()) {
                while list.next_element::<&RawValue>()?.is_some() {}
                break;
            }
            index += 1;
        }
        Ok(())
    }
}
