//! JSON as it comes in from outside: sometimes not quite JSON. One damaged text must not cost the
//! whole answer, so what a strict parser refuses is mended as far as it can be and read again.

use serde_json::Value;

/// Stands where there was no text: bytes that are no UTF-8, half a surrogate pair, an escape that
/// means nothing. A value of a mended text that holds it was damaged and says nothing.
pub const DAMAGED: char = char::REPLACEMENT_CHARACTER;

/// Reads JSON, mending it only if it has to be. The error is about the bytes as they came.
pub fn tree(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = without_mark(bytes);
    serde_json::from_slice(bytes)
        .or_else(|error| serde_json::from_str(&mended(bytes)).map_err(|_| error))
}

/// Without the byte order mark some programs write before a text.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The elements of a list, or of an object that stands for one: PHP writes a list with holes as an
/// object with numbers as keys. `None` for anything else.
pub fn elements(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Object(items) => Some(items.values().collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The same text with valid strings: control characters are escaped, and what is no text becomes
/// [`DAMAGED`]. Outside of strings nothing is changed.
pub fn mended(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut mended = String::with_capacity(text.len());
    let mut in_string = false;
    let mut rest = &*text;
    while let Some(next) = rest.chars().next() {
        let mut used = next.len_utf8();
        match next {
            '"' => {
                in_string = !in_string;
                mended.push(next);
            }
            '\\' if in_string => {
                let (escape, length) = escape(rest);
                mended.push_str(escape);
                used = length;
            }
            '\0'..='\x1f' if in_string => {
                mended.push_str(&format!("\\u{:04x}", u32::from(next)));
            }
            _ => mended.push(next),
        }
        rest = &rest[used..];
    }
    mended
}

/// What the escape at the beginning of a text becomes, and how long it was.
fn escape(text: &str) -> (&str, usize) {
    const NO_TEXT: &str = "\u{fffd}";
    match text.as_bytes().get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (&text[..2], 2),
        // Nobody means anything else by it.
        Some(b'\'') => ("'", 2),
        Some(b'u') => match (unit(text), text.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (&text[..12], 12),
            (Some(0xd800..=0xdfff), _) => (NO_TEXT, 6),
            (Some(_), _) => (&text[..6], 6),
            (None, _) => (NO_TEXT, 2),
        },
        Some(_) | None => (NO_TEXT, 1),
    }
}

/// The UTF-16 code unit that `\uXXXX` at the beginning of a text stands for.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(json: &[u8]) -> String {
        tree(json).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn what_is_no_text_is_marked_and_the_rest_stays() {
        for (json, read) in [
            (&br#""Pat | \ud83c.""#[..], "Pat | \u{fffd}."),
            (br#""\udf89 and \ud83c\ud83c\udf89""#, "\u{fffd} and \u{fffd}\u{1f389}"),
            (br#""\ud83c\u0041""#, "\u{fffd}A"),
            (b"\"M\xfcller\"", "M\u{fffd}ller"),
            (b"\"cut \xf0\x9f\"", "cut \u{fffd}"),
            (br#""\u12 \x41 \'""#, "\u{fffd}12 \u{fffd}x41 '"),
            (b"\"two\nlines\tand\x01\"", "two\nlines\tand\u{1}"),
            (b"\xef\xbb\xbf\"marked\"", "marked"),
            (b"\"\\\\\" ", "\\"),
        ] {
            assert_eq!(text(json), read, "{}", String::from_utf8_lossy(json));
        }
    }

    #[test]
    fn what_has_another_structure_than_json_stays_refused() {
        for json in ["", "{", r#"{"id":}"#, "<html>", "\u{feff}", r#"["\ud83c"#] {
            assert!(tree(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn an_object_may_stand_for_a_list() {
        let numbered = serde_json::json!({"0": "a", "2": "c"});
        assert_eq!(elements(&numbered).unwrap(), ["a", "c"]);
        assert_eq!(elements(&Value::from("a")), None);
    }

    proptest! {
        #[test]
        fn good_json_is_not_changed(text in any::<String>()) {
            let json = serde_json::to_string(&[&text]).unwrap();
            prop_assert_eq!(mended(json.as_bytes()), json);
        }

        #[test]
        fn whatever_stands_in_a_string_can_be_read(
            bytes in proptest::collection::vec(any::<u8>(), 0..20),
            escapes in r#"(\\[u'x"\\]|\\u[dD][89a-f]|[0-9a-f]|[^"\\]){0,12}"#,
        ) {
            let plain: Vec<u8> = bytes.into_iter().filter(|b| !b"\"\\".contains(b)).collect();
            prop_assert!(tree(&[b"\"", plain.as_slice(), b"\""].concat()).is_ok());
            prop_assert!(tree(format!("\"{escapes}\"").as_bytes()).is_ok(), "{escapes}");
        }
    }
}
