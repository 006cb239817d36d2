//! Values that are no good JSON, no good Unicode or no text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Spoil {
    /// Half an emoji at its end, escaped: what is left where text was cut by UTF-16 units.
    LoneSurrogate,
    /// A bare vertical tab at its end, as word processors leave it.
    ControlCharacter,
    /// A byte of Latin-1 at its end.
    InvalidUtf8,
    /// Something else than the text it should be: a number, an object, a list.
    Shape(Value),
}

/// Bytes no serializer writes, behind the letters for private use that hold their place till then.
const UNWRITABLE: [(&str, &[u8]); 3] =
    [("\u{f8f1}", br"\ud83c"), ("\u{f8f2}", b"\x0b"), ("\u{f8f3}", b"\xe9")];

impl Spoil {
    /// What stands at the end of the text until `written`, or the value that is there instead.
    pub(crate) fn mark(&self) -> Result<&'static str, &Value> {
        let index = match self {
            Spoil::LoneSurrogate => 0,
            Spoil::ControlCharacter => 1,
            Spoil::InvalidUtf8 => 2,
            Spoil::Shape(value) => return Err(value),
        };
        Ok(UNWRITABLE[index].0)
    }

    /// An answer, with what no serializer writes in its place.
    pub(crate) fn written(answer: &[u8]) -> Vec<u8> {
        let mut written = Vec::with_capacity(answer.len());
        let mut rest = answer;
        while let Some((first, more)) = rest.split_first() {
            match UNWRITABLE.iter().find(|(mark, _)| rest.starts_with(mark.as_bytes())) {
                Some((mark, bytes)) => {
                    written.extend_from_slice(bytes);
                    rest = &rest[mark.len()..];
                }
                None => {
                    written.push(*first);
                    rest = more;
                }
            }
        }
        written
    }
}
