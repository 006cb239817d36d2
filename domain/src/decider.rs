//! The shape every aggregate has: decide what happens, evolve what is known, and how an event is
//! written down with its personal part apart.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Refusal;

/// An aggregate's rules. `Default` is the state before anything happened.
pub trait Decider: Default + Clone + Send + Sync + 'static {
    /// First word of its stream names: `actor` in `actor/01J…`.
    const KIND: &'static str;
    type Command;
    type Event: Written + Clone + Send + Sync;
    type Refusal: std::error::Error + Into<Refusal> + Send + Sync + 'static;

    /// Says what happens, or why nothing may. No events means there is nothing new.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Says what an event means. It never fails: the event has already happened.
    fn evolve(self, event: &Self::Event) -> Self;

    /// The stream of one instance.
    fn stream(id: &str) -> String {
        format!("{}/{id}", Self::KIND)
    }
}

/// An event as bytes: a clear part that anyone with the log may read, and a personal part that the
/// store seals with the subject's key. Both are JSON.
pub trait Written: Serialize + DeserializeOwned {
    /// What the personal part holds.
    type Personal: Serialize + DeserializeOwned;

    /// `aggregate.what_happened`, kept for ever.
    fn kind(&self) -> &'static str;
    /// Version of the payload's shape, from 1.
    fn schema_version(&self) -> u16 {
        1
    }
    /// The personal part; it is marked `#[serde(skip)]` in the event itself.
    fn personal(&self) -> Option<&Self::Personal> {
        None
    }
    /// Puts the personal part back after reading; `None` where it was erased.
    #[must_use]
    fn with_personal(self, _personal: Option<Self::Personal>) -> Self {
        self
    }

    /// The clear part.
    fn payload(&self) -> Vec<u8> {
        serde_json::to_vec(self)
            .expect("events hold only maps with text keys, text, lists, numbers")
    }
    /// The bytes to seal, if there is anything personal.
    fn personal_bytes(&self) -> Option<Vec<u8>> {
        self.personal().map(|personal| {
            serde_json::to_vec(personal).expect("personal parts hold only text and lists")
        })
    }
    /// Reads an event back.
    fn read(payload: &[u8], personal: Option<&[u8]>) -> Result<Self, Malformed> {
        let event: Self = serde_json::from_slice(payload).map_err(Malformed::from)?;
        let personal = personal.map(serde_json::from_slice).transpose().map_err(Malformed::from)?;
        Ok(event.with_personal(personal))
    }
}

/// Events with their personal parts, for what is sealed as a whole: `#[serde(with = "whole")]`.
pub(crate) mod whole {
    use super::*;

    pub(crate) fn serialize<E: Written, S: Serializer>(
        events: &[E],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(events.iter().map(|event| (event, event.personal())))
    }

    pub(crate) fn deserialize<'de, E: Written, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<E>, D::Error> {
        let parts = Vec::<(E, Option<E::Personal>)>::deserialize(deserializer)?;
        Ok(parts.into_iter().map(|(event, personal)| event.with_personal(personal)).collect())
    }
}

/// Stored bytes that this binary cannot read: written by a newer version, or damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("unknown event type `{0}`: it was written by a newer version of Rollcall")]
    UnknownType(String),
    #[error("the event does not have the shape of its type (line {line}, column {column})")]
    Shape { line: usize, column: usize },
}

impl From<serde_json::Error> for Malformed {
    /// Keeps the place only: the text around it may be personal.
    fn from(error: serde_json::Error) -> Self {
        Malformed::Shape { line: error.line(), column: error.column() }
    }
}

/// What a personal part holds where an aggregate has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub enum Nothing {}
