//! The file of an import: CSV with a head, or a JSON list. A line that is wrong is told of by itself;
//! only what leaves all of them without a meaning refuses the whole file.

mod csv;
mod json;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use serde::Serialize;

use crate::failure::Failure;

/// Longer ones are neither ids nor addresses, and a piece has to fit into a request.
const LONGEST: usize = 256;
const COLUMNS: [&str; 4] = ["source_id", "actor", "email", "new"];

/// Who one source id is. With nothing else said, what was said of it is taken back.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    source_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Somebody new.
    #[serde(skip_serializing_if = "is_false")]
    new: bool,
}

/// A line that says nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// As far as it could be read.
    pub(super) source_id: String,
    pub(super) why: String,
}

/// The line of a CSV file, or the place in a list, with what stands there.
pub(super) type Line = (u64, Result<Entry, Wrong>);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(said: &bool) -> bool {
    !said
}

/// `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<Line>, Failure> {
    let is_input = path.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let outcome = match is_input {
        true => std::io::stdin().read_to_end(&mut bytes).map(drop),
        false => std::fs::read(path).map(|content| bytes = content),
    };
    outcome.map_err(|error| Failure::usage(format!("{name} can't be read: {error}")))?;
    let lines = parse(&bytes).map_err(|why| Failure::usage(format!("{name}: {why}")))?;
    if lines.is_empty() {
        return Err(Failure::usage(format!("{name} names nobody")));
    }
    Ok(lines)
}

/// Why the whole file says nothing, if it does not.
fn parse(bytes: &[u8]) -> Result<Vec<Line>, String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'[' | b'{'));
    let lines = if is_json { json::lines(bytes)? } else { csv::lines(bytes)? };
    Ok(checked(lines))
}

/// What can be told without asking: texts that are too long, and ids that stand there twice.
fn checked(mut lines: Vec<Line>) -> Vec<Line> {
    let mut first: HashMap<String, u64> = HashMap::new();
    for (line, entry) in &mut lines {
        let Ok(one) = &*entry else { continue };
        let texts = [Some(&one.source_id), one.actor.as_ref(), one.email.as_ref()];
        let is_long = texts.into_iter().flatten().any(|text| text.len() > LONGEST);
        let before = first.get(&one.source_id).copied();
        let why = match (is_long, before) {
            (true, _) => format!("a text has more than {LONGEST} characters"),
            (false, Some(before)) => format!("this source id came before, on line {before}"),
            (false, None) => {
                first.insert(one.source_id.clone(), *line);
                continue;
            }
        };
        let source_id = one.source_id.chars().take(LONGEST).collect();
        *entry = Err(Wrong { source_id, why });
    }
    lines
}
