//! Where messages are sent to: one stream per endpoint. Single deliveries are no events; what becomes
//! of the endpoint by them is.

mod address;
mod event;
pub mod schedule;
mod settings;
#[cfg(test)]
mod tests;

pub use address::{URL_LENGTH, UrlFault, address};
pub use event::*;
pub use settings::*;

use chrono::{DateTime, TimeDelta, Utc};

use crate::decider::Decider;

/// How long a replaced secret signs along, at most.
pub const LONGEST_OVERLAP: TimeDelta = TimeDelta::days(7);
pub const USUAL_OVERLAP: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// `None` before it was created.
    pub known: Option<KnownEndpoint>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEndpoint {
    pub settings: Settings,
    pub headers: Option<HeadersRef>,
    /// Newest first; one that is replaced has an end.
    pub secrets: Vec<LiveSecret>,
    pub status: Status,
    /// `Some` from the first warning to the next success.
    pub trouble: Option<Trouble>,
    /// Failures before do not count: when it was created or last enabled.
    pub counts_from: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSecret {
    pub vault: String,
    pub until: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Enabled,
    Disabled(Reason),
    Removed,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Enabled => "enabled",
            Status::Disabled(_) => "disabled",
            Status::Removed => "removed",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    pub since: DateTime<Utc>,
    /// The last step that was told; 0 after it was enabled again.
    pub told: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Create {
        settings: Settings,
        secret: SecretRef,
        headers: Option<HeadersRef>,
        /// Whether addresses without TLS pass.
        http: bool,
    },
    Change {
        settings: Settings,
        http: bool,
    },
    ReplaceHeaders {
        headers: Option<HeadersRef>,
    },
    RotateSecret {
        new: SecretRef,
        old_until: DateTime<Utc>,
    },
    Enable {
        at: DateTime<Utc>,
    },
    Disable {
        at: DateTime<Utc>,
    },
    /// The receiver says that there will never be anything again.
    NoteGone {
        at: DateTime<Utc>,
    },
    /// Nothing was delivered since then, and it fails.
    NoteFailure {
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    NoteSuccess {
        at: DateTime<Utc>,
    },
    Remove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such webhook")]
    NotFound,
    #[error("the webhook exists already")]
    AlreadyExists,
    #[error("the name must have from 1 to {NAME_LENGTH} characters")]
    NameInvalid,
    #[error("the destination URL can't be used: {0}")]
    UrlInvalid(UrlFault),
    #[error("choose at least one event")]
    NoTypes,
    #[error("choose the live baseline, or from 1 to {SCENARIOS} scenarios")]
    ScenariosInvalid,
    #[error("the rate limit must be from 1 to 1,000 messages a second")]
    RateInvalid,
    #[error("from 1 to 32 requests can be under way at a time")]
    ConcurrencyInvalid,
    #[error("the headers can't be sent: {0}")]
    HeadersInvalid(HeaderFault),
    #[error("the replaced secret can sign along for at most 7 days")]
    OverlapInvalid,
    #[error("the webhook is disabled; recover it first")]
    Disabled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    #[error("at most {HEADERS} can be added")]
    TooMany,
    #[error("a name has only letters, digits and hyphens")]
    Name,
    #[error("a name that requests have anyway, such as Host or webhook-id, can't be given")]
    Reserved,
    #[error("a value has from 1 to {HEADER_LENGTH} printable ASCII characters")]
    Value,
    #[error("a name was given twice")]
    Twice,
}

impl KnownEndpoint {
    /// Names of the secrets that sign at a time, newest first.
    pub fn secrets_at(&self, at: DateTime<Utc>) -> impl Iterator<Item = &str> {
        let live = move |secret: &&LiveSecret| secret.until.is_none_or(|until| at < until);
        self.secrets.iter().filter(live).map(|secret| secret.vault.as_str())
    }

    pub fn is_enabled(&self) -> bool {
        self.status == Status::Enabled
    }

    /// Since when failures count that began then.
    pub fn counted(&self, since: DateTime<Utc>) -> DateTime<Utc> {
        since.max(self.counts_from)
    }

    fn failed(&self, since: DateTime<Utc>, at: DateTime<Utc>) -> Option<Event> {
        let since = self.counted(since);
        let told = self.trouble.map_or(0, |trouble| trouble.told);
        let percent = schedule::step(since, at).filter(|step| *step > told)?;
        Some(match percent {
            100 => Event::Disabled { reason: Reason::Failing, at, since: Some(since) },
            _ => Event::Failing { since, percent, at },
        })
    }
}

impl WebhookEndpoint {
    /// What is known of one that was not removed.
    pub fn there(&self) -> Result<&KnownEndpoint, Refusal> {
        self.known.as_ref().filter(|known| known.status != Status::Removed).ok_or(Refusal::NotFound)
    }
}

impl Decider for WebhookEndpoint {
    const KIND: &'static str = "webhook_endpoint";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        if let Command::Create { settings, secret, headers, http } = command {
            return match &self.known {
                Some(_) => Err(Refusal::AlreadyExists),
                None => {
                    Ok(vec![Event::Created { settings: settings.checked(http)?, secret, headers }])
                }
            };
        }
        let known = self.there()?;
        let event = match command {
            Command::Create { .. } => return Err(Refusal::AlreadyExists),
            Command::Change { settings, http } => {
                let (old, new) = (known.settings.clone(), settings.checked(http)?);
                (old != new).then_some(Event::Changed { old, new })
            }
            Command::ReplaceHeaders { headers } => {
                let (old, new) = (known.headers.clone(), headers);
                (old != new).then_some(Event::HeadersReplaced { old, new })
            }
            Command::RotateSecret { new, old_until } => {
                if old_until > new.made_at + LONGEST_OVERLAP {
                    return Err(Refusal::OverlapInvalid);
                }
                Some(Event::SecretRotated { new, old_until })
            }
            Command::Enable { at } => (!known.is_enabled()).then_some(Event::Enabled { at }),
            Command::Disable { at } => known.is_enabled().then_some(Event::Disabled {
                reason: Reason::Person,
                at,
                since: None,
            }),
            Command::NoteGone { at } => known.is_enabled().then_some(Event::Disabled {
                reason: Reason::Gone,
                at,
                since: None,
            }),
            Command::NoteFailure { since, at } if known.is_enabled() => known.failed(since, at),
            Command::NoteSuccess { at } if known.is_enabled() => {
                known.trouble.map(|trouble| Event::Recovered { since: trouble.since, at })
            }
            // What was under way when it was disabled says nothing new.
            Command::NoteFailure { .. } | Command::NoteSuccess { .. } => None,
            Command::Remove => Some(Event::Removed),
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(self, event: &Event) -> Self {
        let known = match (self.known, event) {
            (_, Event::Created { settings, secret, headers }) => Some(KnownEndpoint {
                settings: settings.clone(),
                headers: headers.clone(),
                secrets: vec![LiveSecret { vault: secret.vault.clone(), until: None }],
                status: Status::Enabled,
                trouble: None,
                counts_from: secret.made_at,
            }),
            (known, event) => known.map(|known| known.after(event)),
        };
        WebhookEndpoint { known }
    }
}

impl KnownEndpoint {
    fn after(mut self, event: &Event) -> Self {
        match event {
            Event::Created { .. } => {}
            Event::Changed { new, .. } => self.settings = new.clone(),
            Event::HeadersReplaced { new, .. } => self.headers = new.clone(),
            Event::SecretRotated { new, old_until } => {
                self.secrets.truncate(1);
                self.secrets.iter_mut().for_each(|old| old.until = Some(*old_until));
                self.secrets.insert(0, LiveSecret { vault: new.vault.clone(), until: None });
            }
            Event::Enabled { at } => {
                self.status = Status::Enabled;
                self.counts_from = *at;
                self.trouble = self.trouble.map(|trouble| Trouble { told: 0, ..trouble });
            }
            Event::Disabled { reason, at, since } => {
                self.status = Status::Disabled(*reason);
                match reason {
                    Reason::Person => {}
                    Reason::Gone | Reason::Failing => {
                        let began = self.trouble.map(|trouble| trouble.since).or(*since);
                        self.trouble = Some(Trouble { since: began.unwrap_or(*at), told: 100 });
                    }
                }
            }
            Event::Failing { since, percent, .. } => {
                self.trouble = Some(Trouble { since: *since, told: *percent });
            }
            Event::Recovered { .. } => self.trouble = None,
            Event::Removed => self.status = Status::Removed,
        }
        self
    }
}
