//! The option lists of the company: employees show names, options keep their id for ever.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::names;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListKind {
    JobTitle,
    Department,
    Division,
    Location,
    #[serde(rename = "employmentHistoryStatus")]
    EmploymentStatus,
}

impl ListKind {
    pub(super) const ALL: [ListKind; 5] = [
        ListKind::JobTitle,
        ListKind::Department,
        ListKind::Division,
        ListKind::Location,
        ListKind::EmploymentStatus,
    ];

    /// Field id, alias, English name and the id of the first option.
    const fn described(self) -> (u32, &'static str, &'static str, u64) {
        match self {
            ListKind::JobTitle => (17, "jobTitle", "Job Title", 17_001),
            ListKind::Department => (4, "department", "Department", 400_001),
            ListKind::Division => (1355, "division", "Division", 18_501),
            ListKind::Location => (18, "location", "Location", 18_101),
            ListKind::EmploymentStatus => {
                (1936, "employmentHistoryStatus", "Employment Status", 16_001)
            }
        }
    }

    /// The list of a field, by field id or alias.
    pub(super) fn named(text: &str) -> Option<ListKind> {
        ListKind::ALL.into_iter().find(|kind| {
            let (id, alias, ..) = kind.described();
            alias == text || text.parse() == Ok(id)
        })
    }
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub id: u64,
    pub name: String,
    pub created: Option<DateTime<Utc>>,
    pub archived: Option<DateTime<Utc>>,
}

/// All lists.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    lists: [BTreeMap<u64, Choice>; 5],
}

/// Why a list was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListRefusal {
    NoSuchOption(u64),
    DuplicateName,
}

impl Lists {
    /// The lists a company of this size starts with; big companies have more departments.
    pub(super) fn seeded(people: usize, at: DateTime<Utc>) -> Lists {
        let mut lists = Lists::default();
        for name in names::JOB_TITLES {
            lists.create(ListKind::JobTitle, name, at);
        }
        let teams = (people / 250).max(names::DEPARTMENTS.len());
        for index in 0..teams {
            let name = names::DEPARTMENTS[index % names::DEPARTMENTS.len()];
            match index / names::DEPARTMENTS.len() {
                0 => lists.create(ListKind::Department, name, at),
                round => lists.create(ListKind::Department, &format!("{name} {}", round + 1), at),
            };
        }
        let legacy = lists.create(ListKind::Department, "Legacy Ops", at);
        lists.archive(ListKind::Department, legacy, Some(at)).expect("it was just created");
        for name in names::DIVISIONS {
            lists.create(ListKind::Division, name, at);
        }
        for name in names::LOCATIONS {
            lists.create(ListKind::Location, name, at);
        }
        for name in names::EMPLOYMENT_STATUSES {
            lists.create(ListKind::EmploymentStatus, name, at);
        }
        lists
    }

    pub(super) fn choices(&self, kind: ListKind) -> &BTreeMap<u64, Choice> {
        &self.lists[kind as usize]
    }

    pub(super) fn name(&self, kind: ListKind, option: Option<u64>) -> Option<&str> {
        self.choices(kind).get(&option?).map(|choice| choice.name.as_str())
    }

    /// The option of that name; case and trailing blanks do not matter.
    pub(super) fn find(&self, kind: ListKind, name: &str) -> Option<u64> {
        let wanted = name.trim_end().to_lowercase();
        let same = |choice: &&Choice| choice.name.to_lowercase() == wanted;
        self.choices(kind).values().find(same).map(|choice| choice.id)
    }

    pub(super) fn create(&mut self, kind: ListKind, name: &str, at: DateTime<Utc>) -> u64 {
        let list = &mut self.lists[kind as usize];
        let id = list.last_key_value().map_or(kind.described().3, |(last, _)| last + 1);
        let choice = Choice { id, name: name.to_owned(), created: Some(at), archived: None };
        list.insert(id, choice);
        id
    }

    pub(super) fn rename(
        &mut self,
        kind: ListKind,
        option: u64,
        name: &str,
    ) -> Result<(), ListRefusal> {
        if self.find(kind, name).is_some_and(|other| other != option) {
            return Err(ListRefusal::DuplicateName);
        }
        let choice = self.lists[kind as usize].get_mut(&option);
        choice.ok_or(ListRefusal::NoSuchOption(option))?.name = name.to_owned();
        Ok(())
    }

    /// From when on it is no choice any more; nobody's is taken away.
    pub(super) fn archive(
        &mut self,
        kind: ListKind,
        option: u64,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), ListRefusal> {
        let choice = self.lists[kind as usize].get_mut(&option);
        choice.ok_or(ListRefusal::NoSuchOption(option))?.archived = at;
        Ok(())
    }

    /// One entry of `GET /meta/lists`.
    pub(super) fn described(&self, kind: ListKind) -> Value {
        let (field_id, alias, name, _) = kind.described();
        let options: Vec<Value> = self.choices(kind).values().map(describe).collect();
        json!({
            "fieldId": field_id.to_string(), "name": name, "alias": alias,
            "manageable": "yes", "multiple": "no", "options": options,
        })
    }
}

fn describe(choice: &Choice) -> Value {
    let date = |at: &DateTime<Utc>| super::times::iso(*at);
    json!({
        "id": choice.id,
        "name": choice.name,
        "archived": if choice.archived.is_some() { "yes" } else { "no" },
        "createdDate": choice.created.as_ref().map(date),
        "archivedDate": choice.archived.as_ref().map(date),
    })
}
