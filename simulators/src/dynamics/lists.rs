//! The lists of which workers and positions show a choice.

use serde::{Deserialize, Serialize};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListKind {
    /// Ids are operating unit numbers.
    Department,
    /// Office locations.
    Location,
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    pub id: u64,
    pub name: String,
}

impl ListKind {
    /// The list of that alias.
    pub(super) fn named(text: &str) -> Option<ListKind> {
        match text {
            "department" => Some(ListKind::Department),
            "location" => Some(ListKind::Location),
            _ => None,
        }
    }
}

/// `023`, as the surfaces have the number of a department or a location.
pub fn unit_number(id: u64) -> String {
    format!("{id:03}")
}
