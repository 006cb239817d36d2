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
        Some(match self.name.as_str() {
            "people" => ("Employees", "Who exists"),
            "everybody" => ("All employees", "Deactivating whoever is gone"),
            "status" => ("Status", "Who is active"),
            "employeeNumber" => ("Employee number", "People"),
            "firstName" => ("First name", "People"),
            "lastName" => ("Last name", "People"),
            "preferredName" => ("Preferred name", "People"),
            "workEmail" => ("Work e-mail", "People"),
            "workPhone" => ("Work phone", "People"),
            "mobilePhone" => ("Mobile phone", "People"),
            "photoUrl" => ("Photo", "People"),
            "jobTitle" => ("Job title", "Roles"),
            "department" => ("Department", "Departments"),
            "division" => ("Division", "Divisions"),
            "location" => ("Location", "Locations"),
            "employmentHistoryStatus" => ("Employment status", "Employment type"),
            "hireDate" => ("Hire date", "Who starts in the future"),
            "terminationDate" => ("Termination date", "Who leaves in the future"),
            "supervisorEId" => ("Manager", "Reporting lines"),
            "employees/changed" => ("Employee changes", "Finding missed deliveries"),
            "webhooks" => ("Webhooks", "Registering a webhook from here"),
            _ => return None,
        })
    }
}
