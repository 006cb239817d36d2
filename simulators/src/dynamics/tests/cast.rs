//! The cast: the table of the documentation is what the books say.

use chrono::{Days, NaiveDate};

use super::{cast, start};
use crate::dynamics::{Config, ListKind, Person, Simulator, personnel_number};

const DOCUMENTED: &str = include_str!("../../../DYNAMICS.md");

/// The rows of the table, without the reason at the end.
fn documented() -> Vec<Vec<String>> {
    let rows = DOCUMENTED.lines().filter(|line| line.starts_with("| 0000"));
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).take(10).collect()
    };
    rows.map(cells).collect()
}

/// Somebody as the table has them.
fn row(simulator: &Simulator, one: &Person) -> Vec<String> {
    let today = simulator.clock().date_naive();
    let text = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let day = |day: Option<NaiveDate>| {
        text(day.map(|day| match day {
            day if day == today + Days::new(1) => "today+1".to_owned(),
            day if day == today + Days::new(30) => "today+30".to_owned(),
            day if day == today - Days::new(1) => "today-1".to_owned(),
            day => day.to_string(),
        }))
    };
    let department = one.department.and_then(|id| simulator.option_name(ListKind::Department, id));
    vec![
        one.personnel_number.clone(),
        one.full_name(),
        text(one.work_email.clone()),
        text(one.job_title.clone()),
        text(department),
        text(one.supervisor.map(personnel_number)),
        one.status.as_str().to_owned(),
        text(one.employment_type.map(|kind| kind.as_str().to_owned())),
        day(one.hire_date),
        day(one.termination_date),
    ]
}

#[tokio::test]
async fn the_cast_is_as_documented() {
    let simulator = cast().await;

    let people = simulator.people();

    let rows: Vec<Vec<String>> = people.iter().map(|one| row(&simulator, one)).collect();
    assert!(rows.len() >= 40);
    for (row, documented) in rows.iter().zip(documented()) {
        assert_eq!(*row, documented);
    }
    assert_eq!(rows.len(), documented().len());
}

#[tokio::test]
async fn what_the_table_has_no_column_for() {
    let simulator = cast().await;
    let person = |id| simulator.person(id).unwrap();

    assert_eq!(person(38).preferred_name.as_deref(), Some("Piet"));
    assert_eq!(person(14).legal_entities.len(), 2);
    assert_eq!(person(49).legal_entities, ["DEMF".to_owned()].into());
    let climbed = simulator.people().into_iter().filter(|one| one.climbed);
    assert_eq!(climbed.map(|one| one.id).collect::<Vec<_>>(), [23, 51]);
}

#[tokio::test]
async fn the_cast_moves_on_with_the_days() {
    let simulator = cast().await;

    simulator.advance(chrono::TimeDelta::days(31));

    let status = |id| simulator.person(id).unwrap().status.as_str();
    assert_eq!((status(17), status(45), status(46)), ("Employed", "Terminated", "Employed"));
    let person = |id| simulator.person(id).unwrap();
    assert_eq!(person(22).job_title.as_deref(), Some("Analyst"), "the older primary one");
    assert_eq!(person(47).supervisor, Some(11));
    assert_eq!(
        (person(17).job_title.as_deref(), person(17).supervisor),
        (Some("Engineer"), Some(13))
    );
}

#[tokio::test]
async fn made_up_people_work_beside_the_cast() {
    let simulator = start(Config { people: 10, fixtures: true, ..Config::default() }).await;

    let ids: Vec<u64> = simulator.people().into_iter().map(|one| one.id).collect();

    assert_eq!(ids, (11..52).chain(1001..1011).collect::<Vec<_>>());
}

#[tokio::test]
async fn days_count_from_the_clock_that_is_set() {
    let now = "2026-11-22T02:00:00Z".parse().unwrap();
    let config = Config { people: 5, fixtures: true, now: Some(now), ..Config::default() };
    let simulator = start(config).await;

    assert_eq!(simulator.person(17).unwrap().hire_date, "2026-11-23".parse().ok());
    assert_eq!(simulator.person(18).unwrap().termination_date, "2026-11-21".parse().ok());
    assert!(simulator.clock() - now < chrono::TimeDelta::minutes(1));
}
