//! Recordings made by hand: what damaged and contradictory records are worth.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::connection::{Surface, Vacancy};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Standing, Status};
use serde_json::{Value, json};

use super::told;
use crate::providers::dynamics::Player;
use crate::providers::dynamics::book::Rules;
use crate::providers::dynamics::recording::Head;
use crate::providers::dynamics::sets::{self, Set};
use crate::providers::frames::Head as _;
use crate::providers::{ProviderError, ReadSummary, Replay};

pub(super) fn now() -> DateTime<Utc> {
    "2026-11-30T02:00:00Z".parse().unwrap()
}

/// What each set says, as one page of raw JSON; nothing unless given.
pub(super) struct Company {
    pub(super) rules: Rules,
    pages: Vec<(Set, String)>,
}

impl Default for Company {
    fn default() -> Company {
        let rules = Rules {
            surface: Surface::FinanceOperations,
            now: now(),
            zone: Some("UTC".to_owned()),
            hierarchy: "Line".to_owned(),
            vacancy: Vacancy::Climb,
            legal_entities: vec![],
        };
        Company { rules, pages: vec![] }
    }
}

impl Company {
    pub(super) fn with(self, set: Set, rows: &[Value]) -> Company {
        let count = rows.len();
        self.saying(set, &json!({ "@odata.count": count, "value": rows }).to_string())
    }

    pub(super) fn saying(mut self, set: Set, page: &str) -> Company {
        self.pages.push((set, page.to_owned()));
        self
    }

    pub(super) fn read(&self) -> Result<(ReadSummary, Vec<Employee>), ProviderError> {
        let (rules, surface) = (self.rules.clone(), self.rules.surface);
        let scoped = !rules.legal_entities.is_empty();
        let (mut player, mut pages) = (Box::new(Player::new()), Vec::new());
        player.push(&Head::Read { rules }.line(), &mut pages)?;
        let tables = sets::tables(surface).iter();
        for table in tables.filter(|table| table.set != Set::Companies || scoped) {
            let said = self.pages.iter().find(|(set, _)| *set == table.set);
            let nothing = r#"{"@odata.count":0,"value":[]}"#;
            let page = said.map_or(nothing, |(_, page)| page);
            let (set, bytes) = (table.set, page.len());
            player.push(&Head::Page { set, bytes }.line(), &mut pages)?;
            player.push(page.as_bytes(), &mut pages)?;
            player.push(&Head::Done { set, without: Default::default() }.line(), &mut pages)?;
        }
        player.push(&Head::End.line(), &mut pages)?;
        let summary = player.finish(&mut pages)?;
        Ok((summary, pages.concat()))
    }
}

pub(super) fn worker(number: &str, more: Value) -> Value {
    let mut worker = json!({
        "PersonnelNumber": number, "FirstName": "Mira", "LastName": "Osei", "KnownAs": "",
        "LastNamePrefix": "", "PrimaryContactEmail": "", "PrimaryContactEmailIsPrivate": "No",
        "IdentityEmail": "", "PrimaryContactPhone": "", "WorkerStatus": "Employed",
        "TitleId": "", "OriginalHireDateTime": "1900-01-01T00:00:00Z", "OfficeLocation": "",
    });
    worker.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    worker
}

pub(super) fn employment(number: &str, start: &str, end: &str) -> Value {
    json!({
        "PersonnelNumber": number, "LegalEntityId": "usmf", "EmploymentStartDate": start,
        "EmploymentEndDate": end, "WorkerType": "Employee",
    })
}

pub(super) const OPEN: &str = "2154-12-31T23:59:59Z";

