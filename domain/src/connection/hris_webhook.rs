//! What a connection is configured with to which the HR system posts everybody (product.md §6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::field::Field;
use crate::push::{FIELDS, SyncType};

/// Whoever is to be left alone by id or e-mail address is personal: that list lies in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HrisWebhook {
    /// The last part of its address: 32 hex digits.
    pub endpoint: String,
    #[serde(default)]
    pub sync_type: SyncType,
    /// What is taken over of each person. Whoever is new needs a name and an address, so those
    /// always are.
    pub fields: BTreeSet<Field>,
    /// Paths such as `Engineering > Mobile Team`. They and what is below them are left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored_departments: Vec<String>,
}

impl HrisWebhook {
    /// Those without which nobody can be made.
    pub const ALWAYS: [Field; 3] = [Field::FirstName, Field::LastName, Field::Email];

    /// Everything is taken over, in the normal way.
    pub fn at(endpoint: impl Into<String>) -> Self {
        HrisWebhook {
            endpoint: endpoint.into(),
            sync_type: SyncType::Normal,
            fields: FIELDS.into(),
            ignored_departments: vec![],
        }
    }

    pub(super) fn changed(&self, change: &HrisWebhookChange) -> HrisWebhook {
        let mut fields = change.fields.clone().unwrap_or_else(|| self.fields.clone());
        fields.extend(Self::ALWAYS);
        let departments = change.ignored_departments.clone();
        HrisWebhook {
            endpoint: self.endpoint.clone(),
            sync_type: change.sync_type.unwrap_or(self.sync_type),
            fields,
            ignored_departments: departments.unwrap_or_else(|| self.ignored_departments.clone()),
        }
    }

    /// Whether the contract has a place for every field.
    pub(super) fn offers_all(&self) -> bool {
        self.fields.iter().all(|field| FIELDS.contains(field))
    }
}

/// Of its own settings; it says nothing to a connection to another provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HrisWebhookChange {
    pub sync_type: Option<SyncType>,
    pub fields: Option<BTreeSet<Field>>,
    pub ignored_departments: Option<Vec<String>>,
}
