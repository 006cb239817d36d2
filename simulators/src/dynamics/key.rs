//! `Set(key)`: the key of one row in a path.

use super::set::Set;

/// A path in its set and what stands in brackets behind it.
pub(super) fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once('(').and_then(|(set, rest)| Some((set, rest.strip_suffix(')')?))) {
        Some((set, predicate)) => (set, Some(predicate)),
        None => (path, None),
    }
}

/// The filter that a key is: `PersonnelNumber eq '000041'`.
pub(super) fn filter(set: &Set, predicate: &str) -> String {
    let parts = parts(predicate);
    let named = |part: &String| match part.split_once('=') {
        Some((name, value)) if !name.contains('\'') => format!("{name} eq {value}"),
        Some(_) | None => format!("{} eq {part}", set.key[0]),
    };
    parts.iter().map(named).collect::<Vec<_>>().join(" and ")
}

/// Whether the parts of a key are those of the set, or one it can be found by alone.
pub(super) fn is_whole(set: &Set, predicate: &str) -> bool {
    let parts = parts(predicate);
    let name = |part: &String| part.split_once('=').map(|(name, _)| name.to_owned());
    let names: Vec<String> = parts.iter().filter_map(name).collect();
    match names.len() {
        0 => parts.len() == 1 && set.key.len() == 1,
        1 if set.alternate.is_some_and(|alternate| alternate == names[0]) => true,
        _ => {
            names.len() == set.key.len()
                && set.key.iter().all(|key| names.iter().any(|one| one == key))
        }
    }
}

/// At the commas that are not in a text.
fn parts(predicate: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in predicate.chars() {
        quoted ^= letter == '\'';
        match (letter, parts.last_mut()) {
            (',', _) if !quoted => parts.push(String::new()),
            (letter, Some(last)) => last.push(letter),
            (_, None) => {}
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}
