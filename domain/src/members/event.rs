//! What has happened among the members of a tenant.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::decider::Written;
use crate::notification::Category;

/// Whom an invitation is for; sealed with a key of the invitation's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitee {
    pub email: String,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Joined {
        user: String,
        role: Role,
    },
    RoleChanged {
        user: String,
        old: Role,
        new: Role,
    },
    /// By themselves or by somebody else: that is the event's principal.
    Left {
        user: String,
    },
    /// Replaces what is open for the same address.
    Invited {
        invitation: String,
        role: Role,
        /// Keyed hash of the address.
        address: String,
        /// SHA-256 of the secret in the link, hexadecimal.
        token_hash: String,
        expires_at: DateTime<Utc>,
        /// The open one for the same address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
        /// The member who made it; `None` where it was no member, or before this was written down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maker: Option<String>,
        /// Whether the link goes to the address itself; else whoever made it hands it over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mailed: bool,
        #[serde(skip)]
        personal: Option<Invitee>,
    },
    /// Who was no member before has joined in the same append.
    InvitationAccepted {
        invitation: String,
        user: String,
    },
    /// By somebody, or because whoever made it may not make it any more.
    InvitationRevoked {
        invitation: String,
    },
    /// What a member does not want by mail, from now on.
    MailChanged {
        user: String,
        off: BTreeSet<Category>,
    },
}

impl Written for Event {
    type Personal = Invitee;
    fn kind(&self) -> &'static str {
        match self {
            Event::Joined { .. } => "members.joined",
            Event::RoleChanged { .. } => "members.role_changed",
            Event::Left { .. } => "members.left",
            Event::Invited { .. } => "members.invited",
            Event::InvitationAccepted { .. } => "members.invitation_accepted",
            Event::InvitationRevoked { .. } => "members.invitation_revoked",
            Event::MailChanged { .. } => "members.mail_changed",
        }
    }
    fn personal(&self) -> Option<&Invitee> {
        match self {
            Event::Invited { personal, .. } => personal.as_ref(),
            Event::Joined { .. }
            | Event::RoleChanged { .. }
            | Event::Left { .. }
            | Event::InvitationAccepted { .. }
            | Event::InvitationRevoked { .. }
            | Event::MailChanged { .. } => None,
        }
    }
    fn with_personal(mut self, read: Option<Invitee>) -> Self {
        if let Event::Invited { personal, .. } = &mut self {
            *personal = read;
        }
        self
    }
}
