//! What Dynamics' books say of somebody, in the words of the API.

use rollcall_domain::unit::Kind;
use rollcall_simulators::dynamics::{self, ListKind, Status, personnel_number};
use serde_json::json;

use super::super::{Person, day};

pub(super) fn of(person: &dynamics::Person) -> Person {
    let unit = |kind| Some((kind, person.option(list(kind)?)?));
    // People are called what they are known as.
    let first_name = person.preferred_name.as_ref().unwrap_or(&person.first_name);
    let kind = person.employment_type.map(dynamics::EmploymentKind::as_str);
    let told = vec![
        ("source_hris", json!("dynamics365")),
        ("employee_number", json!(person.personnel_number)),
        ("first_name", json!(first_name)),
        ("last_name", json!(person.last_name)),
        ("preferred_name", json!(null)),
        ("email", json!(person.work_email)),
        ("phone", json!(person.work_phone)),
        ("job_title", json!(person.job_title)),
        ("employment_type", json!(kind)),
        ("hire_date", day(person.hire_date)),
        ("photo_url", json!(null)),
    ];
    Person {
        source_id: person.personnel_number.clone(),
        active: person.status == Status::Employed,
        last_day: person.termination_date,
        supervisor: person.supervisor.map(personnel_number),
        units: Kind::ALL.into_iter().filter_map(unit).collect(),
        told,
    }
}

/// The list that has the units of a kind; nobody has divisions there.
pub(super) fn list(kind: Kind) -> Option<ListKind> {
    match kind {
        Kind::Department => Some(ListKind::Department),
        Kind::Division => None,
        Kind::Location => Some(ListKind::Location),
    }
}
