//! Results, on standard output: JSON for programs, tables for people.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::failure::Failure;

/// One line of text.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// One value on one line.
pub(crate) fn json(value: &Value) -> Result<(), Failure> {
    line(&value.to_string())
}

/// Text of others, harmless to a terminal: control characters are shown, not sent.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_control() {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}

/// A table with a head, each column as wide as its widest cell.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(head.get(column).map_or(0, |cell| cell.chars().count()))
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut out = io::stdout().lock();
    let mut write = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let text = padded.collect::<Vec<_>>().join("  ");
        writeln!(out, "{}", text.trim_end())
    };
    write(&mut head.iter().copied())?;
    for row in &rows {
        write(&mut row.iter().map(String::as_str))?;
    }
    Ok(())
}

/// Names and values, one pair a line; pairs without a value are left out.
pub(crate) fn pairs(pairs: &[(&str, String)]) -> Result<(), Failure> {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        line(&format!("{name:width$}  {}", plain(value)))?;
    }
    Ok(())
}

/// A text of an answer; empty where there is none.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Texts of an answer one after the other, or the only one; empty where there is none.
pub(crate) fn value(value: &Value) -> String {
    let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    value.as_str().map_or_else(|| items.collect::<Vec<_>>().join(", "), str::to_owned)
}

pub(crate) fn yes_or_no(value: &Value) -> String {
    if *value == true { "yes" } else { "no" }.to_owned()
}

/// A command with nothing else to show says that it is done: in a sentence, or by the same word.
pub(crate) fn done(as_json: bool, what: &str, sentence: &str) -> Result<(), Failure> {
    if as_json { json(&json!({ "done": what })) } else { line(sentence) }
}

/// An instant as people read it, to the second, in UTC.
pub(crate) fn instant(value: &Value) -> String {
    let at = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    at.map(|at| at.format("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default()
}

/// What a run has done, without what it has not: `created 3, unchanged 297`.
pub(crate) fn counts(counts: &Value) -> String {
    let Some(counts) = counts.as_object() else { return String::new() };
    let said = counts.iter().filter(|(_, count)| count.as_u64().unwrap_or(0) > 0);
    said.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_terminal_is_told_nothing_by_a_name() {
        assert_eq!(plain("\u{1b}[2J\u{9b}31m\r\n\0"), r"\u{1b}[2J\u{9b}31m\r\n\u{0}");
        assert_eq!(plain("Zoë \"R&D\" \\ 組織"), "Zoë \"R&D\" \\ 組織");
    }
}
