//! The fields of the simulated company, as `meta/fields` and the webhook pages list them.

use super::fields::{Column, Field};

const fn plain(
    column: Column,
    id: i32,
    alias: &'static str,
    name: &'static str,
    kind: &'static str,
) -> Field {
    Field { column, id, alias, name, kind, monitored: false, in_reports: true }
}

/// A webhook may monitor it.
const fn monitored(
    column: Column,
    id: i32,
    alias: &'static str,
    name: &'static str,
    kind: &'static str,
) -> Field {
    Field { column, id, alias, name, kind, monitored: true, in_reports: true }
}

/// Only `GET /employees` and `GET /employees/{id}` know it.
const fn recent(column: Column, id: i32, alias: &'static str) -> Field {
    Field { column, id, alias, name: alias, kind: "text", monitored: false, in_reports: false }
}

pub(super) static FIELDS: &[Field] = &[
    monitored(Column::FirstName, 1, "firstName", "First Name", "text"),
    monitored(Column::LastName, 2, "lastName", "Last Name", "text"),
    monitored(Column::HireDate, 3, "hireDate", "Hire Date", "date"),
    monitored(Column::Department, 4, "department", "Department", "list"),
    monitored(Column::MiddleName, 5, "middleName", "Middle Name", "text"),
    monitored(Column::City, 10, "city", "City", "text"),
    monitored(Column::WorkPhone, 11, "workPhone", "Work Phone", "phone"),
    monitored(Column::WorkPhoneExtension, 12, "workPhoneExtension", "Work Ext.", "text"),
    monitored(Column::MobilePhone, 13, "mobilePhone", "Mobile Phone", "phone"),
    monitored(Column::EmployeeNumber, 15, "employeeNumber", "Employee #", "employee_number"),
    monitored(Column::JobTitle, 17, "jobTitle", "Job Title", "list"),
    monitored(Column::Location, 18, "location", "Location", "list"),
    monitored(Column::ReportsTo, 91, "reportsTo", "Reporting to", "employee"),
    monitored(Column::PreferredName, 907, "preferredName", "Preferred Name", "text"),
    monitored(Column::Division, 1355, "division", "Division", "list"),
    monitored(Column::WorkEmail, 1356, "workEmail", "Work Email", "email"),
    monitored(Column::HomeEmail, 1357, "homeEmail", "Home Email", "email"),
    plain(Column::TerminationDate, 1935, "terminationDate", "Termination Date", "date"),
    monitored(
        Column::EmploymentStatus,
        1936,
        "employmentHistoryStatus",
        "Employment Status",
        "list",
    ),
    monitored(Column::OriginalHireDate, 1937, "originalHireDate", "Original Hire Date", "date"),
    monitored(Column::Status, 2001, "status", "Status", "status"),
    monitored(Column::Country, 3991, "country", "Country", "country"),
    monitored(Column::ShirtSize, 4175, "customShirtSize", "Shirt size", "text"),
    monitored(Column::CostCentre, 4501, "customCostCentre", "Cost centre", "text"),
    plain(Column::Supervisor, -1, "supervisor", "Reports To", "text"),
    plain(Column::SupervisorNumber, -2, "supervisorId", "Supervisor ID", "text"),
    plain(Column::SupervisorId, -3, "supervisorEId", "Supervisor EID", "text"),
    plain(Column::SupervisorEmail, -4, "supervisorEmail", "Supervisor Email", "email"),
    plain(Column::DisplayName, -5, "displayName", "Display name", "text"),
    plain(Column::DisplayName, -6, "fullName1", "First Name Last Name", "text"),
    plain(Column::SortedName, -7, "fullName2", "Last Name, First Name", "text"),
    plain(Column::BestEmail, -8, "bestEmail", "Best Email", "email"),
    plain(Column::LastChanged, -9, "lastChanged", "Last changed", "timestamp"),
    plain(Column::PhotoUploaded, -10, "photoUploaded", "Employee photo", "bool"),
    plain(Column::PhotoUploaded, -11, "isPhotoUploaded", "Employee photo exists", "bool"),
    plain(Column::PhotoUrl, -12, "photoUrl", "Employee photo url", "url"),
    plain(Column::Empty, -13, "linkedIn", "LinkedIn URL", "text"),
    recent(Column::JobTitle, -20, "jobTitleName"),
    recent(Column::JobTitleId, -21, "jobTitleId"),
    recent(Column::Department, -22, "departmentName"),
    recent(Column::DepartmentId, -23, "departmentId"),
    recent(Column::Division, -24, "divisionName"),
    recent(Column::DivisionId, -25, "divisionId"),
    recent(Column::Location, -26, "locationName"),
    recent(Column::LocationId, -27, "locationId"),
    recent(Column::EmploymentStatus, -28, "employmentStatusName"),
    recent(Column::EmploymentStatusId, -29, "employmentStatusId"),
    recent(Column::EmploymentStatus, -30, "employmentStatus"),
    recent(Column::ReportsTo, -31, "reportsToName"),
    recent(Column::SupervisorId, -32, "reportsToId"),
    // The simulated company keeps none of these.
    recent(Column::Empty, -33, "homePhone"),
    recent(Column::Empty, -34, "skypeUsername"),
    recent(Column::Empty, -35, "linkedinUrl"),
    recent(Column::Empty, -36, "facebookUrl"),
    recent(Column::Empty, -37, "instagramUrl"),
    recent(Column::Empty, -38, "twitterUrl"),
    recent(Column::Empty, -39, "pinterestUrl"),
    recent(Column::Empty, -40, "birthDate"),
    recent(Column::Empty, -41, "address1"),
    recent(Column::Empty, -42, "state"),
    recent(Column::Empty, -43, "gender"),
    recent(Column::Empty, -44, "marital"),
    recent(Column::Empty, -45, "payRate"),
    recent(Column::Empty, -46, "payType"),
    recent(Column::Empty, -47, "payPeriod"),
    recent(Column::Empty, -48, "exempt"),
];
