//! CSV, a line at a time: a quote that is not closed must not take the lines after it along, so no
//! field has a line break.

use super::{COLUMNS, Entry, Line, Wrong};

const NO_TEXT: &str = "this is no text in UTF-8";
const NOT_CLOSED: &str = "a quote is not closed; no field may have a line break";
const BREAK: &str = "no field may have a line break";

/// What the first line says of the others.
struct Head {
    columns: Vec<String>,
    separator: char,
}

pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Line>, String> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let mut lines = (1..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty());
    let Some((number, line)) = lines.next() else { return Ok(vec![]) };
    let head = Head::read(line).map_err(|why| format!("line {number}: {why}"))?;
    Ok(lines.map(|(number, line)| (number, head.entry(line))).collect())
}

impl Head {
    fn read(line: &[u8]) -> Result<Head, String> {
        let line = std::str::from_utf8(line).map_err(|_| NO_TEXT)?;
        let separator = if line.contains(';') { ';' } else { ',' };
        let columns = fields(line, separator)?;
        let columns: Vec<String> = columns.iter().map(|name| name.to_lowercase()).collect();
        let expected = "expected are source_id, and actor, email or new";
        let quoted = |names: Vec<&String>| {
            names.into_iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
        };
        let is_known = |name: &&String| COLUMNS.contains(&name.as_str());
        let unknown: Vec<&String> = columns.iter().filter(|name| !is_known(name)).collect();
        if !unknown.is_empty() {
            return Err(format!("unknown columns: {}; {expected}", quoted(unknown)));
        }
        let count = |name: &str| columns.iter().filter(|one| *one == name).count();
        let repeated: Vec<_> = COLUMNS.into_iter().filter(|name| count(name) > 1).collect();
        if !repeated.is_empty() {
            return Err(format!("columns that are there twice: {}", repeated.join(", ")));
        }
        if count("source_id") == 0 || columns.len() == 1 {
            return Err(format!("columns are missing; {expected}"));
        }
        Ok(Head { columns, separator })
    }

    fn entry(&self, line: &[u8]) -> Result<Entry, Wrong> {
        let wrong = |source_id: &str, why: &str| Wrong {
            source_id: source_id.to_owned(),
            why: why.to_owned(),
        };
        let line = std::str::from_utf8(line).map_err(|_| wrong("", NO_TEXT))?;
        let fields = fields(line, self.separator).map_err(|why| wrong("", why))?;
        let at = |name: &str| {
            let place = self.columns.iter().position(|one| one == name)?;
            fields.get(place).filter(|text| !text.is_empty()).cloned()
        };
        let source_id = at("source_id").unwrap_or_default();
        let (there, named) = (fields.len(), self.columns.len());
        if there != named {
            let why = format!("it has {there} fields, and the first line {named} columns");
            return Err(wrong(&source_id, &why));
        }
        if source_id.is_empty() {
            return Err(wrong("", "source_id is missing"));
        }
        let new = match at("new").unwrap_or_default().to_lowercase().as_str() {
            "true" | "yes" | "1" => true,
            "false" | "no" | "0" | "" => false,
            _ => return Err(wrong(&source_id, "new must be yes or no, or empty")),
        };
        Ok(Entry { actor: at("actor"), email: at("email"), new, source_id })
    }
}

/// The fields of a line, without blanks around them.
fn fields(line: &str, separator: char) -> Result<Vec<String>, &'static str> {
    let line = line.trim_end();
    if line.matches('"').count() % 2 == 1 {
        return Err(NOT_CLOSED);
    }
    if line.contains('\r') {
        return Err(BREAK);
    }
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).delimiter(separator as u8).trim(csv::Trim::All);
    let record = reader.from_reader(line.as_bytes()).into_records().next();
    let record = record.transpose().map_err(|_| NO_TEXT)?.unwrap_or_default();
    Ok(record.iter().map(str::to_owned).collect())
}
