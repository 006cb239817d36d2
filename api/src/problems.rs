//! What goes wrong below, as the problem a caller is told. The cause is logged here, once.

use rollcall_commands::{CommandError, LoadError};
use rollcall_domain::catalogue::refusals;
use rollcall_domain::{
    Refusal, actor, connection, ids, lane, members, notification, run, scenario, tenant, unit,
    user, webhook_endpoint,
};
use rollcall_projections::{BuildError, ReadError, WaitError};
use rollcall_store::{AppendError, StoreError};

use crate::edge::{Code, Problem, Violation};
use crate::wording;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::LeaseLost => {
                // The store has said so.
                tracing::debug!(error = %Chain(&error), "the database did not answer");
                Code::StorageUnavailable.into()
            }
            StoreError::NotFound(_) => Code::NotFound.into(),
            StoreError::Exists(_) => Problem::new(Code::Conflict).detail(sentence(&error)),
            StoreError::Damaged(_) | StoreError::Setup(_) => internal(&error),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Cursor => Problem::new(Code::InvalidRequest)
                .violation("cursor", "It is none that a list returned as next_cursor."),
            ReadError::Store(error) => error.into(),
        }
    }
}

impl From<WaitError> for Problem {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::TimedOut => Code::ProjectionBehind.into(),
            WaitError::Stopped { name } => Problem::new(Code::ProjectionBehind)
                .detail(format!("The projection {name} has stopped; an operator has to look.")),
            WaitError::Store(error) => error.into(),
        }
    }
}

impl From<BuildError> for Problem {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Unknown => Code::NotFound.into(),
            BuildError::Busy | BuildError::NotBuilt => {
                Problem::new(Code::Conflict).detail(sentence(&error))
            }
            BuildError::Stopped { .. } => internal(&error),
            BuildError::Store(error) => error.into(),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict(_) => Code::Conflict.into(),
            AppendError::KeyReused => Code::IdempotencyKeyReused.into(),
            AppendError::Erased { .. } => Code::Gone.into(),
            AppendError::Invalid(_) => internal(&error),
            AppendError::Store(error) => error.into(),
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Malformed(error) => internal(&error),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refused(refusal),
            CommandError::Moved(_) | CommandError::Busy => Code::Conflict.into(),
            CommandError::Malformed(error) => internal(&error),
            CommandError::Append(error) => error.into(),
        }
    }
}

/// A rule's no, as a code.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::Actor(refusal) => actor(refusal),
        Refusal::Connection(refusal) => connection(refusal),
        Refusal::Members(refusal) => members(*refusal),
        Refusal::Notification(notification::Refusal::NotFound) => Code::NotFound,
        Refusal::Run(refusal) => run(refusal),
        Refusal::Scenario(refusal) => scenario(*refusal),
        Refusal::Tenant(refusal) => tenant(*refusal),
        Refusal::Unit(refusal) => unit(refusal),
        Refusal::User(refusal) => user(*refusal),
        Refusal::WebhookEndpoint(refusal) => endpoint(*refusal),
        Refusal::Lane(lane::Refusal::NotGivenUp { .. }) => Code::NotFound,
        Refusal::Lane(_) | Refusal::Receipt(_) | Refusal::Slot(_) => Code::Conflict,
    }
}

fn actor(refusal: &actor::Refusal) -> Code {
    match refusal {
        actor::Refusal::NotFound => Code::NotFound,
        actor::Refusal::Erased => Code::Gone,
        actor::Refusal::Nameless | actor::Refusal::NotThere(_) => Code::InvalidRequest,
        actor::Refusal::Synced { .. } => Code::SyncedField,
        actor::Refusal::DepartmentClosed { .. }
        | actor::Refusal::AlreadyExists
        | actor::Refusal::SourceDeleted
        | actor::Refusal::EnteredByHand
        | actor::Refusal::AboveThemselves
        | actor::Refusal::ChainTooLong { .. } => Code::Conflict,
    }
}

