//! Switches that make the simulator misbehave the way the real services have been seen to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::disturbance;
pub use crate::disturbance::{Disturbance, RetryAfter, Wrong};
pub use crate::spoil::Spoil;

/// Everything that can be made to go wrong; the default is a healthy service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Faults {
    /// Answers that are not what was asked for; the first that applies is used. Paths are
    /// `/token`, `/data/Workers`, `/api/data/v9.2/cdm_workers`, and whatever is above them;
    /// without one it is about tokens too.
    pub answers: Vec<Disturbance>,
    /// Entra gives no token, for this reason.
    pub entra: Option<Aadsts>,
    /// `expires_in` and `ext_expires_in` are texts, as the older token page has them.
    pub numbers_as_text: bool,
    /// Each token is good for so many requests only, then the data answers 401.
    pub requests_per_token: Option<u32>,
    /// The token is good, but the app is nobody in the environment.
    pub unmapped: Option<Unmapped>,
    /// Sets the app may not read: 403.
    pub forbidden_sets: BTreeSet<String>,
    /// Sets this version does not have: 404.
    pub missing_sets: BTreeSet<String>,
    /// Sets that answer 200 with no row, counts included.
    pub empty_sets: BTreeSet<String>,
    /// Columns nobody knows here, in whatever set: 400 for whoever names them.
    pub missing_columns: BTreeSet<String>,
    /// Columns the app may not read, in whatever set: 403 for whoever selects them.
    pub forbidden_columns: BTreeSet<String>,
    /// Columns that read empty, in whatever set.
    pub empty_columns: BTreeSet<String>,
    /// Only so many workers are shown, the first by number; counts still tell of the others.
    pub shown: Option<usize>,
    /// Without `cross-company=true` only the default company's rows are shown, and of sets
    /// without a company none.
    pub company_scoped: bool,
    /// These personnel numbers are somebody else's too.
    pub duplicate_numbers: BTreeSet<String>,
    /// Single values that are no good JSON, no good Unicode or no text.
    pub spoiled: Vec<Spoiled>,
    /// How many rows are given at once; without it F&O gives 10,000 and Dataverse 5,000.
    pub page_size: Option<usize>,
    /// How F&O names the next page.
    pub next_link: NextLink,
    /// The origin next links lead to instead: `http://127.0.0.1:9`.
    pub foreign_next_link: Option<String>,
    /// The books change behind each page of workers that has a next one.
    pub page_mutation: Option<PageMutation>,
    /// Every so many requests one is answered 429.
    pub throttle_every: Option<ThrottleEvery>,
    /// So many requests for data are answered as if nothing was switched to another answer, to
    /// forbidden, missing or empty: what goes wrong then goes wrong in the middle.
    pub calm_requests: u32,
    /// Each answer takes this long.
    pub slow_milliseconds: u64,
    /// Answers are compressed for whoever accepts it.
    pub gzip: bool,
    /// Tokens of change tracking are too old.
    pub delta_expired: bool,
}

/// A value that does not read as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Spoiled {
    pub set: String,
    /// The first part of the row's key: `000041`.
    pub key: String,
    pub column: String,
    pub how: Spoil,
}

/// Why Entra refuses, where the request itself is fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Aadsts {
    /// 7000215
    SecretWrong,
    /// 7000222
    SecretExpired,
    /// 700016
    ClientNotFound,
    /// 7000112
    ClientDisabled,
    /// 90002
    TenantNotFound,
    /// 900023
    TenantMalformed,
    /// 70011
    ScopeInvalid,
    /// 500011
    ResourceUnknown,
    /// 7000218
    SecretMissing,
    /// 700022
    SeveralResources,
    /// 65001
    ConsentMissing,
    /// 90033, with 503
    TemporarilyUnavailable,
    /// 50196, with 429
    TooManyRequests,
}

/// How an environment answers an app it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unmapped {
    /// 401 without a body. Dataverse answers 403 in its own shape whatever is chosen here.
    Unauthorized,
    /// 403 in the shape of a session's error.
    Forbidden,
    /// 200 with the page people log in on.
    LoginPage,
    /// 302 to the page people log in on.
    Redirect,
}

/// How F&O names the next page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NextLink {
    #[default]
    Skip,
    SkipToken,
    /// A full page has no link; whoever asks on with `$skip` gets the rest.
    Absent,
    /// To the page it stands on; in Dataverse too.
    Itself,
}

/// Something that happens between two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PageMutation {
    pub what: Mutation,
    /// Only this many times; without it until switched off.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What happens between two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutation {
    /// Somebody of the first page is erased: whoever skips loses somebody else.
    RowGone,
    /// Somebody is hired with a number before all others: whoever skips sees somebody twice.
    RowInserted,
}

/// Throttling by count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ThrottleEvery {
    pub requests: u64,
    pub retry_after: RetryAfter,
}

impl Faults {
    /// 429 with `Retry-After` in seconds, for the next so many requests, those for tokens too.
    pub fn throttle(&mut self, times: u32, retry_after_seconds: u32) {
        let retry_after = RetryAfter::Seconds(retry_after_seconds);
        let wrong = Wrong::Throttle { status: 429, retry_after };
        self.answers.push(Disturbance::always(wrong).times(times));
    }

    /// The wrong answer for a request, used up if it was limited.
    pub(super) fn take(&mut self, path: &str) -> Option<Wrong> {
        disturbance::take(&mut self.answers, path)
    }

    /// Whether this request is one of those nothing happens to.
    pub(super) fn take_calm(&mut self) -> bool {
        let calm = self.calm_requests > 0;
        self.calm_requests = self.calm_requests.saturating_sub(1);
        calm
    }

    /// The switches as a request sees them.
    pub(super) fn seen(&self, calm: bool) -> Faults {
        let mut seen = self.clone();
        if calm {
            seen.unmapped = None;
            seen.forbidden_sets.clear();
            seen.missing_sets.clear();
            seen.empty_sets.clear();
        }
        seen
    }

    /// What happens behind this page, used up if it was limited.
    pub(super) fn take_mutation(&mut self) -> Option<Mutation> {
        let mutation = self.page_mutation.as_mut()?;
        match &mut mutation.times {
            None => Some(mutation.what),
            Some(0) => None,
            Some(times) => {
                *times -= 1;
                Some(mutation.what)
            }
        }
    }
}
