//! What the roster says before the plan.

use crate::actor;
use crate::field::Fields;
use crate::vocabulary::Provider;

/// One row of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub actor: String,
    pub subject: String,
    /// Of the actor's stream; the decision holds only while it has not moved.
    pub version: u64,
    pub active: bool,
    pub synced: bool,
    pub out_of_sync_by_hand: bool,
    /// `None` for one entered by hand.
    pub provider: Option<Provider>,
    pub source_deleted: bool,
    pub erased: bool,
    pub fields: Fields,
}

impl Known {
    /// A row made from the actor's own stream: what a conflict is planned again with.
    pub fn from_actor(actor: &actor::Actor, version: u64) -> Option<Known> {
        let known = actor.known.as_ref()?;
        Some(Known {
            actor: known.actor.clone(),
            subject: known.subject.clone(),
            version,
            active: known.active,
            synced: known.synced,
            out_of_sync_by_hand: known.out_of_sync_by_hand,
            provider: known.provider,
            source_deleted: known.source_deleted,
            erased: known.erased,
            fields: known.fields.clone(),
        })
    }
}

/// A department, division or location that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUnit {
    /// Of the unit's stream.
    pub version: u64,
    pub name: String,
}
