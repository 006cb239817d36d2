//! How many rows somebody wants to see at most.

/// The API gives no more at a time, and nobody asks for nothing.
pub(super) fn limit(text: &str) -> Result<u8, &'static str> {
    let limit = text.parse().ok().filter(|limit| (1..=200).contains(limit));
    limit.ok_or("it must be a number from 1 to 200")
}
