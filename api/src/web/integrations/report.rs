//! What a provider's credentials can read, permission by permission.

use serde::Deserialize;

/// As the operation tells it.
#[derive(Deserialize)]
pub(super) struct Report {
    pub(super) visible: u64,
    pub(super) total: Option<u64>,
    pub(super) checks: Vec<Check>,
}

#[derive(Deserialize)]
pub(super) struct Check {
    /// `permission`, `field`, `entity`.
    kind: String,
    name: String,
    pub(super) readable: bool,
    pub(super) remedy: String,
}

impl Report {
    pub(super) fn gaps(&self) -> usize {
        self.checks.iter().filter(|check| !check.readable).count()
    }
    pub(super) fn title(&self) -> String {
        match self.gaps() {
            0 => "The key can read everything that is needed".to_owned(),
            1 => "The key works, with one gap".to_owned(),
            gaps => format!("The key works, with {gaps} gaps"),
        }
    }
    /// What is missing comes first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Check> {
        let missing = self.checks.iter().filter(|check| !check.readable);
        missing.chain(self.checks.iter().filter(|check| check.readable))
    }
}

impl Check {
    pub(super) fn label(&self) -> &str {
        self.words().map_or(&self.name, |(label, _)| label)
    }
    pub(super) fn needed_for(&self) -> &'static str {
        self.words().map_or("", |(_, use_)| use_)
    }
    /// The provider's own word, where ours is another.
    pub(super) fn code(&self) -> &str {
        &self.name
    }

    fn words(&self) -> Option<(&'static str, &'static str)> {
        // A list and a field of the same name are two things.
        Some(match (&*self.kind, &*self.name) {
            ("entity", "department") => ("List of departments", "Following a renamed department"),
            ("entity", "division") => ("List of divisions", "Following a renamed division"),
            ("entity", "location") => ("List of locations", "Following a renamed location"),
            (_, "people") => ("Employees", "Who exists"),
            (_, "everybody") => ("All employees", "Deactivating whoever is gone"),
            (_, "status") => ("Status", "Who is active"),
            (_, "employeeNumber") => ("Employee number", "People"),
            (_, "firstName") => ("First name", "People"),
            (_, "lastName") => ("Last name", "People"),
            (_, "preferredName") => ("Preferred name", "People"),
            (_, "workEmail") => ("Work e-mail", "People"),
            (_, "workPhone") => ("Work phone", "People"),
            (_, "mobilePhone") => ("Mobile phone", "People"),
            (_, "photoUrl") => ("Photo", "People"),
            (_, "jobTitle") => ("Job title", "Roles"),
            (_, "department") => ("Department", "Departments"),
            (_, "division") => ("Division", "Divisions"),
            (_, "location") => ("Location", "Locations"),
            (_, "employmentHistoryStatus") => ("Employment status", "Employment type"),
            (_, "hireDate") => ("Hire date", "Who starts in the future"),
            (_, "terminationDate") => ("Termination date", "Who leaves in the future"),
            (_, "supervisorEId") => ("Manager", "Reporting lines"),
            (_, "employees/changed") => ("Employee changes", "Finding missed deliveries"),
            (_, "webhooks") => ("Webhooks", "Registering a webhook from here"),
            _ => return None,
        })
    }
}
