//! What happens in the company, and what both surfaces say of it then.

use chrono::{Days, NaiveDate, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};

use super::{cast, control, get, nothing, small, start};
use crate::dynamics::{
    Config, EmploymentKind, ListKind, Refusal, Simulator, Span, Status, personnel_number,
};

async fn worker(simulator: &Simulator, id: u64) -> Value {
    get(simulator, &format!("/data/Workers('{}')", personnel_number(id))).await.json()
}

/// Whom the line names as the manager of somebody, asked in four steps.
async fn manager(simulator: &Simulator, id: u64) -> Option<String> {
    let now = simulator.clock().format("%Y-%m-%dT%H:%M:%SZ");
    let current = format!("ValidFrom le {now} and ValidTo ge {now}");
    let one = async |set: &str, filter: String, column: &str| {
        let path = format!("/data/{set}?$filter={filter} and {current}");
        get(simulator, &path)
            .await
            .column(column)
            .first()
            .map(|one| one.as_str().unwrap().to_owned())
    };
    let held = format!("PersonnelNumber eq '{}'", personnel_number(id));
    let position = one("PositionWorkerAssignmentsV2", held, "PositionId").await?;
    let line = format!("PositionId eq '{position}' and HierarchyTypeName eq 'Line'");
    let parent = one("PositionHierarchies", line, "ParentPositionId").await?;
    let held = format!("PositionId eq '{parent}'");
    one("PositionWorkerAssignmentsV2", held, "PersonnelNumber").await
}

fn today(simulator: &Simulator) -> NaiveDate {
    simulator.clock().date_naive()
}

#[tokio::test]
async fn who_is_hired_has_an_employment_a_position_and_a_manager() {
    let simulator = small().await;

    let id = simulator
        .hire([
            ("firstName", "Ada"),
            ("lastName", "Byron"),
            ("workEmail", "ada@acme.example"),
            ("jobTitle", "Analyst"),
            ("department", "Engines"),
            ("location", "London, UK"),
            ("supervisorEId", "1002"),
        ])
        .unwrap();

    let ada = simulator.person(id).unwrap();
    assert_eq!((ada.status, ada.hire_date), (Status::Employed, Some(today(&simulator))));
    assert_eq!((ada.supervisor, ada.job_title.as_deref()), (Some(1002), Some("Analyst")));
    assert_eq!(ada.employment_type, Some(EmploymentKind::Employee));
    let engines = simulator.option_name(ListKind::Department, ada.department.unwrap());
    assert_eq!(engines.as_deref(), Some("Engines"));
    let row = worker(&simulator, id).await;
    assert_eq!((&row["Name"], &row["OfficeLocation"]), (&json!("Ada Byron"), &json!("London, UK")));
    assert_eq!(row["WorkerStatus"], "Employed");
    assert_eq!(manager(&simulator, id).await.as_deref(), Some("001002"));
    let position = ada.position.unwrap();
    let position = get(&simulator, &format!("/data/PositionsV2('{position}')")).await.json();
    assert_eq!((&position["TitleId"], &position["JobId"]), (&json!("Analyst"), &json!("Analyst")));
}

#[tokio::test]
async fn a_change_of_manager_ends_what_was_and_begins_today() {
    let simulator = small().await;
    let before = simulator.person(1015).unwrap();

    simulator.update(1015, [("supervisorEId", "1005")]).unwrap();

    let after = simulator.person(1015).unwrap();
    assert_eq!((after.supervisor, &after.position), (Some(1005), &before.position));
    assert_eq!(manager(&simulator, 1015).await.as_deref(), Some("001005"));
    let path =
        format!("/data/PositionHierarchies?$filter=PositionId eq '{}'", after.position.unwrap());
    let rows = get(&simulator, &path).await.rows();
    let eve = today(&simulator) - Days::new(1);
    assert_eq!(rows[rows.len() - 2]["ValidTo"], format!("{eve}T23:59:59Z"));
    assert_eq!(rows[rows.len() - 1]["ValidFrom"], format!("{}T00:00:00Z", today(&simulator)));
    simulator.update(1015, [("supervisorEId", "")]).unwrap();
    assert_eq!(simulator.person(1015).unwrap().supervisor, None);
}

