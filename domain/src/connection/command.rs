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
        | Command::ReplaceCredentials { .. }
        | Command::SetCredentialExpiry { .. }
        | Command::AddWebhookSecret { .. }
        | Command::ImportWebhookSecret { .. }
        | Command::RemoveWebhookSecret { .. }
        | Command::Pause
        | Command::Resume
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
            Command::ChangeSettings { settings } => {
                settings.check()?;
                if settings.source() != self.settings.source() {
                    return Err(Refusal::AnotherAccount);
                }
                let old = self.settings.clone();
                (old != settings).then_some(Event::SettingsChanged { old, new: settings })
            }
            Command::ChangeTargets { targets } => {
                let (old, new) = (self.targets.clone(), targets.chosen()?);
                (old != new).then_some(Event::TargetsChanged { old, new })
            }
            Command::ReplaceCredentials { credentials } => {
                let old = self.credentials.clone();
                (old != credentials).then_some(Event::CredentialsReplaced { old, new: credentials })
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
            Command::Pause => (self.status == Status::Active).then_some(Event::Paused),
            Command::Resume => (self.status == Status::Paused).then_some(Event::Resumed),
            Command::Disconnect => Some(Event::Disconnected),
        };
        Ok(event.into_iter().collect())
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
            Event::Resumed => self.status = Status::Active,
            Event::Disconnected => self.status = Status::Disconnected,
        }
        self
    }
}
