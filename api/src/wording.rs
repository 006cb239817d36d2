//! Messages of ours as they stand alone: they are written to follow a colon, in small letters and without
//! a full stop.

/// With a capital.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// With a capital and a full stop, unless it has an end already; nothing stays nothing.
pub(crate) fn sentence(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with(['.', '?', ':']) { "" } else { "." };
    capital(text) + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stands_alone() {
        assert_eq!(sentence("the key was refused"), "The key was refused.");
        assert_eq!(sentence("Look again."), "Look again.");
        assert_eq!(sentence("über alles"), "Über alles.");
        assert_eq!((sentence(""), capital("")), (String::new(), String::new()));
    }
}