#[tokio::test]
async fn a_move_is_a_change_of_the_positions_department() {
    let simulator = small().await;

    simulator.update(1015, [("department", "Legal"), ("jobTitle", "Counsel")]).unwrap();

    let person = simulator.person(1015).unwrap();
    let legal = simulator.options(ListKind::Department);
    let legal = legal.iter().find(|one| one.name == "Legal").unwrap().id;
    assert_eq!((person.department, person.job_title.as_deref()), (Some(legal), Some("Counsel")));
    assert_eq!(person.option(ListKind::Department), Some(legal));
}

#[tokio::test]
async fn who_leaves_is_terminated_from_that_day_on_and_their_position_is_vacant() {
    let simulator = small().await;
    let (today, soon) = (today(&simulator), today(&simulator) + Days::new(3));
    let position = simulator.person(1010).unwrap().position.unwrap();

    simulator.terminate(1010, today).unwrap();
    simulator.terminate(1011, soon).unwrap();

    let gone = simulator.person(1010).unwrap();
    assert_eq!((gone.status, gone.termination_date), (Status::Terminated, Some(today)));
    assert_eq!(worker(&simulator, 1010).await["WorkerStatus"], "Terminated");
    let row = get(&simulator, &format!("/data/PositionsV2('{position}')")).await.json();
    assert_eq!(row["WorkerPersonnelNumber"], "");
    let leaving = simulator.person(1011).unwrap();
    assert_eq!((leaving.status, leaving.termination_date), (Status::Employed, Some(soon)));
    simulator.advance(TimeDelta::days(3));
    assert_eq!(simulator.person(1011).unwrap().status, Status::Terminated);
    assert_eq!(worker(&simulator, 1011).await["WorkerStatus"], "Terminated");
}

#[tokio::test]
async fn who_comes_back_has_the_same_number_and_a_second_employment() {
    let simulator = small().await;
    simulator.terminate(1010, today(&simulator) - Days::new(2)).unwrap();
    let employments = "/data/EmploymentsV2?$filter=PersonnelNumber eq '001010'";

    simulator.rehire(1010).unwrap();

    let back = simulator.person(1010).unwrap();
    assert_eq!((back.status, back.termination_date), (Status::Employed, None));
    assert_eq!(back.hire_date, Some(today(&simulator)));
    assert_eq!(get(&simulator, employments).await.rows().len(), 2);
    simulator.terminate(1010, today(&simulator) + Days::new(9)).unwrap();
    simulator.rehire(1010).unwrap();
    assert_eq!(simulator.person(1010).unwrap().termination_date, None, "they stay");
    assert_eq!(get(&simulator, employments).await.rows().len(), 2);
}

#[tokio::test]
async fn who_was_to_start_later_can_start_today() {
    let simulator = small().await;
    let soon = (today(&simulator) + Days::new(20)).to_string();
    let ada = [("firstName", "Ada"), ("lastName", "Byron"), ("supervisorEId", "1002")];
    let id = simulator.hire(ada.into_iter().chain([("hireDate", soon.as_str())])).unwrap();
    assert_eq!(simulator.person(id).unwrap().status, Status::Pending);

    simulator.update(id, [("hireDate", today(&simulator).to_string())]).unwrap();

    let ada = simulator.person(id).unwrap();
    assert_eq!((ada.status, ada.hire_date), (Status::Employed, Some(today(&simulator))));
    assert!(ada.position.is_some(), "their position waits for nothing");
    assert_eq!(manager(&simulator, id).await.as_deref(), Some("001002"));
}

