//! What has happened to somebody who signs in.

use serde::{Deserialize, Serialize};

use crate::decider::Written;

/// What only the user's own key opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// As they are compared: without blanks around it, in lower case. Only where it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub name: String,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Registered {
        user: String,
        #[serde(skip)]
        personal: Option<Profile>,
    },
    Renamed {
        user: String,
        #[serde(skip)]
        personal: Option<Profile>,
    },
    /// The hash of the new password lies in the vault under this name; it was there first.
    PasswordChanged {
        user: String,
        credential: String,
    },
    /// They may not sign in, and no session of theirs counts any more.
    Disabled {
        user: String,
    },
    Enabled {
        user: String,
    },
}

impl Event {
    pub fn user(&self) -> &str {
        match self {
            Event::Registered { user, .. }
            | Event::Renamed { user, .. }
            | Event::PasswordChanged { user, .. }
            | Event::Disabled { user }
            | Event::Enabled { user } => user,
        }
    }
}

impl Written for Event {
    type Personal = Profile;
    fn kind(&self) -> &'static str {
        match self {
            Event::Registered { .. } => "user.registered",
            Event::Renamed { .. } => "user.renamed",
            Event::PasswordChanged { .. } => "user.password_changed",
            Event::Disabled { .. } => "user.disabled",
            Event::Enabled { .. } => "user.enabled",
        }
    }
    fn personal(&self) -> Option<&Profile> {
        match self {
            Event::Registered { personal, .. } | Event::Renamed { personal, .. } => {
                personal.as_ref()
            }
            Event::PasswordChanged { .. } | Event::Disabled { .. } | Event::Enabled { .. } => None,
        }
    }
    fn with_personal(mut self, read: Option<Profile>) -> Self {
        if let Event::Registered { personal, .. } | Event::Renamed { personal, .. } = &mut self {
            *personal = read;
        }
        self
    }
}
