//! What people call what is read of a provider, and what it is needed for.

/// Of BambooHR: a permission, a list, or a field.
pub(super) fn bamboohr(kind: &str, name: &str) -> Option<(&'static str, &'static str)> {
    // A list and a field of the same name are two things.
    Some(match (kind, name) {
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

/// Of Dynamics 365 HR: a set of records, or one of its columns behind a dot, as either surface calls
/// them; `PositionHierarchies/…` and `LegalEntities/…` are one of each.
pub(super) fn dynamics(name: &str) -> Option<(&'static str, &'static str)> {
    let first = name.split(['.', '/']).next().unwrap_or(name);
    match (name.split_once('.'), name.split_once('/')) {
        (Some((set, column)), _) => dynamics_column(set, column),
        (None, Some(_)) if first == "PositionHierarchies" => {
            Some(("Hierarchy of this name", "Reporting lines"))
        }
        (None, Some(_)) if first == "LegalEntities" => Some(("Legal entity", "Who is read")),
        (None, _) => dynamics_set(name),
    }
}

fn dynamics_set(set: &str) -> Option<(&'static str, &'static str)> {
    Some(match set {
        "token" => ("Sign-in at Entra", "Everything"),
        "Workers" | "cdm_workers" => ("Workers", "Who exists"),
        "EmploymentsV2" | "Employments" | "cdm_employments" => {
            ("Employments", "Who is active; hire and last day")
        }
        "PositionsV2" | "Positions" | "cdm_jobpositions" => {
            ("Positions", "Roles, departments, reporting lines")
        }
        "PositionWorkerAssignmentsV2"
        | "PositionWorkerAssignments"
        | "cdm_positionworkerassignmentmaps" => {
            ("Who is in which position", "Roles, departments, reporting lines")
        }
        "PositionHierarchies" => ("Hierarchies of positions", "Reporting lines"),
        "Departments" | "cdm_departments" => ("Departments", "Departments"),
        "Jobs" | "cdm_jobs" => ("Jobs", "Roles"),
        "cdm_titles" => ("Titles", "Roles"),
        "cdm_companies" => ("Legal entities", "Who is read"),
        _ => return None,
    })
}

fn dynamics_column(set: &str, column: &str) -> Option<(&'static str, &'static str)> {
    let is_position = set.contains("osition");
    Some(match column {
        "Description" | "cdm_description" => ("Description of a position", "Roles"),
        "JobId" | "_cdm_jobid_value" => ("Job of a position", "Roles"),
        "TitleId" if !is_position => ("Title of a worker", "Roles"),
        "TitleId" | "_cdm_titleid_value" => ("Title of a position", "Roles"),
        "DepartmentNumber" | "_cdm_departmentid_value" => {
            ("Department of a position", "Departments")
        }
        "ParentPositionId" | "_cdm_parentjobpositionid_value" => {
            ("Position above", "Reporting lines")
        }
        "WorkerType" | "cdm_workertype" => ("Kind of employment", "Employment type"),
        "FirstName" | "cdm_firstname" => ("First name", "People"),
        "KnownAs" => ("Known as", "People"),
        "LastNamePrefix" => ("Prefix of the last name", "People"),
        "LastName" | "cdm_lastname" => ("Last name", "People"),
        "PrimaryContactEmail" | "cdm_primaryemailaddress" => ("Primary e-mail", "People"),
        "IdentityEmail" => ("E-mail of the user", "People without a primary one"),
        "cdm_emailaddress1" => ("Other e-mail", "People without a primary one"),
        "PrimaryContactPhone" | "cdm_primarytelephone" => ("Primary phone", "People"),
        "cdm_mobilephone" => ("Mobile phone", "People without another"),
        "WorkerStatus" | "cdm_status" => ("Status", "Who is active"),
        "cdm_profession" => ("Profession", "Roles"),
        "OfficeLocation" => ("Office location", "Locations"),
        "_cdm_managerworkerid_value" => {
            ("Manager of a worker", "Reporting lines without positions")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_told_by_its_own_set_and_what_is_unknown_by_its_own_name() {
        assert_eq!(dynamics("Workers.TitleId"), Some(("Title of a worker", "Roles")));
        assert_eq!(dynamics("PositionsV2.TitleId"), Some(("Title of a position", "Roles")));
        assert_eq!(dynamics("PositionHierarchies/Line").unwrap().1, "Reporting lines");
        assert_eq!(dynamics("LegalEntities/usmf").unwrap().0, "Legal entity");
        assert_eq!(dynamics("Workers.ShoeSize"), None);
    }
}
