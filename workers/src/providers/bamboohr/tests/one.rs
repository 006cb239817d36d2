//! One employee alone.

use std::time::Duration;

use rollcall_domain::field::{Field, Value};
use rollcall_simulators::bamboohr::{Disturbance, Wrong};

use super::reading::expected;
use super::{client, client_with, company};
use crate::providers::bamboohr::parse_recorded;
use crate::providers::{Flaw, Lookup, Provider, ProviderError};

#[tokio::test]
async fn somebody_alone_is_the_same_as_in_a_full_read() {
    let simulator = company(40).await;
    let client = client(&simulator);

    for person in simulator.people() {
        let found = client.read_one(&person.id.to_string()).await.unwrap();

        let Lookup::Found { employee, raw } = found else { panic!("{found:?}") };
        assert_eq!(employee, expected(&simulator, &person));
        let mut again = Vec::new();
        let summary = parse_recorded([raw], |page| again.extend(page)).unwrap();
        assert_eq!((again, summary.employees), (vec![employee], 1));
    }
    assert_eq!(simulator.requests_of("GET /meta/lists"), 1, "lists are read once");
}

#[tokio::test]
async fn a_department_made_meanwhile_is_looked_up() {
    let simulator = company(10).await;
    let client = client(&simulator);
    client.read_one("3").await.unwrap();
    simulator.update(3, [("department", "Brand New")]).unwrap();

    let found = client.read_one("3").await.unwrap();

    let Lookup::Found { employee, .. } = found else { panic!("{found:?}") };
    let id = simulator.person(3).unwrap().department.unwrap().to_string();
    assert_eq!(employee.seen[&Field::Departments], Some(Value::List(vec![id])));
}

#[tokio::test]
async fn hidden_fields_are_omitted_not_cleared() {
    let simulator = company(10).await;
    simulator.change_faults(|faults| _ = faults.hidden_fields.insert("supervisorEId".to_owned()));

    let found = client(&simulator).read_one("3").await.unwrap();

    let Lookup::Found { employee, .. } = found else { panic!("{found:?}") };
    assert!(!employee.seen.contains_key(&Field::Manager));
    assert!(employee.seen.contains_key(&Field::Email));
}

#[tokio::test]
async fn who_may_not_be_seen_is_told_from_who_is_not_there() {
    let simulator = company(10).await;
    simulator.change_faults(|faults| _ = faults.hidden_employees.insert(3));
    let client = client(&simulator);

    assert_eq!(client.read_one("3").await.unwrap(), Lookup::NotVisible);
    for nobody in ["4711", "0", "", "../employees/1", "1?fields=ssn"] {
        assert_eq!(client.read_one(nobody).await.unwrap(), Lookup::NotFound, "{nobody}");
    }
}

#[tokio::test]
async fn what_cannot_be_the_employee_is_nobody() {
    let simulator = company(10).await;
    let disturb = |wrong, times| {
        let fault = Disturbance::always(wrong).on("/employees/3").times(times);
        simulator.change_faults(|faults| faults.answers.push(fault));
    };
    let client = client_with(&simulator, &super::Config::default().api_key, Duration::from_secs(9));
    disturb(Wrong::Truncate, 2);
    assert!(matches!(client.read_one("3").await.unwrap(), Lookup::Found { .. }));
    // The simulator takes it for 3; the answer is about another id than was asked for.
    let error = client.read_one("03").await.err().unwrap();
    assert!(matches!(error, ProviderError::Malformed { flaw: Flaw::WrongPerson, .. }), "{error}");
    disturb(Wrong::Html, 1);
    let error = client.read_one("3").await.err().unwrap();
    assert!(matches!(error, ProviderError::Malformed { .. }), "{error}");
}
