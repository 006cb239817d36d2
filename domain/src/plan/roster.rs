//! What the roster says before the plan.

use crate::field::{Field, Fields};
use crate::vocabulary::Source;
use crate::{actor, unit};

/// One row of the roster, as a plan reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRow {
    pub actor: String,
    pub subject: String,
    /// Of the actor's stream; the decision holds only while it has not moved.
    pub version: u64,
    pub active: bool,
    pub synced: bool,
    pub out_of_sync_by_hand: bool,
    /// The id derived from their source id; `None` for one entered by hand.
    pub claim: Option<String>,
    /// `None` for one entered by hand.
    pub source: Option<Source>,
    pub source_id: Option<String>,
    /// Left alone since a run was taken back.
    pub on_hold: bool,
    pub source_deleted: bool,
    pub erased: bool,
    /// The run that changed them last.
    pub run: Option<String>,
    pub fields: Fields,
}

impl RosterRow {
    /// Whom the person reports to: an id derived from a source id, or an actor's.
    pub fn manager(&self) -> Option<&str> {
        self.fields.get(&Field::Manager)?.text()
    }

    /// A row made from the actor's own stream: what a conflict is planned again with.
    pub fn from_actor(actor: &actor::Actor, version: u64) -> Option<RosterRow> {
        let known = actor.known.as_ref()?;
        Some(RosterRow {
            actor: known.actor.clone(),
            subject: known.subject.clone(),
            version,
            active: known.active,
            synced: known.synced,
            out_of_sync_by_hand: known.out_of_sync_by_hand,
            claim: known.claim().map(str::to_owned),
            source: known.source.clone(),
            source_id: known.source_id.clone(),
            on_hold: known.on_hold.is_some(),
            source_deleted: known.source_deleted,
            erased: known.erased,
            run: None,
            fields: known.fields.clone(),
        })
    }
}

/// A department, division or location that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    /// Of the unit's stream.
    pub version: u64,
    pub kind: unit::Kind,
    pub name: String,
    /// `None` for one made by hand.
    pub source: Option<Source>,
    pub source_key: Option<String>,
    /// The id derived from the source key it was linked to; `None` for one created under it.
    pub claim: Option<String>,
    pub retired: bool,
    /// What it is part of; `None` for one that stands by itself.
    pub parent: Option<String>,
}

/// One person of a source, in 32 bytes: enough to tell whether they need a closer look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterKey {
    /// The id derived from their source id; `id_text` prints it.
    pub claim: [u8; 16],
    /// `NO_FINGERPRINT` where the row has to be planned in any case.
    pub fingerprint: u64,
    pub flags: Flags,
}

/// What a plan asks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const ACTIVE: u8 = 1;
    const SYNCED: u8 = 2;

    /// From a sum of 1 where the person is active and 2 where they are in sync.
    pub fn from_bits(bits: u8) -> Self {
        Flags(bits)
    }
    pub fn active(self) -> bool {
        self.0 & Flags::ACTIVE != 0
    }
    pub fn synced(self) -> bool {
        self.0 & Flags::SYNCED != 0
    }
}
