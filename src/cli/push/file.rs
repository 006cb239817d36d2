//! The file that is sent: as it is, or made of a table.

use std::io::Read;
use std::path::Path;

use axum::body::Bytes;
use rollcall_domain::push::Form;
use serde_json::json;

use super::columns::Mapping;
use super::table::{self, Table, Wrong};
use crate::failure::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Csv,
    Json,
    Ndjson,
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) form: Form,
    pub(super) bytes: Bytes,
    pub(super) places: Places,
    /// Lines of a table that nothing can be made of: then none of it is sent.
    pub(super) wrong: Vec<Wrong>,
}

/// Where in the file a user stands.
#[derive(Debug)]
pub(super) enum Places {
    /// Their place in the list.
    List,
    /// Each on a line of their own, from the first.
    Lines,
    /// On these lines.
    Table(Vec<u64>),
}

impl Places {
    /// What a person calls the place.
    pub(super) fn head(&self) -> &'static str {
        match self {
            Places::List => "USER",
            Places::Lines | Places::Table(_) => "LINE",
        }
    }

    /// From 0 in a list, as in a JSON pointer; lines from 1.
    pub(super) fn of(&self, index: u64) -> u64 {
        match self {
            Places::List => index,
            Places::Lines => index + 1,
            Places::Table(lines) => {
                usize::try_from(index).ok().and_then(|at| lines.get(at).copied()).unwrap_or(0)
            }
        }
    }
}

/// `-` is standard input.
pub(super) fn read(
    path: &Path,
    format: Option<Format>,
    mapping: &Mapping,
) -> Result<Body, Failure> {
    let is_input = path.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let outcome = match is_input {
        true => std::io::stdin().read_to_end(&mut bytes).map(drop),
        false => std::fs::read(path).map(|content| bytes = content),
    };
    outcome.map_err(|error| Failure::usage(format!("{name} can't be read: {error}")))?;
    let format = format.or_else(|| named(path)).unwrap_or_else(|| guessed(&bytes));
    body(format, bytes, mapping).map_err(|why| Failure::usage(format!("{name}: {why}")))
}

pub(super) fn body(format: Format, bytes: Vec<u8>, mapping: &Mapping) -> Result<Body, String> {
    let (form, places) = match format {
        Format::Json => (Form::Json, Places::List),
        Format::Ndjson => (Form::Ndjson, Places::Lines),
        Format::Csv => {
            let Table { users, lines, wrong } = table::read(&bytes, mapping)?;
            let bytes = json!({ "users": users }).to_string().into();
            return Ok(Body { form: Form::Json, bytes, places: Places::Table(lines), wrong });
        }
    };
    Ok(Body { form, bytes: bytes.into(), places, wrong: vec![] })
}

fn named(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_lowercase().as_str() {
        "csv" | "tsv" | "txt" => Some(Format::Csv),
        "json" => Some(Format::Json),
        "ndjson" | "jsonl" => Some(Format::Ndjson),
        _ => None,
    }
}

/// A file that begins with a bracket is JSON; several objects in a row are lines.
pub(super) fn guessed(bytes: &[u8]) -> Format {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii();
    if !bytes.starts_with(b"{") && !bytes.starts_with(b"[") {
        return Format::Csv;
    }
    let mut objects =
        serde_json::Deserializer::from_slice(bytes).into_iter::<serde::de::IgnoredAny>();
    match (objects.next(), objects.next()) {
        (Some(Ok(_)), Some(_)) => Format::Ndjson,
        (_, _) => Format::Json,
    }
}
