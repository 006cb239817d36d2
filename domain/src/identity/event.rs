//! What has been said of who a source id is.

use serde::{Deserialize, Serialize};

use crate::decider::Written;
use crate::vocabulary::Source;

/// Somebody who is known already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The actor that was named.
    pub actor: String,
    /// The person behind it, by whom their actors in other scenarios are found.
    pub subject: String,
}

/// What only the person's own key opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    pub source_id: String,
    /// Where the person was named by their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The source id is this person, or whoever has this e-mail address; with neither, somebody new.
    Mapped {
        /// Derived from the source id.
        subject: String,
        source: Source,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<Person>,
        #[serde(skip)]
        personal: Option<Mapping>,
    },
    /// Nothing is said of it any more.
    Unmapped { subject: String },
}

impl Written for Event {
    type Personal = Mapping;
    fn kind(&self) -> &'static str {
        match self {
            Event::Mapped { .. } => "identity.mapped",
            Event::Unmapped { .. } => "identity.unmapped",
        }
    }
    fn personal(&self) -> Option<&Mapping> {
        match self {
            Event::Mapped { personal, .. } => personal.as_ref(),
            Event::Unmapped { .. } => None,
        }
    }
    fn with_personal(mut self, read: Option<Mapping>) -> Self {
        if let Event::Mapped { personal, .. } = &mut self {
            *personal = read;
        }
        self
    }
}
