//! Text as it is kept of a body.

use std::borrow::Cow;

use crate::field::normalised;

/// Characters kept of one value.
const LONGEST: usize = 2_000;

/// Blanks around it mean nothing. What no database takes as text (NUL) or no person wrote
/// (thousands of characters) is left out.
pub(super) fn kept(text: &str) -> Cow<'_, str> {
    if text.len() > LONGEST || text.contains('\0') {
        let text: String = text.chars().filter(|c| *c != '\0').take(LONGEST).collect();
        Cow::Owned(normalised(&text).into_owned())
    } else {
        normalised(text)
    }
}

/// Whether an id is an e-mail address, as far as one can see.
pub(super) fn is_like_an_address(id: &str) -> bool {
    id.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !id.contains(char::is_whitespace)
    })
}