#[tokio::test]
async fn who_takes_another_position_leaves_theirs_vacant() {
    let simulator = small().await;
    let before = simulator.person(1015).unwrap().position.unwrap();
    let position = simulator.open_position("Juggler", None);

    simulator.transfer(1015, position).unwrap();

    let after = simulator.person(1015).unwrap();
    assert_eq!(after.position, Some(personnel_number(position)));
    assert_eq!((after.job_title.as_deref(), after.status), (Some("Juggler"), Status::Employed));
    let row = get(&simulator, &format!("/data/PositionsV2('{before}')")).await.json();
    assert_eq!(row["WorkerPersonnelNumber"], "");
    assert_eq!(simulator.transfer(1015, 9), Err(Refusal::NoSuchPosition(9)));
    assert_eq!(simulator.transfer(9, position), Err(Refusal::NoSuchWorker(9)));
}

#[tokio::test]
async fn whose_record_is_erased_is_nowhere() {
    let simulator = small().await;
    let reports = simulator.people().into_iter().filter(|one| one.supervisor == Some(1002));
    let report = reports.map(|one| one.id).next().unwrap();

    simulator.delete(1002).unwrap();

    assert_eq!((simulator.person(1002), simulator.headcount()), (None, 19));
    assert_eq!(get(&simulator, "/data/Workers('001002')").await.status, 404);
    let held = "/data/PositionWorkerAssignmentsV2?$filter=PersonnelNumber eq '001002'";
    assert_eq!(get(&simulator, held).await.rows(), Vec::<Value>::new());
    let orphan = simulator.person(report).unwrap();
    assert_eq!((orphan.supervisor, orphan.climbed), (Some(1001), true));
    assert_eq!(simulator.delete(1002), Err(Refusal::NoSuchWorker(1002)));
}

#[tokio::test]
async fn a_refused_act_changes_nothing() {
    let simulator = small().await;
    let before = simulator.people();

    let nameless = simulator.hire([("firstName", "Ada")]);
    let stranger = simulator.hire([("firstName", "A"), ("lastName", "B"), ("supervisorEId", "9")]);
    let field = simulator.update(1003, [("lastName", "Changed"), ("shoeSize", "44")]);
    let day = simulator.update(1003, [("hireDate", "soon")]);
    let nobody = simulator.update(9, [("lastName", "Changed")]);

    assert_eq!(nameless, Err(Refusal::NameMissing));
    assert!(matches!(stranger, Err(Refusal::InvalidValue { .. })));
    assert_eq!(field, Err(Refusal::NoSuchField("shoeSize".to_owned())));
    assert!(matches!(day, Err(Refusal::InvalidValue { .. })));
    assert_eq!(nobody, Err(Refusal::NoSuchWorker(9)));
    assert_eq!(simulator.people(), before);
}

#[tokio::test]
async fn a_department_keeps_its_number_when_it_is_renamed() {
    let simulator = small().await;
    let first = simulator.options(ListKind::Department).remove(0);

    simulator.rename_option("department", first.id, "Steering").unwrap();
    let taken = simulator.rename_option("department", first.id, "Platform");

    let row = get(&simulator, "/data/Departments?$top=1").await.rows().remove(0);
    assert_eq!((&row["Name"], &row["OperatingUnitNumber"]), (&json!("Steering"), &json!("001")));
    assert_eq!(taken, Err(Refusal::DuplicateName));
    assert_eq!(simulator.rename_option("department", 777, "X"), Err(Refusal::NoSuchOption(777)));
}

#[tokio::test]
async fn the_same_seed_makes_up_the_same_company() {
    let config = Config { people: 200, ..Config::default() };
    let (one, same) = (start(config.clone()).await, start(config.clone()).await);
    let other = start(Config { seed: 2, ..config }).await;

    assert_eq!(one.people(), same.people());
    assert_ne!(one.people(), other.people());
    let people = one.people();
    let count = |status| people.iter().filter(|one| one.status == status).count();
    assert_eq!(count(Status::Pending), 1);
    assert!(count(Status::Terminated) > 3 && count(Status::Employed) > 150);
    assert_eq!(people.iter().filter(|one| one.supervisor.is_none()).count() - gone(&people), 1);
    let emails: std::collections::BTreeSet<_> = people.iter().map(|one| &one.work_email).collect();
    assert_eq!(emails.len(), 200);
}

