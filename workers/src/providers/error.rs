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
    #[error(
        "Microsoft Entra does not know the client secret; copy the secret's value, not its ID, or create a new one in the app registration"
    )]
    ClientSecret,
    #[error(
        "the client secret has expired; create a new one in the app registration and save it here"
    )]
    ClientSecretExpired,
    #[error(
        "Microsoft Entra knows no such tenant; copy the tenant ID from the overview of the app registration"
    )]
    TenantUnknown,
    #[error(
        "the tenant has no app with this client ID; copy the application (client) ID from the app registration, and check the tenant ID"
    )]
    AppUnknown,
    #[error("the app registration is disabled; enable it in Microsoft Entra")]
    AppDisabled,
    #[error(
        "the tenant knows no environment at this address; check the environment URL and the tenant ID"
    )]
    EnvironmentUnknown,
    #[error(
        "the app has no consent in the tenant; let an administrator grant it in the app registration under API permissions"
    )]
    ConsentMissing,
    #[error(
        "the app is not registered in the environment; in Finance and Operations add its client ID under System administration, Microsoft Entra ID applications, with a user who may read human resources; in Dataverse create an application user with a security role"
    )]
    NotInEnvironment,
    /// Its code, without what it says besides.
    #[error(
        "Microsoft Entra refuses with AADSTS{0}; look the code up at https://login.microsoftonline.com/error"
    )]
    Entra(u32),
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
        "the environment URL must be the address of a Finance and Operations or Dataverse environment, without user name or password"
    )]
    EnvironmentUrl,
    #[error(
        "this environment URL does not tell how it is asked; choose Finance and Operations or Dataverse in the settings"
    )]
    Surface,
    #[error(
        "no data of people is found at the environment URL; check the address, whether it is Finance and Operations or Dataverse, and that the app is registered there"
    )]
    NotTheEnvironment,
    #[error(
        "nobody issues tokens at the authority's address; check it, or leave it empty for the worldwide cloud"
    )]
    NotTheAuthority,
    #[error(
        "the legal entities can't be told apart without access to {0}; grant it, or remove them from the settings"
    )]
    LegalEntities(&'static str),
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
        "a web page came instead of data; check the address, and proxies that ask for a sign-in"
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
    #[error(
        "it goes on at another address than the environment's; nothing was sent there, check the environment URL and the proxies in between"
    )]
    ForeignLink,
    #[error("its pages go round in a circle; report it to the provider if it stays so")]
    EndlessPages,
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
