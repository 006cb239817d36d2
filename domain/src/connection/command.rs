//! What may be asked of a connection, and the rules for it.

use chrono::NaiveDate;

use super::targets::reasons;
use super::{
    Connection, Declined, Event, KnownConnection, LIVE_SECRETS, SecretRef, Settings, Status,
    Targets,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Connect {
        connection: String,
        settings: Settings,
        targets: Targets,
        /// Name of the vault entry that holds the credentials.
        credentials: String,
    },
    ChangeSettings {
        settings: Settings,
    },
    ChangeTargets {
        targets: Targets,
    },
    /// A scenario was made while all future ones are targets.
    AddFutureTarget {
        scenario: String,
    },
    /// `credentials` is the name of the new vault entry.
    ReplaceCredentials {
        credentials: String,
    },
    /// `None` where they have no last day.
    SetCredentialExpiry {
        on: Option<NaiveDate>,
    },
    AddWebhookSecret {
        secret: SecretRef,
    },
    /// From the settings of a node: one that was taken away before does not come back.
    ImportWebhookSecret {
        secret: SecretRef,
    },
    RemoveWebhookSecret {
        fingerprint: String,
    },
    Pause,
    Resume,
    /// What is sent to it is to be applied.
    Enable,
    /// Nothing is to be taken in.
    Disable,
    Disconnect,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such connection")]
    NotConnected,
    #[error("the connection exists already; change its settings instead")]
    AlreadyConnected,
    #[error("the connection is disconnected for good; connect anew")]
    Disconnected,
    #[error("the connection is paused; resume it first")]
    Paused,
    #[error("only an endpoint that HR systems post to can be enabled and disabled")]
    NotPushed,
    #[error("the endpoint's keys are made by Rollcall; make a new one there")]
    KeysAreMade,
    #[error("people are sent to this connection, it can't be asked for them; send everybody again")]
    OnlyPushed,
    #[error("the webhook is not live; enable it first")]
    NotLive,
    #[error("a field that nobody sends can't be taken over; choose among those that are offered")]
    FieldNotOffered,
    #[error("connection {holder} is active already; disconnect it first")]
    AnotherIsActive { holder: String },
    #[error("another account is another source of people; disconnect, then connect to it")]
    AnotherAccount,
    #[error("the account must be the subdomain alone: letters, digits and inner hyphens")]
    SubdomainInvalid,
    #[error(
        "the environment URL must be a web address without user name, such as https://acme.operations.dynamics.com"
    )]
    EnvironmentInvalid,
    #[error(
        "this address does not tell how it is asked; choose finance_operations or dataverse as the surface"
    )]
    SurfaceUnknown,
    #[error("the tenant ID must be the directory's id or one of its domains")]
    EntraTenantInvalid,
    #[error("the client ID must be the application id of the app registration")]
    ClientIdInvalid,
    #[error(
        "the authority must be a web address without user name, such as https://login.microsoftonline.us"
    )]
    AuthorityInvalid,
    #[error("a legal entity must be given by its id, such as USMF, and at most 200 can be")]
    LegalEntityInvalid,
    #[error("the hierarchy must be given by its name, such as Line")]
    HierarchyInvalid,
    #[error("{name} is no time zone; give its IANA name, such as Europe/Berlin")]
    TimeZoneUnknown { name: String },
    #[error("the hour must be from 0 to 23")]
    HourInvalid,
    #[error("a delivery can count as fresh for 1 to 86400 seconds")]
    FreshnessInvalid,
    #[error("a limit in percent must be from 0 to 100")]
    PercentInvalid,
    #[error("two webhook secrets are live already; remove {oldest} (the older) or {newest} first")]
    SecretsFull { oldest: String, newest: String },
    #[error("choose at least one target: the live baseline, a scenario, or all future scenarios")]
    NoTarget,
    #[error("{}", reasons(.0))]
    NotOffered(Vec<Declined>),
    #[error("no webhook secret with the fingerprint {fingerprint} is live here")]
    NoSuchSecret { fingerprint: String },
}

/// Before there is a connection, it can only be connected.
pub(super) fn first(command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Connect { connection, settings, targets, credentials } => {
            settings.check()?;
            let targets = targets.chosen()?;
            Ok(vec![Event::Connected { connection, settings, targets, credentials }])
        }
        Command::ChangeSettings { .. }
        | Command::ChangeTargets { .. }
        | Command::AddFutureTarget { .. }
        | Command::ReplaceCredentials { .. }
        | Command::SetCredentialExpiry { .. }
        | Command::AddWebhookSecret { .. }
        | Command::ImportWebhookSecret { .. }
        | Command::RemoveWebhookSecret { .. }
        | Command::Pause
        | Command::Resume
        | Command::Enable
        | Command::Disable
        | Command::Disconnect => Err(Refusal::NotConnected),
    }
}

pub(super) fn after_the_end(command: &Command) -> Result<Vec<Event>, Refusal> {
    if *command == Command::Disconnect { Ok(vec![]) } else { Err(Refusal::Disconnected) }
}

