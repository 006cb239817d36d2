//! The five types of messages, as they are called on the page, in logs and on the wire.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A run starts, or goes on with what was approved.
    #[serde(rename = "connector_sync_started")]
    SyncStarted,
    /// A run fails.
    #[serde(rename = "connector_sync_error")]
    SyncError,
    /// A run succeeds, also in part.
    #[serde(rename = "connector_synced")]
    Synced,
    /// A person changes.
    #[serde(rename = "employee_data_changed")]
    EmployeeChanged,
    /// A person, department or division changes.
    #[serde(rename = "connector_data_modified")]
    DataModified,
}

impl Kind {
    /// In the order of the checkboxes.
    pub const ALL: [Kind; 5] = [
        Kind::SyncStarted,
        Kind::SyncError,
        Kind::Synced,
        Kind::EmployeeChanged,
        Kind::DataModified,
    ];

    /// The type, as it is sent and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::SyncStarted => "connector_sync_started",
            Kind::SyncError => "connector_sync_error",
            Kind::Synced => "connector_synced",
            Kind::EmployeeChanged => "employee_data_changed",
            Kind::DataModified => "connector_data_modified",
        }
    }

    pub fn parse(text: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Beside its checkbox.
    pub fn label(self) -> &'static str {
        match self {
            Kind::SyncStarted => "Sync start",
            Kind::SyncError => "Sync error",
            Kind::Synced => "Sync completed",
            Kind::EmployeeChanged => "Employee model change",
            Kind::DataModified => "Data model change",
        }
    }

    /// In lists and logs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::SyncStarted => "Connector Sync Started",
            Kind::SyncError => "Connector Sync Error",
            Kind::Synced => "Connector Synced",
            Kind::EmployeeChanged => "Employee Data Changed",
            Kind::DataModified => "Connector Data Modified",
        }
    }

    /// When it is sent, for whoever chooses.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::SyncStarted => "A sync run starts.",
            Kind::SyncError => "A sync run fails.",
            Kind::Synced => "A sync run succeeds, also where it could not bring everybody in line.",
            Kind::EmployeeChanged => "Somebody's data changes.",
            Kind::DataModified => "A person, department or division changes.",
        }
    }

    /// Whether it is about a run, whatever scenarios that applies to.
    pub fn is_of_sync(self) -> bool {
        match self {
            Kind::SyncStarted | Kind::SyncError | Kind::Synced => true,
            Kind::EmployeeChanged | Kind::DataModified => false,
        }
    }
}