#[test]
fn a_read_is_complete_only_if_everything_counted_came_and_could_be_read() {
    let one = worker("1", json!({})).to_string();
    for (page, complete) in [
        (format!(r#"{{"@odata.count":1,"value":[{one}]}}"#), true),
        (format!(r#"{{"@odata.count":"1","value":[{one}]}}"#), true),
        (format!(r#"{{"@odata.count":2,"value":[{one}]}}"#), false),
        (format!(r#"{{"value":[{one}]}}"#), false),
        (format!(r#"{{"@odata.count":2,"value":[{one},7]}}"#), false),
        (format!(r#"{{"@odata.count":2,"value":[{one},{{"PersonnelNumber":""}}]}}"#), false),
        (format!(r#"{{"@odata.count":2,"value":[{one},{{"PersonnelNumber":}}]}}"#), false),
        (r#"{"@odata.count":0,"value":[]}"#.to_owned(), false),
    ] {
        let (summary, _) = Company::default().saying(Set::Workers, &page).read().unwrap();
        assert_eq!(summary.complete, complete, "{page}");
    }
    for page in ["{\"value\":{}}", "{}", "{\"value\":[", "<html>", "[]"] {
        assert!(Company::default().saying(Set::Workers, page).read().is_err(), "{page}");
    }
}

#[test]
fn a_damaged_text_is_noted_of_its_person_and_spoils_nobody_else() {
    let good = worker("1", json!({})).to_string();
    let broken = good.replace("\"1\"", "\"2\"").replace("Mira", "\\ud83c");
    let page = format!(r#"{{"@odata.count":2,"value":[{good},{broken}]}}"#);
    let (summary, people) = Company::default().saying(Set::Workers, &page).read().unwrap();

    assert_eq!((summary.damaged, summary.complete), (1, false));
    assert_eq!(people[0].unreadable, []);
    assert_eq!(people[1].unreadable, [Field::FirstName]);
    assert_eq!(told(&people[1], Field::LastName), Some("Osei"));
}

#[test]
fn dates_win_over_a_word_and_a_word_nobody_knows_over_dates() {
    let day = |days: i64| (now() + TimeDelta::days(days)).format("%Y-%m-%dT12:00:00Z").to_string();
    let ended = |days| employment("1", &day(-900), &day(days));
    let past = ended(-100);
    let current = employment("1", &day(-50), OPEN);
    let next = employment("1", &day(30), OPEN);
    let leaving = employment("1", &day(-50), &day(30));
    for (word, employments, standing) in [
        ("Terminated", vec![current.clone()], Standing::Active),
        ("Employed", vec![ended(-1)], Standing::Inactive),
        // Whoever is employed has an employment that is kept from us.
        ("Employed", vec![past.clone()], Standing::Active),
        ("Terminated", vec![past.clone()], Standing::Inactive),
        ("Employed", vec![past.clone(), current.clone()], Standing::Active),
        ("Employed", vec![leaving], Standing::Active),
        ("Employed", vec![next.clone()], Standing::NotStarted),
        ("Pending", vec![next.clone()], Standing::NotStarted),
        ("Pending", vec![past, next], Standing::Inactive),
        ("Pending", vec![], Standing::NotStarted),
        ("Employed", vec![], Standing::Active),
        ("Terminated", vec![], Standing::Inactive),
        ("Sabbatical", vec![current.clone()], Standing::Unknown),
        ("", vec![current], Standing::Unknown),
    ] {
        let company = Company::default()
            .with(Set::Employments, &employments)
            .with(Set::Workers, &[worker("1", json!({ "WorkerStatus": word }))]);
        let (_, people) = company.read().unwrap();
        let found = people[0].standing(now().date_naive());
        assert_eq!(found, standing, "{word} {employments:?}");
    }
}

#[test]
fn both_sentinels_stand_for_no_day() {
    let company = Company::default()
        .with(Set::Employments, &[employment("1", "1900-01-01T12:00:00Z", "2154-12-31T12:00:00Z")])
        .with(Set::Workers, &[worker("1", json!({}))]);
    let (summary, people) = company.read().unwrap();
    assert!(summary.complete);
    assert_eq!((people[0].status, people[0].starts_on), (Status::Active, None));
    assert_eq!(people[0].seen[&Field::HireDate], None);
    assert_eq!(people[0].seen[&Field::TerminationDate], None);
}

#[test]
fn half_a_set_says_nothing_of_anybody() {
    let row = json!({ "OperatingUnitNumber": "023", "Name": "Finance" });
    let page = json!({ "@odata.count": 2, "value": [row] }).to_string();
    let company = Company::default()
        .saying(Set::Departments, &page)
        .with(Set::Workers, &[worker("1", json!({}))]);
    let (summary, people) = company.read().unwrap();
    assert_eq!((summary.complete, summary.option_ids), (false, false));
    assert_eq!(summary.omitted, [Field::Departments]);
    assert!(!people[0].seen.contains_key(&Field::Departments));
}

#[test]
fn an_employment_without_readable_days_makes_the_set_incomplete() {
    let company = Company::default()
        .with(Set::Employments, &[employment("1", "soon", OPEN)])
        .with(Set::Workers, &[worker("1", json!({}))]);
    assert!(!company.read().unwrap().0.complete);
}