/// How many have no manager because they do not work there.
fn gone(people: &[crate::dynamics::Person]) -> usize {
    let not_there = people.iter().filter(|one| one.status != Status::Employed);
    not_there.filter(|one| one.supervisor.is_none()).count()
}

#[tokio::test]
async fn bad_books_can_be_made_by_hand() {
    let simulator = cast().await;
    let always = Span::since(NaiveDate::from_ymd_opt(2020, 1, 1).unwrap());

    let position = simulator.open_position("Juggler", None);
    simulator.assign(position, 19, always, true).unwrap();
    simulator.place_below(position, "Line", Some(position), always).unwrap();
    simulator.employ(19, "GBSI", EmploymentKind::Contractor, today(&simulator), None).unwrap();

    let ruth = simulator.person(19).unwrap();
    assert_eq!((ruth.job_title.as_deref(), ruth.supervisor), (Some("Juggler"), None));
    assert_eq!(ruth.legal_entities, ["GBSI".to_owned(), "USMF".to_owned()].into());
    assert_eq!(worker(&simulator, 19).await["WorkerType"], "Both");
    assert_eq!(simulator.assign(9, 19, always, true), Err(Refusal::NoSuchPosition(9)));
}

#[tokio::test]
async fn other_programs_can_do_all_of_it() {
    let simulator = cast().await;
    let send = async |method, path: &str, body| {
        let answer = control(&simulator, method, path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    };
    let ada = json!({"firstName": "Ada", "lastName": "Byron", "department": "Engines"});

    let id = send(Method::POST, "people", ada).await["id"].as_u64().unwrap();
    let path = format!("people/{id}");
    send(Method::PATCH, &path, json!({"supervisorEId": 13})).await;
    let seen = send(Method::GET, &path, nothing()).await;
    let employment = json!({"legalEntity": "GBSI", "kind": "Contractor", "start": "2026-01-01"});
    send(Method::POST, &format!("{path}/employments"), employment).await;
    let opened = send(Method::POST, "positions", json!({"title": "Second"})).await["id"].clone();
    let held = json!({"worker": id, "from": "2026-01-01T00:00:00Z", "to": null, "primary": false});
    send(Method::POST, &format!("positions/{opened}/assignments"), held).await;
    let place =
        json!({"hierarchy": "Line", "parent": 100, "from": "2026-01-01T00:00:00Z", "to": null});
    send(Method::POST, &format!("positions/{opened}/place"), place).await;
    send(Method::POST, &format!("{path}/transfer"), json!({"position": opened})).await;
    send(Method::POST, &format!("{path}/terminate"), json!({"date": "2026-02-01"})).await;
    send(Method::POST, &format!("{path}/rehire"), nothing()).await;
    send(Method::PUT, "lists/department/1", json!({"name": "Steering"})).await;
    let lists = send(Method::GET, "lists/department", nothing()).await;
    send(Method::POST, "tokens/expire", nothing()).await;
    send(Method::POST, "clock/advance", json!({"seconds": 60})).await;
    send(Method::PUT, "clock", json!({"now": "2026-12-01T10:00:00Z"})).await;
    let people = send(Method::GET, "people", nothing()).await;
    send(Method::DELETE, &path, nothing()).await;

    assert_eq!((&seen["supervisor"], &seen["lastName"]), (&json!(13), &json!("Byron")));
    assert_eq!(seen["personnelNumber"], personnel_number(id));
    assert_eq!(lists[0]["name"], "Steering");
    assert_eq!(people.as_array().unwrap().len(), 42);
    assert_eq!(simulator.person(id), None);
    let requests = send(Method::GET, "requests", nothing()).await;
    assert_eq!(requests, json!({}), "control calls are not counted");
}