impl KnownConnection {
    pub(super) fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let event = match command {
            Command::Connect { connection, settings, targets, credentials } => {
                let targets = targets.chosen()?;
                let asked = Event::Connected { connection, settings, targets, credentials };
                let state = Connection::default();
                let same = crate::Decider::evolve(state, &asked).known.as_ref() == Some(self);
                return if same { Ok(vec![]) } else { Err(Refusal::AlreadyConnected) };
            }
            Command::ChangeSettings { settings } => return self.change(settings),
            Command::ChangeTargets { targets } => {
                let (old, new) = (self.targets.clone(), targets.chosen()?);
                let changed = (old != new).then_some(Event::TargetsChanged { old, new });
                return Ok(self.retested(changed));
            }
            Command::AddFutureTarget { scenario } => {
                let old = self.targets.clone();
                let mut new = old.clone();
                new.scenarios.push(scenario);
                let new = new.chosen()?;
                (old != new).then_some(Event::TargetsChanged { old, new })
            }
            Command::ReplaceCredentials { credentials: new } => {
                let old = self.credentials.clone();
                let replaced = (old != new).then_some(Event::CredentialsReplaced { old, new });
                return Ok(self.retested(replaced));
            }
            Command::SetCredentialExpiry { on: new } => {
                let old = self.credentials_expire_on;
                (old != new).then_some(Event::CredentialExpiryChanged { old, new })
            }
            Command::AddWebhookSecret { secret } => self.add(secret)?,
            Command::ImportWebhookSecret { secret } => {
                match self.removed_secrets.contains(&secret.fingerprint) {
                    true => None,
                    false => self.add(secret)?,
                }
            }
            Command::RemoveWebhookSecret { fingerprint } => self.remove(fingerprint)?,
            Command::Pause => self.pause()?,
            Command::Resume => (self.status == Status::Paused).then_some(Event::Resumed),
            Command::Enable | Command::Disable if !self.settings.is_pushed() => {
                return Err(Refusal::NotPushed);
            }
            Command::Enable => self.enable()?,
            Command::Disable => (self.status != Status::Disabled).then_some(Event::Disabled),
            Command::Disconnect => Some(Event::Disconnected),
        };
        Ok(event.into_iter().collect())
    }

    fn change(&self, settings: Settings) -> Result<Vec<Event>, Refusal> {
        settings.check()?;
        if settings.source() != self.settings.source() {
            return Err(Refusal::AnotherAccount);
        }
        if settings == self.settings {
            return Ok(vec![]);
        }
        let old = self.settings.clone();
        let is_retested = old.provider != settings.provider;
        let changed = Event::SettingsChanged { old, new: settings };
        Ok(if is_retested { self.retested(Some(changed)) } else { vec![changed] })
    }

    fn pause(&self) -> Result<Option<Event>, Refusal> {
        match self.status {
            Status::Active => Ok(Some(Event::Paused)),
            Status::Test | Status::Disabled => Err(Refusal::NotLive),
            Status::Paused | Status::Disconnected => Ok(None),
        }
    }

    fn enable(&self) -> Result<Option<Event>, Refusal> {
        match self.status {
            Status::Test | Status::Disabled => Ok(Some(Event::Enabled)),
            Status::Paused => Err(Refusal::Paused),
            Status::Active | Status::Disconnected => Ok(None),
        }
    }

    /// Whatever decides what a request does is tried out again before it is applied.
    fn retested(&self, changed: Option<Event>) -> Vec<Event> {
        let is_tested = self.settings.is_pushed() && self.status != Status::Test;
        let again = (changed.is_some() && is_tested).then_some(Event::ReturnedToTest);
        changed.into_iter().chain(again).collect()
    }

    fn add(&self, secret: SecretRef) -> Result<Option<Event>, Refusal> {
        if self.secrets.iter().any(|live| live.fingerprint == secret.fingerprint) {
            return Ok(None);
        }
        match self.secrets.as_slice() {
            [oldest, .., newest] if self.secrets.len() >= LIVE_SECRETS => {
                Err(Refusal::SecretsFull {
                    oldest: oldest.fingerprint.clone(),
                    newest: newest.fingerprint.clone(),
                })
            }
            _ => Ok(Some(Event::WebhookSecretAdded(secret))),
        }
    }

    fn remove(&self, fingerprint: String) -> Result<Option<Event>, Refusal> {
        if let Some(live) = self.secrets.iter().find(|live| live.fingerprint == fingerprint) {
            return Ok(Some(Event::WebhookSecretRemoved(live.clone())));
        }
        if self.removed_secrets.contains(&fingerprint) {
            return Ok(None);
        }
        Err(Refusal::NoSuchSecret { fingerprint })
    }

    pub(super) fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Connected { .. } => {}
            Event::SettingsChanged { new, .. } => self.settings = new.clone(),
            Event::TargetsChanged { new, .. } => self.targets = new.clone(),
            Event::CredentialsReplaced { new, .. } => {
                self.credentials.clone_from(new);
                self.credentials_expire_on = None;
            }
            Event::CredentialExpiryChanged { new, .. } => self.credentials_expire_on = *new,
            Event::WebhookSecretAdded(secret) => {
                self.removed_secrets.remove(&secret.fingerprint);
                self.secrets.push(secret.clone());
            }
            Event::WebhookSecretRemoved(secret) => {
                self.secrets.retain(|live| live.fingerprint != secret.fingerprint);
                self.removed_secrets.insert(secret.fingerprint.clone());
            }
            Event::Paused => self.status = Status::Paused,
            Event::Resumed | Event::Enabled => self.status = Status::Active,
            Event::Disabled => self.status = Status::Disabled,
            Event::ReturnedToTest => self.status = Status::Test,
            Event::Disconnected => self.status = Status::Disconnected,
        }
        self
    }
}
