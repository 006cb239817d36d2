//! One employee as the company's books hold them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::lists::ListKind;

/// Everything the simulated company knows about one employee:
/// what a client should end up with.
///
/// `job_title`, `department`, `division`, `location` and `employment_status` are option ids of the
/// lists, not names. `status` is the status at the effective clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub id: u64,
    pub employee_number: Option<String>,
    pub first_name: String,
    pub middle_name: Option<String>,
    pub last_name: String,
    pub preferred_name: Option<String>,
    pub work_email: Option<String>,
    pub home_email: Option<String>,
    pub work_phone: Option<String>,
    pub work_phone_extension: Option<String>,
    pub mobile_phone: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub job_title: Option<u64>,
    pub department: Option<u64>,
    pub division: Option<u64>,
    pub location: Option<u64>,
    pub employment_status: Option<u64>,
    /// The employee id of the manager.
    pub supervisor: Option<u64>,
    pub status: Status,
    pub hire_date: Option<NaiveDate>,
    pub original_hire_date: Option<NaiveDate>,
    pub termination_date: Option<NaiveDate>,
    pub photo_uploaded: bool,
    /// Custom field `customCostCentre`.
    pub cost_centre: Option<String>,
    /// Custom field `customShirtSize`.
    pub shirt_size: Option<String>,
    pub last_changed: DateTime<Utc>,
}

/// Whether somebody works there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Active,
    Inactive,
}

impl Status {
    /// The text BambooHR shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "Active",
            Status::Inactive => "Inactive",
        }
    }
}

impl Person {
    /// Somebody of whom nothing is known yet but the name.
    pub(super) fn named(id: u64, first: &str, last: &str, at: DateTime<Utc>) -> Person {
        Person {
            id,
            employee_number: None,
            first_name: first.to_owned(),
            middle_name: None,
            last_name: last.to_owned(),
            preferred_name: None,
            work_email: None,
            home_email: None,
            work_phone: None,
            work_phone_extension: None,
            mobile_phone: None,
            city: None,
            country: None,
            job_title: None,
            department: None,
            division: None,
            location: None,
            employment_status: None,
            supervisor: None,
            status: Status::Active,
            hire_date: None,
            original_hire_date: None,
            termination_date: None,
            photo_uploaded: false,
            cost_centre: None,
            shirt_size: None,
            last_changed: at,
        }
    }

    /// The option chosen from a list.
    pub fn option(&self, list: ListKind) -> Option<u64> {
        match list {
            ListKind::JobTitle => self.job_title,
            ListKind::Department => self.department,
            ListKind::Division => self.division,
            ListKind::Location => self.location,
            ListKind::EmploymentStatus => self.employment_status,
        }
    }

    pub(super) fn option_mut(&mut self, list: ListKind) -> &mut Option<u64> {
        match list {
            ListKind::JobTitle => &mut self.job_title,
            ListKind::Department => &mut self.department,
            ListKind::Division => &mut self.division,
            ListKind::Location => &mut self.location,
            ListKind::EmploymentStatus => &mut self.employment_status,
        }
    }

    /// `First Last`.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// `Last, First Middle`, the form `supervisor` has.
    pub fn sorted_name(&self) -> String {
        match &self.middle_name {
            Some(middle) => format!("{}, {} {middle}", self.last_name, self.first_name),
            None => format!("{}, {}", self.last_name, self.first_name),
        }
    }
}
