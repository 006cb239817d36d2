//! What the control calls of every HR system take.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Name {
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Now {
    pub(crate) now: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Seconds {
    pub(crate) seconds: i64,
}

/// The body is not what a call takes.
#[derive(Debug, thiserror::Error)]
#[error("the body is not what this call takes: {0}")]
pub(crate) struct Unreadable(pub(crate) String);

pub(crate) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(body).map_err(|error| Unreadable(error.to_string()))
}

pub(crate) fn delta(seconds: i64) -> Result<TimeDelta, Unreadable> {
    TimeDelta::try_seconds(seconds).ok_or_else(|| Unreadable("fewer seconds".to_owned()))
}

/// Fields by alias; numbers and flags count as their text, null clears.
pub(crate) fn written(body: &[u8]) -> Option<BTreeMap<String, String>> {
    let body: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let text = |(alias, value)| match value {
        Value::Null => Some((alias, String::new())),
        Value::String(text) => Some((alias, text)),
        Value::Bool(_) | Value::Number(_) => Some((alias, value.to_string())),
        Value::Array(_) | Value::Object(_) => None,
    };
    body.into_iter().map(text).collect()
}

/// The same, or why there are none.
pub(crate) fn fields(body: &[u8]) -> Result<BTreeMap<String, String>, Unreadable> {
    written(body).ok_or_else(|| Unreadable("fields by alias".to_owned()))
}
