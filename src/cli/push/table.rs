//! A table in CSV, made into a body. No field has a line break: a quote that is not closed would take
//! the lines after it along, and whoever stands there would count as gone.

use serde_json::Value;

use super::columns::{Columns, Mapping};

/// The users of a table, with the line each stands on.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) users: Vec<Value>,
    pub(super) lines: Vec<u64>,
    pub(super) wrong: Vec<Wrong>,
}

/// A line that says nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: u64,
    pub(super) why: String,
}

/// Why the whole table says nothing, if it does not.
pub(super) fn read(bytes: &[u8], mapping: &Mapping) -> Result<Table, String> {
    let text = text(bytes)?;
    let separator = match mapping.separator {
        Some(one) if one.is_ascii() => one as u8,
        Some(_) => return Err("--separator must be an ASCII character".to_owned()),
        None => separator(text),
    };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| error.to_string())?;
    let head: Vec<String> = head.iter().map(|name| name.trim().to_owned()).collect();
    if head.iter().all(String::is_empty) {
        return Err("it is empty; the first line must name the columns".to_owned());
    }
    if head.iter().any(|name| has_break(name)) {
        return Err("a quote of the first line is not closed".to_owned());
    }
    let columns = Columns::of(&head, mapping)?;
    let mut table = Table::default();
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| error.to_string())? {
        let line = row.position().map_or(0, |position| lines.of(position.byte()));
        if row.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        match user(&row, &columns, head.len()) {
            Ok(user) => {
                table.users.push(user);
                table.lines.push(line);
            }
            Err(why) => table.wrong.push(Wrong { line, why }),
        }
    }
    Ok(table)
}

/// Counts lines as an editor does. A row is said to begin where the one before it ended, with empty
/// lines between the two.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Of the row at this byte, which is behind those before.
    fn of(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let from = usize::try_from(byte).unwrap_or(bytes.len()).min(bytes.len());
        let breaks = bytes[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = from + breaks;
        let passed = bytes.get(self.at..start).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = start;
        self.line
    }
}

fn user(row: &csv::StringRecord, columns: &Columns<'_>, width: usize) -> Result<Value, String> {
    if row.iter().any(has_break) {
        return Err("a field has a line break; is a quote not closed?".to_owned());
    }
    if row.len() != width {
        return Err(format!("it has {} fields, and the first line {width} columns", row.len()));
    }
    columns.user(row)
}

fn has_break(field: &str) -> bool {
    field.contains(['\n', '\r'])
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is no text in UTF-8; save the file as UTF-8")
    })
}

/// Of those in use the one that the first line has most of.
fn separator(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| head.bytes().filter(|byte| byte == separator).count();
    // The last of equals is the usual one.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}
