//! What a message says beside its event, as it was at that place of the log.

use chrono::{DateTime, Utc};

use crate::actor::KnownActor;
use crate::scenario;
use crate::unit::{Kind as UnitKind, KnownUnit};
use crate::vocabulary::{Provider, RunKind, Trigger};

/// Everything around an event; what is not known is `None`, and `null` in the body.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// What the tenant is called.
    pub org_name: String,
    /// The run that the event belongs to; `None` for what somebody changed by hand.
    pub run: Option<RunFace>,
    /// The connection of that run.
    pub connector: Option<ConnectorFace>,
    /// Of an event about a person or unit.
    pub scenario: Option<ScenarioFace>,
    pub reached: Option<Reached>,
}

/// Whom or what an event is about, before it and after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reached {
    Person { before: Option<Box<KnownActor>>, after: Box<KnownActor> },
    Unit { before: Option<Box<KnownUnit>>, after: Box<KnownUnit> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFace {
    pub run: String,
    pub connection: String,
    pub provider: Provider,
    pub kind: RunKind,
    pub event_type: String,
    pub trigger: Trigger,
    /// When it started first; `None` where it never did.
    pub started_at: Option<DateTime<Utc>>,
}

impl RunFace {
    /// Whether it is the first one of its connection.
    pub fn is_initial(&self) -> bool {
        self.event_type == "initial_sync"
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorFace {
    pub connection: String,
    pub provider: Provider,
    /// Whether it was paused at that moment.
    pub paused: bool,
    /// Who connected it.
    pub end_user: EndUser,
}

/// Somebody as the outside knows them; both are `None` where they were erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndUser {
    pub name: Option<String>,
    pub email: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioFace {
    pub scenario: String,
    pub kind: scenario::Kind,
    pub name: String,
}

impl ScenarioFace {
    pub fn is_live(&self) -> bool {
        self.kind == scenario::Kind::LiveBaseline
    }
}

/// How a connector is doing, in the words of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorStatus {
    Complete,
    Syncing,
    Error,
    Paused,
}

impl ConnectorStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            ConnectorStatus::Complete => "COMPLETE",
            ConnectorStatus::Syncing => "SYNCING",
            ConnectorStatus::Error => "ERROR",
            ConnectorStatus::Paused => "PAUSED",
        }
    }
}

impl Context {
    /// Whether the outside is told of what the event is about: of locations it is not.
    pub(super) fn is_told(&self) -> bool {
        match &self.reached {
            Some(Reached::Unit { after, .. }) => match after.kind {
                UnitKind::Department | UnitKind::Division => true,
                UnitKind::Location => false,
            },
            Some(Reached::Person { .. }) => true,
            None => false,
        }
    }
}
