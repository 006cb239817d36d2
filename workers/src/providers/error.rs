//! Why a provider did not give what we asked for, by what can be done about it.
//!
//! Messages are shown to people and stored: no credential, no URL, nothing of an answer's content
//! but names of fields.

use chrono::{DateTime, SecondsFormat, Utc};
use rollcall_domain::run::Failure;
use rollcall_domain::vocabulary::FailureCode;
use rollcall_egress as egress;

/// A closed set; match all of it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// It wants us to slow down.
    #[error("the provider asks us to wait until {}; the run goes on by itself", clock(until))]
    RateLimited { until: DateTime<Utc> },
    /// It does not accept our credentials; a person has to act.
    #[error("the credentials were refused: {reason}")]
    Unauthorized { reason: Refusal },
    /// The credentials are good, but must not do this.
    #[error(
        "the user behind the credentials has no access to {what}; grant it at the provider, or use an administrator's key"
    )]
    Forbidden { what: String },
    /// It understood us and said no. Asking again will not help.
    #[error("the provider rejected {what}: {code}")]
    Rejected { what: &'static str, code: Code },
    /// It cannot be asked at all with these settings.
    #[error("the connection's settings do not work: {0}")]
    Misconfigured(Setting),
    /// It did not answer. Asking again may help.
    #[error("the provider is unavailable, try again later: {0}")]
    Unavailable(Outage),
    /// It answered something that cannot be what it meant.
    #[error("{what} cannot be read: {flaw}")]
    Malformed { what: &'static str, flaw: Flaw },
    /// There is no client for this provider.
    #[error("this provider can't be read; it may only push")]
    Unsupported,
    /// Whoever takes the pages stopped, and knows why.
    #[error("the read was stopped because its pages could not be stored")]
    Interrupted,
}

/// Why credentials were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "the API key is wrong or was deleted, or belongs to another company than the subdomain; create a new key and save it on the connection"
    )]
    Key,
    #[error("the user who made the API key was disabled; create a key with another user")]
    UserDisabled,
}

/// What kind of no it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Code {
    #[error("it does not exist there (404)")]
    NotFound,
    #[error("the request was not understood (400)")]
    BadRequest,
    #[error("it conflicts with what is there (409)")]
    Conflict,
    #[error("it is too much at once (413)")]
    TooLarge,
    /// The provider's own code, such as `DATASET_NOT_FOUND`.
    #[error("it says {0}")]
    Named(String),
    #[error("status {0}")]
    Status(u16),
}

/// Which setting is wrong, and how.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Setting {
    #[error(
        "the subdomain must be only what stands before .bamboohr.com: letters, digits and hyphens"
    )]
    Subdomain,
    #[error("the base URL must be a plain http or https address without query or password")]
    BaseUrl,
    #[error("the provider's interface does not answer at this address; check the subdomain")]
    NotTheService,
    #[error(
        "the provider can't deliver to this webhook address ({0}); it must be https, and reachable from the internet"
    )]
    WebhookUrl(egress::Error),
    #[error(transparent)]
    Network(egress::Error),
}

/// Why there was no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Outage {
    #[error(transparent)]
    Network(egress::Error),
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("its answer ended in the middle")]
    Truncated,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error(
        "a web page came instead of data; check the subdomain, and proxies that ask for a sign-in"
    )]
    WebPage,
    #[error("it is not valid JSON; report it to the provider if it stays so")]
    NotJson,
    #[error("it has another shape than documented; report it to the provider if it stays so")]
    Shape,
    #[error("a record, or the whole answer, is larger than anything reasonable")]
    TooLarge,
    #[error("it is about somebody else than was asked for")]
    WrongPerson,
    #[error("the provider fails on this one and answers for others; report it to the provider")]
    Fails,
}

impl ProviderError {
    /// For the run's history: the code of the catalogue and one sentence.
    pub fn failure(&self) -> Failure {
        Failure { code: self.code(), summary: self.to_string() }
    }

    fn code(&self) -> FailureCode {
        match self {
            ProviderError::RateLimited { .. } => FailureCode::RateLimited,
            ProviderError::Unauthorized { .. } => FailureCode::Authentication,
            ProviderError::Forbidden { .. } => FailureCode::Permission,
            ProviderError::Rejected { .. }
            | ProviderError::Misconfigured(_)
            | ProviderError::Unsupported => FailureCode::Environment,
            ProviderError::Unavailable(_) => FailureCode::Unavailable,
            ProviderError::Malformed { .. } => FailureCode::MalformedAnswer,
            ProviderError::Interrupted => FailureCode::Storage,
        }
    }

    /// What an error of the HTTP client means here.
    pub(crate) fn network(what: &'static str, error: egress::Error) -> Self {
        match error {
            egress::Error::Unresolvable { .. }
            | egress::Error::Unreachable { .. }
            | egress::Error::Timeout { .. }
            | egress::Error::Protocol { .. } => ProviderError::Unavailable(Outage::Network(error)),
            egress::Error::Truncated { .. } => ProviderError::Unavailable(Outage::Truncated),
            egress::Error::InvalidUrl(_)
            | egress::Error::InvalidHeader { .. }
            | egress::Error::Refused { .. }
            | egress::Error::OutsideOrigin { .. }
            | egress::Error::Tls { .. }
            | egress::Error::Setup { .. } => ProviderError::Misconfigured(Setting::Network(error)),
            egress::Error::TooLarge { .. } => {
                ProviderError::Malformed { what, flaw: Flaw::TooLarge }
            }
            egress::Error::Malformed { .. } => {
                ProviderError::Malformed { what, flaw: Flaw::NotJson }
            }
        }
    }
}

fn clock(until: &DateTime<Utc>) -> String {
    until.to_rfc3339_opts(SecondsFormat::Secs, true)
}
