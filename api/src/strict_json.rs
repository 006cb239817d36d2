//! JSON that says one thing: a name that is given twice in one object is refused, as no two readers
//! agree on what it means.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The place of a name that is given twice, as a JSON pointer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Twice(pub(crate) String);

/// Nothing of what is wrong otherwise: whoever reads the text finds that.
pub(crate) fn check(text: &[u8]) -> Result<(), Twice> {
    let mut walk = Walk { place: vec![], twice: false };
    let read = walk.deserialize(&mut serde_json::Deserializer::from_slice(text));
    match read.is_err() && walk.twice {
        true => Err(Twice(walk.place.iter().map(|part| format!("/{part}")).collect())),
        false => Ok(()),
    }
}

struct Walk {
    place: Vec<String>,
    twice: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Walk {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Walk {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for at in 0.. {
            self.place.push(at.to_string());
            if items.next_element_seed(&mut *self)?.is_none() {
                break;
            }
            self.place.pop();
        }
        self.place.pop();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            // As a pointer writes it, and no longer than anybody needs.
            let part = name.replace('~', "~0").replace('/', "~1").chars().take(64).collect();
            self.place.push(part);
            if !names.insert(name) {
                self.twice = true;
                return Err(A::Error::custom("twice"));
            }
            members.next_value_seed(&mut *self)?;
            self.place.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_given_twice_is_found_wherever_it_is() {
        for (text, place) in [
            (r#"{"a":1,"a":1}"#, "/a"),
            (r#"{"a":[{},{"b":{"c/d":1,"c\/d":2}}]}"#, "/a/1/b/c~1d"),
            (r#"{"a":1,"\u0061":2}"#, "/a"),
            (r#"[[],[0,{"":1,"":2}]]"#, "/1/1/"),
        ] {
            assert_eq!(check(text.as_bytes()), Err(Twice(place.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_says_one_thing_passes_and_what_is_no_json_is_for_others_to_refuse() {
        for text in [r#"{"a":{"a":1},"b":[{"a":1},{"a":null}]}"#, "1.5", "", "{", "nonsense"] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
        assert_eq!(check("[".repeat(100_000).as_bytes()), Ok(()));
    }
}
