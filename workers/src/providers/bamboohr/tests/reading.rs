//! Everybody, as the simulator's books have them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use rollcall_domain::field::{Field, Seen, Value};
use rollcall_domain::plan::{Employee, Status};
use rollcall_domain::unit::Kind;
use rollcall_simulators::bamboohr::Status as Books;
use rollcall_simulators::bamboohr::{Handle, ListKind, Person};

use super::{Kept, client, company, read_all};
use crate::providers::{PageSink, Provider, ProviderError, Stopped};

#[tokio::test]
async fn a_full_read_is_what_the_books_say() {
    let simulator = company(2_345).await;

    let (summary, kept) = read_all(&client(&simulator)).await.unwrap();

    let sizes: Vec<usize> = kept.pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1_000, 1_000, 345]);
    assert!(summary.complete && summary.option_ids);
    assert_eq!((summary.employees, summary.second_count), (2_345, Some(2_345)));
    let books: Vec<Employee> =
        simulator.people().iter().map(|person| expected(&simulator, person)).collect();
    let read: Vec<Employee> = kept.pages.into_iter().flatten().collect();
    assert_eq!(read, books);
    assert_eq!(simulator.requests_of("GET /employees/directory"), 0);
}

#[tokio::test]
async fn a_renamed_department_keeps_its_key() {
    let simulator = company(20).await;
    let before = read_all(&client(&simulator)).await.unwrap().1;
    let department = simulator.person(1).unwrap().department.unwrap();

    simulator.rename_option("department", department, "Something Else").unwrap();

    let after = read_all(&client(&simulator)).await.unwrap().1;
    assert_eq!(before.pages, after.pages);
    let options = client(&simulator).options().await.unwrap();
    let renamed = options.iter().find(|option| option.source_key == department.to_string());
    assert_eq!(renamed.unwrap().name, "Something Else");
}

#[tokio::test]
async fn options_are_listed_with_archived_ones() {
    let simulator = company(20).await;

    let options = client(&simulator).options().await.unwrap();

    let mut counts = BTreeMap::new();
    for option in &options {
        *counts.entry(option.kind.as_str()).or_insert(0) += 1;
    }
    for (kind, list) in [
        (Kind::Department, ListKind::Department),
        (Kind::Division, ListKind::Division),
        (Kind::Location, ListKind::Location),
    ] {
        assert_eq!(counts[kind.as_str()], simulator.options(list).len());
    }
    assert!(options.iter().any(|option| option.name == "Legacy Ops"));
}

#[tokio::test]
async fn a_sink_that_stops_ends_the_read() {
    struct Full;
    #[async_trait]
    impl PageSink for Full {
        async fn raw(&mut self, _: Bytes) -> Result<(), Stopped> {
            Err(Stopped)
        }
        async fn page(&mut self, _: Vec<Employee>) -> Result<(), Stopped> {
            Ok(())
        }
    }
    let simulator = company(20).await;

    let read = client(&simulator).read_all(&mut Full).await;

    assert!(matches!(read, Err(ProviderError::Interrupted)));
}

#[tokio::test]
async fn nobody_is_a_complete_read_of_nobody() {
    let simulator = company(20).await;
    simulator.change_faults(|faults| faults.empty_report = true);

    let (summary, Kept { pages, .. }) = read_all(&client(&simulator)).await.unwrap();

    assert_eq!((summary.employees, summary.complete, pages.len()), (0, true, 0));
}

/// One of the simulator's people as the client should see them.
pub(super) fn expected(books: &Handle, person: &Person) -> Employee {
    let today = books.clock().date_naive();
    let started = person.hire_date.is_none_or(|day| day <= today);
    let list = |kind| person.option(kind).filter(|_| started);
    let name = |kind| list(kind).and_then(|id| books.option_name(kind, id)).map(Value::Text);
    let key = |kind| list(kind).map(|id: u64| id.to_string());
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| Value::Text(day.to_string()));
    let photo = match person.photo_uploaded {
        true => format!("https://images.example/photos/{}.jpg", person.id),
        false => "https://images.example/photo_person_160x160.png".to_owned(),
    };
    let manager = person.supervisor.filter(|_| started);
    let seen = Seen::from([
        (Field::EmployeeNumber, text(&person.employee_number)),
        (Field::FirstName, Some(Value::Text(person.first_name.clone()))),
        (Field::LastName, Some(Value::Text(person.last_name.clone()))),
        (Field::PreferredName, text(&person.preferred_name)),
        (Field::Email, text(&person.work_email)),
        (Field::Phone, text(&person.work_phone).or(text(&person.mobile_phone))),
        (Field::JobTitle, name(ListKind::JobTitle)),
        (Field::Departments, key(ListKind::Department).map(|key| Value::List(vec![key]))),
        (Field::Division, key(ListKind::Division).map(Value::Text)),
        (Field::Location, key(ListKind::Location).map(Value::Text)),
        (Field::EmploymentType, name(ListKind::EmploymentStatus)),
        (Field::HireDate, day(person.hire_date)),
        (Field::TerminationDate, day(person.termination_date)),
        (Field::Manager, manager.map(|id| Value::Text(id.to_string()))),
        (Field::PhotoUrl, Some(Value::Text(photo))),
    ]);
    Employee {
        source_id: person.id.to_string(),
        status: match person.status {
            Books::Active => Status::Active,
            Books::Inactive => Status::Inactive,
        },
        starts_on: person.hire_date,
        ends_on: person.termination_date,
        seen,
        unreadable: vec![],
    }
}
