//! Answers that are not what was asked for, as any HR system may give them.

use serde::{Deserialize, Serialize};

/// One wrong answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Disturbance {
    pub answer: Wrong,
    /// Only for this path and those below it: `/employees/67` of BambooHR, whose paths begin behind
    /// `/v1`; `/data/Workers` of Dynamics.
    #[serde(default)]
    pub path: Option<String>,
    /// Only this many times; without it until switched off.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What is answered instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Wrong {
    /// 429 since 2026-09-16, 503 before.
    #[serde(rename_all = "camelCase")]
    Throttle {
        status: u16,
        retry_after: RetryAfter,
    },
    Unauthorized,
    Forbidden,
    NotFound,
    /// Any other status, with an empty body.
    Status(u16),
    /// 200 with a web page.
    Html,
    /// A web page with that status.
    Page(u16),
    /// The right answer, behind a byte order mark.
    ByteOrderMark,
    /// The right answer, but the connection breaks after half of the body.
    Truncate,
    /// Nothing, for ever.
    Hang,
}

/// How a throttled client is told when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RetryAfter {
    Seconds(u32),
    /// An HTTP date this many seconds ahead.
    HttpDate(u32),
    Absent,
}

impl Disturbance {
    /// For every request until switched off.
    pub fn always(answer: Wrong) -> Disturbance {
        Disturbance { answer, path: None, times: None }
    }

    /// For the next so many requests.
    pub fn times(self, times: u32) -> Disturbance {
        Disturbance { times: Some(times), ..self }
    }

    /// For this path and those below it.
    pub fn on(self, path: &str) -> Disturbance {
        Disturbance { path: Some(path.to_owned()), ..self }
    }
}

/// The wrong answer for a request of this path, used up if it was limited.
pub(crate) fn take(answers: &mut [Disturbance], path: &str) -> Option<Wrong> {
    let below = |start: &str| {
        let rest = path.strip_prefix(start.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let applies =
        |fault: &Disturbance| fault.times != Some(0) && fault.path.as_deref().is_none_or(below);
    let fault = answers.iter_mut().find(|fault| applies(fault))?;
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.answer.clone())
}
