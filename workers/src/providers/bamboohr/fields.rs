//! The fields of an employee we ask BambooHR for, and which of ours they are (product.md §8.0).

use rollcall_domain::field::Field;

/// Alias there, field here; `status` decides whether somebody is active and is no field of ours.
///
/// `supervisorEId` is the manager's employee id; `supervisorId` would be an employee *number*.
pub(super) const ASKED: [(&str, Option<Field>); 17] = [
    ("status", None),
    ("employeeNumber", Some(Field::EmployeeNumber)),
    ("firstName", Some(Field::FirstName)),
    ("lastName", Some(Field::LastName)),
    ("preferredName", Some(Field::PreferredName)),
    ("workEmail", Some(Field::Email)),
    ("workPhone", Some(Field::Phone)),
    ("mobilePhone", Some(Field::Phone)),
    ("jobTitle", Some(Field::JobTitle)),
    ("department", Some(Field::Departments)),
    ("division", Some(Field::Division)),
    ("location", Some(Field::Location)),
    ("employmentHistoryStatus", Some(Field::EmploymentType)),
    ("hireDate", Some(Field::HireDate)),
    ("terminationDate", Some(Field::TerminationDate)),
    ("supervisorEId", Some(Field::Manager)),
    ("photoUrl", Some(Field::PhotoUrl)),
];

/// More than this in one request is refused.
const MOST: usize = 400;
const _: () = assert!(ASKED.len() <= MOST);

pub(super) fn aliases() -> impl Iterator<Item = &'static str> {
    ASKED.iter().map(|(alias, _)| *alias)
}

/// What was asked for and did not come: theirs, and ours that cannot be told without it.
pub(super) fn missing(came: impl Fn(&str) -> bool) -> (Vec<String>, Vec<Field>) {
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for (alias, field) in ASKED.iter().filter(|(alias, _)| !came(alias)) {
        theirs.push((*alias).to_owned());
        ours.extend(field.filter(|field| !ours.contains(field)));
    }
    (theirs, ours)
}
