//! What of an answer is kept for people: its head, as text, without anything secret that a receiver
//! may have sent back.

/// In the place of a secret.
const HIDDEN: &str = "•••";
/// Shorter values would hide words of every answer.
const SHORTEST: usize = 6;

/// The text without these.
pub(super) fn masked(text: &[u8], hidden: &[String]) -> String {
    let mut text = String::from_utf8_lossy(text).replace('\0', "\u{fffd}");
    let mut longest: Vec<&str> =
        hidden.iter().map(String::as_str).filter(|one| one.len() >= SHORTEST).collect();
    longest.sort_by_key(|one| std::cmp::Reverse(one.len()));
    for secret in longest {
        // Behind a scheme, such as `Bearer`, stands the secret itself.
        let bare = secret.rsplit(' ').next().filter(|bare| bare.len() >= SHORTEST);
        for one in [Some(secret), bare].into_iter().flatten() {
            if text.contains(one) {
                text = text.replace(one, HIDDEN);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_come_back_are_not_kept() {
        let hidden = ["Bearer not-a-real-token".to_owned(), "whsec_abcdef".to_owned(), "a".into()];
        let answer =
            b"got authorization=not-a-real-token and whsec_abcdef and Bearer not-a-real-token";
        let kept = masked(answer, &hidden);
        assert_eq!(kept, "got authorization=••• and ••• and •••");
    }

    #[test]
    fn what_is_no_text_is_kept_as_far_as_it_is() {
        assert_eq!(masked(b"a\xffb\0c", &[]), "a\u{fffd}b\u{fffd}c");
    }
}
