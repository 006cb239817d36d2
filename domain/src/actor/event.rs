//! What has happened to a person in one scenario.

use serde::{Deserialize, Serialize};

use crate::decider::Written;
use crate::field::{Changes, Fields, split};
use crate::vocabulary::Source;

/// How a person of the source was found to be this one (product.md §8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// They have its source id.
    SourceId,
    IdentityMap,
    Email,
}

impl MatchedBy {
    pub const ALL: [MatchedBy; 3] = [MatchedBy::SourceId, MatchedBy::IdentityMap, MatchedBy::Email];

    pub fn as_str(self) -> &'static str {
        match self {
            MatchedBy::SourceId => "source_id",
            MatchedBy::IdentityMap => "identity_map",
            MatchedBy::Email => "email",
        }
    }
}

/// Why a person stopped being active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The source says inactive or terminated.
    SourceInactive,
    /// The source says the record was deleted; that id never matches again.
    SourceDeleted,
    /// Missing from a complete read.
    Absent,
    /// A person decided it.
    ByHand,
    /// The run that had made or reactivated them was taken back.
    Undone,
}

/// What only the person's own key opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// With `Created`.
    Profile {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source_id: Option<String>,
        fields: Fields,
    },
    /// With `FieldsChanged`.
    Changes(Changes),
    /// With `Identified`.
    Identity {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        new: String,
    },
}

/// Stored for ever: add kinds and optional fields, change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Created {
        actor: String,
        scenario: String,
        /// Whose key seals the personal part; shared by this person's actors in all scenarios.
        subject: String,
        /// Where the person comes from; `None` for one entered by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Source>,
        active: bool,
        /// The fields that are not personal.
        fields: Fields,
        /// The same person's actor in the scenario that this one is a copy of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copied_from: Option<String>,
        #[serde(skip)]
        personal: Option<Personal>,
    },
    /// Some fields read differently than before; personal ones lie in the sealed part.
    FieldsChanged {
        actor: String,
        scenario: String,
        changes: Changes,
        #[serde(skip)]
        personal: Option<Personal>,
    },
    Deactivated {
        actor: String,
        scenario: String,
        cause: Cause,
    },
    Reactivated {
        actor: String,
        scenario: String,
    },
    /// Taken out of sync, by a person or because a push snapshot no longer has them.
    Unsynced {
        actor: String,
        scenario: String,
        by_hand: bool,
    },
    /// Put back in sync.
    Resynced {
        actor: String,
        scenario: String,
    },
    /// Runs leave them alone until they are released, since what one did was taken back.
    PutOnHold {
        actor: String,
        scenario: String,
        /// The run that was taken back.
        run: String,
    },
    Released {
        actor: String,
        scenario: String,
    },
    /// They have this source id from now on, and are in sync; the ids lie in the sealed part.
    Identified {
        actor: String,
        scenario: String,
        source: Source,
        /// The id derived from it, whose stream says `LinkedTo` unless it is their own.
        claim: String,
        matched_by: MatchedBy,
        /// Where they came from before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<Source>,
        #[serde(skip)]
        personal: Option<Personal>,
    },
    /// On the stream that is derived from a source id: whoever has it is another actor.
    LinkedTo {
        actor: String,
        scenario: String,
        to: String,
    },
}

impl Event {
    /// A creation, its fields split into the clear and the personal part. The personal part is
    /// always there, even if empty: one that is missing after reading was erased.
    pub fn created(
        actor: String,
        scenario: String,
        subject: String,
        source: Option<Source>,
        source_id: Option<String>,
        active: bool,
        fields: Fields,
    ) -> Event {
        let (fields, personal) = split(fields);
        let personal = Some(Personal::Profile { source_id, fields: personal });
        let copied_from = None;
        Event::Created { actor, scenario, subject, source, active, fields, copied_from, personal }
    }

    /// A change of fields, split likewise; `None` if nothing differs.
    pub fn fields_changed(actor: String, scenario: String, changes: Changes) -> Option<Event> {
        if changes.is_empty() {
            return None;
        }
        let (changes, personal) = split(changes);
        let personal = (!personal.is_empty()).then_some(Personal::Changes(personal));
        Some(Event::FieldsChanged { actor, scenario, changes, personal })
    }

    pub fn actor(&self) -> &str {
        match self {
            Event::Created { actor, .. }
            | Event::FieldsChanged { actor, .. }
            | Event::Deactivated { actor, .. }
            | Event::Reactivated { actor, .. }
            | Event::Unsynced { actor, .. }
            | Event::Resynced { actor, .. }
            | Event::PutOnHold { actor, .. }
            | Event::Released { actor, .. }
            | Event::Identified { actor, .. }
            | Event::LinkedTo { actor, .. } => actor,
        }
    }
    pub fn scenario(&self) -> &str {
        match self {
            Event::Created { scenario, .. }
            | Event::FieldsChanged { scenario, .. }
            | Event::Deactivated { scenario, .. }
            | Event::Reactivated { scenario, .. }
            | Event::Unsynced { scenario, .. }
            | Event::Resynced { scenario, .. }
            | Event::PutOnHold { scenario, .. }
            | Event::Released { scenario, .. }
            | Event::Identified { scenario, .. }
            | Event::LinkedTo { scenario, .. } => scenario,
        }
    }
}

impl Written for Event {
    type Personal = Personal;
    fn kind(&self) -> &'static str {
        match self {
            Event::Created { .. } => "actor.created",
            Event::FieldsChanged { .. } => "actor.fields_changed",
            Event::Deactivated { .. } => "actor.deactivated",
            Event::Reactivated { .. } => "actor.reactivated",
            Event::Unsynced { .. } => "actor.unsynced",
            Event::Resynced { .. } => "actor.resynced",
            Event::PutOnHold { .. } => "actor.put_on_hold",
            Event::Released { .. } => "actor.released",
            Event::Identified { .. } => "actor.identified",
            Event::LinkedTo { .. } => "actor.linked_to",
        }
    }
    fn personal(&self) -> Option<&Personal> {
        match self {
            Event::Created { personal, .. }
            | Event::FieldsChanged { personal, .. }
            | Event::Identified { personal, .. } => personal.as_ref(),
            Event::Deactivated { .. }
            | Event::Reactivated { .. }
            | Event::Unsynced { .. }
            | Event::Resynced { .. }
            | Event::PutOnHold { .. }
            | Event::Released { .. }
            | Event::LinkedTo { .. } => None,
        }
    }
    fn with_personal(mut self, read: Option<Personal>) -> Self {
        if let Event::Created { personal, .. }
        | Event::FieldsChanged { personal, .. }
        | Event::Identified { personal, .. } = &mut self
        {
            *personal = read;
        }
        self
    }
}