fn connection(refusal: &connection::Refusal) -> Code {
    match refusal {
        connection::Refusal::NotConnected | connection::Refusal::NoSuchSecret { .. } => {
            Code::NotFound
        }
        connection::Refusal::AlreadyConnected
        | connection::Refusal::AnotherAccount
        | connection::Refusal::AnotherIsActive { .. }
        | connection::Refusal::Disconnected
        | connection::Refusal::Paused
        | connection::Refusal::NotPushed
        | connection::Refusal::KeysAreMade
        | connection::Refusal::OnlyPushed
        | connection::Refusal::NotLive
        | connection::Refusal::NotOffered(_)
        | connection::Refusal::SecretsFull { .. } => Code::Conflict,
        connection::Refusal::NoTarget
        | connection::Refusal::FieldNotOffered
        | connection::Refusal::FreshnessInvalid
        | connection::Refusal::HourInvalid
        | connection::Refusal::PercentInvalid
        | connection::Refusal::SubdomainInvalid
        | connection::Refusal::EnvironmentInvalid
        | connection::Refusal::SurfaceUnknown
        | connection::Refusal::EntraTenantInvalid
        | connection::Refusal::ClientIdInvalid
        | connection::Refusal::AuthorityInvalid
        | connection::Refusal::LegalEntityInvalid
        | connection::Refusal::HierarchyInvalid
        | connection::Refusal::TimeZoneUnknown { .. } => Code::InvalidRequest,
    }
}

fn tenant(refusal: tenant::Refusal) -> Code {
    match refusal {
        tenant::Refusal::SlugInvalid
        | tenant::Refusal::SlugReserved
        | tenant::Refusal::NameEmpty => Code::InvalidRequest,
        tenant::Refusal::AlreadyExists
        | tenant::Refusal::SlugTaken
        | tenant::Refusal::NotEntitled => Code::Conflict,
        tenant::Refusal::NotFound => Code::NotFound,
    }
}

fn members(refusal: members::Refusal) -> Code {
    match refusal {
        members::Refusal::NotMember | members::Refusal::NoInvitation => Code::NotFound,
        members::Refusal::OwnersOnly => Code::Forbidden,
        members::Refusal::AlreadyMember
        | members::Refusal::LastOwner
        | members::Refusal::LastOwnerIsTold
        | members::Refusal::Expired
        | members::Refusal::Used
        | members::Refusal::Revoked
        | members::Refusal::Replaced
        | members::Refusal::AnotherAddress => Code::Conflict,
    }
}

fn user(refusal: user::Refusal) -> Code {
    match refusal {
        user::Refusal::NotFound => Code::NotFound,
        user::Refusal::EmailInvalid | user::Refusal::NameInvalid => Code::InvalidRequest,
        user::Refusal::AlreadyExists | user::Refusal::EmailTaken => Code::Conflict,
    }
}

fn endpoint(refusal: webhook_endpoint::Refusal) -> Code {
    use webhook_endpoint::Refusal;
    match refusal {
        Refusal::NotFound => Code::NotFound,
        Refusal::AlreadyExists | Refusal::Disabled => Code::Conflict,
        Refusal::NameInvalid
        | Refusal::UrlInvalid(_)
        | Refusal::NoTypes
        | Refusal::ScenariosInvalid
        | Refusal::RateInvalid
        | Refusal::ConcurrencyInvalid
        | Refusal::HeadersInvalid(_)
        | Refusal::OverlapInvalid => Code::InvalidRequest,
    }
}

fn scenario(refusal: scenario::Refusal) -> Code {
    match refusal {
        scenario::Refusal::NotFound => Code::NotFound,
        scenario::Refusal::NameEmpty
        | scenario::Refusal::NameInvalid
        | scenario::Refusal::SnapshotOfNothing => Code::InvalidRequest,
        scenario::Refusal::AlreadyExists
        | scenario::Refusal::LiveBaseline
        | scenario::Refusal::Archived
        | scenario::Refusal::Snapshot
        | scenario::Refusal::Preparing
        | scenario::Refusal::BatchOutOfOrder { .. } => Code::Conflict,
    }
}

fn unit(refusal: &unit::Refusal) -> Code {
    match refusal {
        unit::Refusal::NotFound => Code::NotFound,
        unit::Refusal::NameEmpty | unit::Refusal::NameTooLong => Code::InvalidRequest,
        unit::Refusal::Synced { .. } => Code::SyncedField,
        unit::Refusal::AlreadyExists => Code::Conflict,
    }
}

