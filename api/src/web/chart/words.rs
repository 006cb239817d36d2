//! What fits on a card.

use std::borrow::Cow;

/// Cuts a text to so many pixels at a size of letters, by how wide letters are at most in usual fonts.
/// An SVG neither breaks nor cuts lines of its own.
pub(super) fn fitted(text: &str, width: f32, size: f32) -> Cow<'_, str> {
    let room = width / size;
    let mut used = 0.0;
    let mut fits = 0;
    for (at, letter) in text.char_indices() {
        used += ems(letter);
        if used > room {
            return Cow::Owned(format!("{}…", text[..fits].trim_end()));
        }
        if used + 0.8 <= room {
            fits = at + letter.len_utf8();
        }
    }
    Cow::Borrowed(text)
}

fn ems(letter: char) -> f32 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | '\'' | '|' | ':' | ';' | '!' | ' ' => 0.32,
        'f' | 'r' | 't' | '-' | '(' | ')' => 0.4,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' => 0.95,
        // Marks that stand above or below the letter before them, or mean nothing to the eye.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => 0.0,
        'A'..='Z' => 0.72,
        '\u{1100}'.. => 1.05,
        _ => 0.6,
    }
}

/// XML has no way to write these.
pub(super) fn for_xml(text: &str) -> Cow<'_, str> {
    let never = |c: char| {
        (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    match text.contains(never) {
        true => Cow::Owned(text.replace(never, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        assert_eq!(fitted("Priya Raman", 150.0, 13.0), "Priya Raman");
        assert_eq!(fitted(&"long ".repeat(60), 150.0, 13.0), "long long long long lo…");
        assert_eq!(fitted(&"名".repeat(300), 150.0, 13.0).chars().count(), 11);
        assert_eq!(fitted("", 150.0, 13.0), "");
    }

    #[test]
    fn control_characters_do_not_break_a_file() {
        assert_eq!(for_xml("a\u{1}b\tc"), "a\u{fffd}b\tc");
    }
}
