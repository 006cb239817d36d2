//! Everybody of the cast ends as the books have them, through either surface.

use chrono::NaiveDate;
use rollcall_domain::connection::{Dynamics365, Surface, Vacancy};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Standing, name_key};
use rollcall_domain::unit::Kind;
use rollcall_simulators::dynamics::{
    Config, EmploymentKind, ListKind, Person, Simulator, Status, personnel_number, unit_number,
};

use super::{BOTH, cast, client, client_of, company, read_all, settings, told};
use crate::providers::Provider;

fn assert_same(simulator: &Simulator, surface: Surface, person: &Person, employee: &Employee) {
    let finance = surface == Surface::FinanceOperations;
    let preferred = person.preferred_name.as_deref().filter(|_| finance);
    let office = person
        .location
        .filter(|_| finance)
        .map(|id| name_key(&simulator.option_name(ListKind::Location, id).unwrap()));
    let number = |id: Option<u64>| id.map(personnel_number);
    let department = person.department.map(unit_number);
    let manager = number(person.supervisor);
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let (first_day, last_day) = (day(person.hire_date), day(person.termination_date));
    let kind = person.employment_type.map(EmploymentKind::as_str);
    let mut expected = vec![
        (Field::EmployeeNumber, Some(person.personnel_number.as_str())),
        (Field::FirstName, Some(preferred.unwrap_or(&person.first_name))),
        (Field::LastName, Some(person.last_name.as_str())),
        (Field::Email, person.work_email.as_deref()),
        (Field::Phone, person.work_phone.as_deref()),
        (Field::JobTitle, person.job_title.as_deref()),
        (Field::Departments, department.as_deref()),
        (Field::Location, office.as_deref()),
        (Field::EmploymentType, kind),
        (Field::HireDate, first_day.as_deref()),
        (Field::Manager, manager.as_deref()),
    ];
    let today = simulator.clock().date_naive();
    let standing = match person.status {
        Status::Employed => Standing::Active,
        Status::Terminated => Standing::Inactive,
        // Whoever has left and comes back later has left.
        Status::Pending if employee.ends_on.is_some_and(|day| day < today) => Standing::Inactive,
        Status::Pending => Standing::NotStarted,
    };
    if (person.status, standing) != (Status::Pending, Standing::Inactive) {
        expected.push((Field::TerminationDate, last_day.as_deref()));
    }
    for (field, value) in expected {
        let id = &person.personnel_number;
        assert_eq!(told(employee, field), value, "{surface:?} {id} {}", field.as_str());
    }
    assert_eq!(employee.standing(today), standing, "{surface:?} {}", person.personnel_number);
}

#[tokio::test]
async fn everybody_of_the_cast_is_read_as_the_books_have_them_through_either_surface() {
    let simulator = cast().await;
    for surface in BOTH {
        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();

        assert!(summary.complete, "{surface:?} {summary:?}");
        assert_eq!(summary.employees, simulator.headcount() as u64);
        assert_eq!((summary.second_count, kept.expected), (Some(41), Some(41)));
        assert!(summary.omitted.is_empty() && summary.missing.is_empty() && summary.option_ids);
        for person in simulator.people() {
            let employee = kept.person(&person.personnel_number);
            assert_same(&simulator, surface, &person, employee);
            assert!(employee.unreadable.is_empty());
        }
    }
}

#[tokio::test]
async fn a_made_up_company_is_read_as_its_books_have_it_through_either_surface() {
    let simulator = company(300).await;
    for surface in BOTH {
        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();

        assert!(summary.complete, "{surface:?} {summary:?}");
        for person in simulator.people() {
            assert_same(&simulator, surface, &person, kept.person(&person.personnel_number));
        }
    }
}

#[tokio::test]
async fn a_vacant_position_leaves_nobody_above_where_that_is_chosen() {
    let simulator = cast().await;
    for surface in BOTH {
        let settings = settings(&simulator, surface);
        let empty = Dynamics365 { vacancy: Vacancy::LeaveEmpty, ..settings.clone() };
        let secret = Config::default().client_secret;
        let (_, climbed) = read_all(&client_of(&settings, &secret)).await.unwrap();
        let (_, left) = read_all(&client_of(&empty, &secret)).await.unwrap();

        let below = "000023";
        assert_eq!(told(climbed.person(below), Field::Manager), Some("000012"), "{surface:?}");
        assert_eq!(left.person(below).seen.get(&Field::Manager), Some(&None), "{surface:?}");
    }
}

#[tokio::test]
async fn only_whoever_is_employed_in_a_chosen_legal_entity_is_read() {
    let simulator = cast().await;
    for surface in BOTH {
        let legal_entities = vec!["demf".to_owned()];
        let scoped = Dynamics365 { legal_entities, ..settings(&simulator, surface) };
        let client = client_of(&scoped, &Config::default().client_secret);
        let (summary, kept) = read_all(&client).await.unwrap();

        let mut ids: Vec<&str> = kept.people().map(|one| one.source_id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["000014", "000048", "000049"], "{surface:?}");
        assert!(summary.complete, "{surface:?} {summary:?}");
        assert_eq!(summary.second_count, Some(3));
        // An employee there is a contractor here; whoever leads from elsewhere still leads.
        assert_eq!(told(kept.person("000048"), Field::EmploymentType), Some("Contractor"));
        let supervisor = simulator.person(49).unwrap().supervisor.map(personnel_number);
        assert_eq!(told(kept.person("000049"), Field::Manager), supervisor.as_deref());
    }
}

#[tokio::test]
async fn departments_are_known_by_number_and_locations_by_name() {
    let simulator = cast().await;
    for surface in BOTH {
        let reader = client(&simulator, surface);
        read_all(&reader).await.unwrap();
        let asked_before = simulator.requests().values().sum::<u64>();
        let after_a_read = reader.options().await.unwrap();
        assert_eq!(simulator.requests().values().sum::<u64>(), asked_before, "it knows them");
        let alone = client(&simulator, surface).options().await.unwrap();

        assert_eq!(after_a_read, alone, "{surface:?}");
        let departments = alone.iter().filter(|unit| unit.kind == Kind::Department);
        assert_eq!(departments.count(), simulator.options(ListKind::Department).len());
        for choice in simulator.options(ListKind::Department) {
            let id = unit_number(choice.id);
            assert!(alone.iter().any(|unit| unit.source_key == id && unit.name == choice.name));
        }
        let locations: Vec<&str> = alone
            .iter()
            .filter(|unit| unit.kind == Kind::Location)
            .map(|unit| unit.name.as_str())
            .collect();
        let expected: &[&str] =
            if surface == Surface::FinanceOperations { &["Leeds, UK"] } else { &[] };
        assert_eq!(locations, expected);
    }
}

#[tokio::test]
async fn a_renamed_department_keeps_its_number() {
    let simulator = cast().await;
    let id = simulator.options(ListKind::Department)[0].id;
    simulator.rename_option("department", id, "Money").unwrap();
    for surface in BOTH {
        let units = client(&simulator, surface).options().await.unwrap();
        let renamed = units.iter().find(|unit| unit.source_key == unit_number(id)).unwrap();
        assert_eq!(renamed.name, "Money");
    }
}
