//! How an endpoint is set, and what of it is refused.

use serde::{Deserialize, Serialize};

use super::address::address;
use super::{HeaderFault, Refusal};
use crate::field::normalised;
use crate::message::{Detail, Scenarios, Selection};

pub const NAME_LENGTH: usize = 100;
pub const SCENARIOS: usize = 50;
/// Messages a second, at most.
pub const RATES: std::ops::RangeInclusive<u32> = 1..=1_000;
/// Requests under way at a time.
pub const CONCURRENCY: std::ops::RangeInclusive<u32> = 1..=32;
pub const USUAL_CONCURRENCY: u32 = 8;
pub const HEADERS: usize = 20;
pub const HEADER_LENGTH: usize = 4_096;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub name: String,
    pub url: String,
    pub selection: Selection,
    pub detail: Detail,
    /// Messages a second; as many as go without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<u32>,
    pub concurrency: u32,
}

impl Settings {
    /// As they are stored, or what is wrong first. `http` says whether addresses without TLS pass.
    pub fn checked(mut self, http: bool) -> Result<Settings, Refusal> {
        self.name = normalised(&self.name).to_string();
        let fits = (1..=NAME_LENGTH).contains(&self.name.chars().count());
        if !fits || self.name.contains(char::is_control) {
            return Err(Refusal::NameInvalid);
        }
        self.url = address(&self.url, http).map_err(Refusal::UrlInvalid)?;
        if self.selection.kinds.is_empty() {
            return Err(Refusal::NoTypes);
        }
        match &self.selection.scenarios {
            Scenarios::LiveBaseline => {}
            Scenarios::These(ids) if (1..=SCENARIOS).contains(&ids.len()) => {}
            Scenarios::These(_) => return Err(Refusal::ScenariosInvalid),
        }
        if self.rate_limit.is_some_and(|rate| !RATES.contains(&rate)) {
            return Err(Refusal::RateInvalid);
        }
        if !CONCURRENCY.contains(&self.concurrency) {
            return Err(Refusal::ConcurrencyInvalid);
        }
        Ok(self)
    }
}

/// Names that a request has anyway, or that say where it ends.
const RESERVED: [&str; 14] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
const RESERVED_STARTS: [&str; 4] = ["webhook-", "x-bindbee-", "proxy-", "sec-"];

/// Headers that are sent along, by name and value, as they are stored: names in lower case.
pub fn headers(given: &[(String, String)]) -> Result<Vec<(String, String)>, Refusal> {
    let refused = |fault| Err(Refusal::HeadersInvalid(fault));
    if given.len() > HEADERS {
        return refused(HeaderFault::TooMany);
    }
    let mut checked: Vec<(String, String)> = Vec::with_capacity(given.len());
    for (name, value) in given {
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || name.len() > NAME_LENGTH || !name.chars().all(token) {
            return refused(HeaderFault::Name);
        }
        let starts = RESERVED_STARTS.iter().any(|start| name.starts_with(start));
        if starts || RESERVED.contains(&name.as_str()) {
            return refused(HeaderFault::Reserved);
        }
        let printable = |c: char| c == ' ' || c.is_ascii_graphic();
        if value.is_empty() || value.len() > HEADER_LENGTH || !value.chars().all(printable) {
            return refused(HeaderFault::Value);
        }
        if checked.iter().any(|(known, _)| *known == name) {
            return refused(HeaderFault::Twice);
        }
        checked.push((name, value));
    }
    Ok(checked)
}
