//! What became of a mail.

use serde::{Deserialize, Serialize};

use super::Trouble;
use crate::decider::{Nothing, Written};

/// What a mail is about and whom it goes to, by id: no address and no name is written down here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// To the address that the invitation is for.
    Invitation { invitation: String },
    /// To one of its recipients.
    Notification { notification: String, user: String },
}

/// Why a mail is not sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needless {
    /// They don't want mails of this kind.
    OptedOut,
    /// They are no owner or admin of the tenant any more.
    NoRecipient,
    /// Their user was disabled or erased.
    NoAddress,
    /// The invitation was accepted, taken back or replaced, or is over by time.
    Closed,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The mail server has taken it over, at this attempt.
    Sent { mail: String, about: About, attempt: u32 },
    /// An attempt failed.
    Failed {
        mail: String,
        about: About,
        attempt: u32,
        trouble: Trouble,
        /// The code of the mail server's reply, where it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<u16>,
        /// Whether it is tried again by itself; else a person has to ask for it.
        again: bool,
    },
    /// There was no reason left to send it.
    Skipped { mail: String, about: About, reason: Needless },
}

impl Written for Event {
    type Personal = Nothing;
    fn kind(&self) -> &'static str {
        match self {
            Event::Sent { .. } => "mail.sent",
            Event::Failed { .. } => "mail.failed",
            Event::Skipped { .. } => "mail.skipped",
        }
    }
}