fn run(refusal: &run::Refusal) -> Code {
    match refusal {
        run::Refusal::NotFound => Code::NotFound,
        run::Refusal::AlreadyQueued
        | run::Refusal::NotStarted
        | run::Refusal::AlreadyStarted
        | run::Refusal::AlreadyFetched
        | run::Refusal::BatchOutOfOrder { .. }
        | run::Refusal::AlreadyApplied
        | run::Refusal::NotHeld { .. }
        | run::Refusal::UnderWay
        | run::Refusal::NotOver { .. }
        | run::Refusal::ChangedNobody
        | run::Refusal::NamesNobody
        | run::Refusal::IsUndo
        | run::Refusal::BodyGone
        | run::Refusal::NothingNew
        | run::Refusal::WaitsForPerson
        | run::Refusal::AnotherPlan
        | run::Refusal::Ended { .. } => Code::Conflict,
    }
}

/// A rule's no. What is not there is told as always, so that it never shows whether it exists
/// elsewhere.
pub(crate) fn refused(refusal: impl Into<Refusal>) -> Problem {
    let refusal = refusal.into();
    let problem = Problem::new(code(&refusal)).reason(refusals::code(&refusal));
    match problem.code == Code::NotFound {
        true => problem,
        false => problem.detail(sentence(&refusal)).violations(violations(&refusal)),
    }
}

/// Which fields a rule's no is about.
fn violations(refusal: &Refusal) -> Vec<Violation> {
    let of = |field: &str, message: String| Violation {
        path: format!("/{field}"),
        message,
        ..Violation::default()
    };
    if let Refusal::WebhookEndpoint(refusal) = refusal {
        let place = of_endpoint(*refusal);
        return place.map(|field| of(field, sentence(refusal))).into_iter().collect();
    }
    let Refusal::Actor(refusal) = refusal else { return vec![] };
    match refusal {
        actor::Refusal::NotThere(missing) => missing
            .iter()
            .map(|(field, id)| {
                let shown = ids::shown(id);
                of(field.as_str(), format!("There is no {shown} of this kind in the scenario."))
            })
            .collect(),
        actor::Refusal::Synced { fields, .. } => {
            let kept =
                "It is kept in sync: change it at the source, or take the person out of sync.";
            fields.iter().map(|field| of(field, kept.to_owned())).collect()
        }
        actor::Refusal::DepartmentClosed { departments, .. } => {
            let closed = |one: &actor::Closed| {
                let (id, name) = (&one.department, &one.name);
                of("departments", format!("{name} ({id}) holds only people who are in sync."))
            };
            departments.iter().map(closed).collect()
        }
        actor::Refusal::NotFound
        | actor::Refusal::AlreadyExists
        | actor::Refusal::SourceDeleted
        | actor::Refusal::Erased
        | actor::Refusal::EnteredByHand
        | actor::Refusal::Nameless
        | actor::Refusal::AboveThemselves
        | actor::Refusal::ChainTooLong { .. } => vec![],
    }
}

/// Which field of an endpoint a no is about.
fn of_endpoint(refusal: webhook_endpoint::Refusal) -> Option<&'static str> {
    use webhook_endpoint::Refusal;
    match refusal {
        Refusal::NameInvalid => Some("name"),
        Refusal::UrlInvalid(_) => Some("url"),
        Refusal::NoTypes => Some("events"),
        Refusal::ScenariosInvalid => Some("scenarios"),
        Refusal::RateInvalid => Some("rate_limit"),
        Refusal::ConcurrencyInvalid => Some("concurrency"),
        Refusal::HeadersInvalid(_) => Some("headers"),
        Refusal::OverlapInvalid => Some("overlap_hours"),
        Refusal::NotFound | Refusal::AlreadyExists | Refusal::Disabled => None,
    }
}

/// A message of ours as a sentence.
pub(crate) fn sentence(error: &impl std::error::Error) -> String {
    wording::sentence(&error.to_string())
}

pub(crate) fn internal(error: &dyn std::error::Error) -> Problem {
    tracing::error!(error = %Chain(error), "a request failed for a reason of ours");
    Code::Internal.into()
}

/// An error with everything that caused it.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
