//! What BambooHR's books say of somebody, in the words of the API.

use rollcall_domain::unit::Kind;
use rollcall_simulators::bamboohr::{self, Handle, ListKind, Status};
use serde_json::json;

use super::super::{Person, day};

pub(super) fn of(company: &Handle, person: &bamboohr::Person) -> Person {
    let option = |list| person.option(list).and_then(|id| company.option_name(list, id));
    let unit = |kind| Some((kind, person.option(list(kind))?));
    let told = vec![
        ("source_hris", json!("bamboohr")),
        ("employee_number", json!(person.employee_number)),
        ("first_name", json!(person.first_name)),
        ("last_name", json!(person.last_name)),
        ("preferred_name", json!(person.preferred_name)),
        ("email", json!(person.work_email)),
        ("phone", json!(person.work_phone.as_ref().or(person.mobile_phone.as_ref()))),
        ("job_title", json!(option(ListKind::JobTitle))),
        ("employment_type", json!(option(ListKind::EmploymentStatus))),
        ("hire_date", day(person.hire_date)),
        ("photo_url", json!(photo(person))),
    ];
    Person {
        source_id: person.id.to_string(),
        active: person.status == Status::Active,
        last_day: person.termination_date,
        supervisor: person.supervisor.map(|id| id.to_string()),
        units: Kind::ALL.into_iter().filter_map(unit).collect(),
        told,
    }
}

/// The list that has the units of a kind.
pub(super) fn list(kind: Kind) -> ListKind {
    match kind {
        Kind::Department => ListKind::Department,
        Kind::Division => ListKind::Division,
        Kind::Location => ListKind::Location,
    }
}

/// The address the simulator gives a photo, or the placeholder it has instead.
fn photo(person: &bamboohr::Person) -> String {
    match person.photo_uploaded {
        true => format!("https://images.example/photos/{}.jpg", person.id),
        false => "https://images.example/photo_person_160x160.png".to_owned(),
    }
}
