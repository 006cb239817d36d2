//! Recordings made by hand: what the sets beside the workers say, and what follows from half of it.

use rollcall_domain::connection::Surface;
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Standing};
use serde_json::{Value, json};

use super::by_hand::{Company, OPEN, employment, now, worker};
use super::told;
use crate::providers::dynamics::reading::Reading;
use crate::providers::dynamics::sets::Set;

fn assignment(position: &str, number: &str, more: Value) -> Value {
    let mut row = json!({
        "PositionId": position, "PersonnelNumber": number, "ValidFrom": "2020-01-01T00:00:00Z",
        "ValidTo": OPEN, "IsPrimaryPosition": "Yes",
    });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

fn position(id: &str, title: &str) -> Value {
    json!({
        "PositionId": id, "Description": "", "JobId": "", "TitleId": title,
        "DepartmentNumber": "023",
    })
}

fn below(position: &str, parent: &str, from: &str) -> Value {
    json!({
        "PositionId": position, "HierarchyTypeName": "Line", "ValidFrom": from, "ValidTo": OPEN,
        "ParentPositionId": parent,
    })
}

/// Two people, the second below the first.
fn two() -> Company {
    Company::default()
        .with(Set::Departments, &[json!({ "OperatingUnitNumber": "023", "Name": "Finance" })])
        .with(Set::Positions, &[position("P1", "Head"), position("P2", "Clerk")])
        .with(Set::Hierarchy, &[below("P2", "P1", "2020-01-01T00:00:00Z")])
}

fn workers(company: Company) -> Company {
    let open = |number| employment(number, "2020-01-01T00:00:00Z", OPEN);
    company
        .with(Set::Employments, &[open("1"), open("2")])
        .with(Set::Workers, &[worker("1", json!({})), worker("2", json!({}))])
}

fn second(company: &Company) -> Employee {
    company.read().unwrap().1.pop().unwrap()
}

#[test]
fn a_holder_who_can_t_be_read_is_not_climbed_past() {
    for (odd, expected) in [
        (json!({}), Some("1")),
        (json!({ "ValidTo": "later" }), None),
        (json!({ "PersonnelNumber": [] }), None),
    ] {
        let places = [assignment("P1", "1", odd.clone()), assignment("P2", "2", json!({}))];
        let company = workers(two().with(Set::Assignments, &places));
        let second = second(&company);
        assert_eq!(told(&second, Field::Manager), expected, "{odd}");
        assert_eq!(second.seen.contains_key(&Field::Manager), expected.is_some(), "{odd}");
        assert_eq!(told(&second, Field::JobTitle), Some("Clerk"), "{odd}");
    }
}

#[test]
fn what_was_or_will_be_so_does_not_count_on_the_company_s_day() {
    for (from, to, counts) in [
        ("2020-01-01T00:00:00Z", OPEN, true),
        ("1900-01-01T00:00:00Z", "2154-12-31T12:00:00Z", true),
        // Noon stands for the whole of the last day.
        ("2020-01-01T12:00:00Z", "2026-11-29T12:00:00Z", true),
        ("2020-01-01T00:00:00Z", "2026-11-28T23:59:59Z", false),
        // It is still the 29th there.
        ("2026-11-30T00:00:00Z", OPEN, false),
    ] {
        let place = json!({ "ValidFrom": from, "ValidTo": to });
        let places = [assignment("P1", "1", json!({})), assignment("P2", "2", place)];
        let mut company = workers(two().with(Set::Assignments, &places));
        company.rules.zone = Some("America/Los_Angeles".to_owned());
        let title = second(&company).seen[&Field::JobTitle].clone();
        assert_eq!(title.is_some(), counts, "{from} {to}");
    }
}

#[test]
fn the_last_day_of_an_employment_lasts_as_long_as_the_company_s_day() {
    for (end, zone, standing) in [
        ("2026-11-29T23:59:59Z", "America/Los_Angeles", Standing::Active),
        ("2026-11-29T23:59:59Z", "UTC", Standing::Inactive),
        ("2026-11-29", "America/Los_Angeles", Standing::Active),
        ("2026-11-30", "UTC", Standing::Active),
        ("2026-11-29T12:00:00Z", "America/Los_Angeles", Standing::Active),
        // From that day on no longer.
        ("2026-11-30T00:00:00Z", "UTC", Standing::Inactive),
        ("2026-11-30T00:00:00Z", "America/Los_Angeles", Standing::Active),
        // The last second of the 29th in Los Angeles is a time in UTC.
        ("2026-11-30T07:59:58Z", "America/Los_Angeles", Standing::Active),
    ] {
        let mut company = Company::default()
            .with(Set::Employments, &[employment("1", "2020-01-01T00:00:00Z", end)])
            .with(Set::Workers, &[worker("1", json!({}))]);
        company.rules.zone = Some(zone.to_owned());
        let today = now().with_timezone(&zone.parse::<chrono_tz::Tz>().unwrap()).date_naive();
        let (_, people) = company.read().unwrap();
        assert_eq!(people[0].standing(today), standing, "{end} {zone}");
    }
}

#[test]
fn a_department_whose_name_can_t_be_read_is_not_called_by_its_number() {
    for (name, listed) in [(json!("Finance"), true), (json!(""), true), (json!([]), false)] {
        let row = json!({ "OperatingUnitNumber": "023", "Name": name });
        let company = Company::default()
            .with(Set::Departments, &[row])
            .with(Set::Workers, &[worker("1", json!({}))]);
        assert_eq!(company.read().unwrap().0.option_ids, listed, "{name}");
    }
}

#[test]
fn a_record_that_can_t_be_read_does_not_stand_in_for_one_that_did_not_come() {
    let rows = [employment("1", "2020-01-01T00:00:00Z", OPEN), employment("2", "soon", OPEN)];
    let page = json!({ "@odata.count": 3, "value": rows }).to_string();
    let company = Company::default()
        .saying(Set::Employments, &page)
        .with(Set::Workers, &[worker("1", json!({})), worker("3", json!({}))]);
    let (summary, people) = company.read().unwrap();
    assert!(summary.omitted.contains(&Field::HireDate), "{summary:?}");
    assert!(people.iter().all(|person| !person.seen.contains_key(&Field::HireDate)));
}

#[test]
fn an_empty_link_is_none() {
    let mut reading = Reading::new(Company::default().rules);
    for (link, expected) in [("", None), ("https://acme.example/2", Some("https://acme.example/2"))]
    {
        reading.begin_page(Set::Jobs).unwrap();
        let page = json!({ "value": [], "@odata.nextLink": link }).to_string();
        reading.push(page.as_bytes(), &mut vec![]).unwrap();
        reading.end_page().unwrap();
        assert_eq!(reading.page_end().next.as_deref(), expected);
    }
}

#[test]
fn an_employment_without_a_first_day_began_when_they_were_hired() {
    for (hired, expected) in [
        (json!("2015-01-05T12:00:00Z"), Some(Some("2015-01-05"))),
        (json!("1900-01-01T00:00:00Z"), Some(None)),
        (json!("soon after"), Some(None)),
        (json!([]), None),
    ] {
        let company = Company::default()
            .with(Set::Employments, &[employment("1", "1900-01-01T00:00:00Z", OPEN)])
            .with(Set::Workers, &[worker("1", json!({ "OriginalHireDateTime": hired }))]);
        let person = company.read().unwrap().1.remove(0);
        let found = person.seen.contains_key(&Field::HireDate);
        let found = found.then(|| told(&person, Field::HireDate));
        assert_eq!(found, expected, "{hired}");
    }
}

#[test]
fn nobody_is_found_by_the_key_of_a_record() {
    let row = |number: Value| {
        json!({
            "cdm_workerid": "00000000-0000-4000-8000-000000000001", "cdm_workernumber": number,
            "cdm_firstname": "Mira", "cdm_lastname": "Osei", "cdm_status": 754_400_000,
        })
    };
    for (number, people) in [(json!("000041"), 1), (json!(null), 0), (json!(["000041"]), 0)] {
        let mut company = Company::default().with(Set::Workers, &[row(number.clone())]);
        company.rules.surface = Surface::Dataverse;
        let (summary, found) = company.read().unwrap();
        assert_eq!((found.len(), summary.unreadable), (people, 1 - people as u64), "{number}");
    }
}

#[test]
fn an_employment_in_nobody_knows_which_legal_entity_takes_nobody_out_of_scope() {
    let mut odd = employment("1", "2020-01-01T00:00:00Z", OPEN);
    odd["LegalEntityId"] = json!({});
    let mut company = Company::default()
        .with(Set::Employments, &[odd])
        .with(Set::Workers, &[worker("1", json!({}))]);
    company.rules.legal_entities = vec!["usmf".to_owned()];
    let (summary, people) = company.read().unwrap();
    assert_eq!((summary.unreadable, summary.complete, people.len()), (1, false, 0));
    assert_eq!(summary.second_count, Some(1), "they are counted among those in scope");
}

#[test]
fn the_worker_above_whom_dataverse_names_is_kept_where_it_can_t_be_read() {
    let key = |at: u32| format!("00000000-0000-4000-8000-{at:012}");
    for (named, expected) in [
        (json!(key(2)), Some(Some("000042"))),
        (json!(null), Some(None)),
        (json!(key(1)), Some(None)),
        (json!([]), None),
        (json!(key(9)), None),
    ] {
        let numbers = [(1, "000041"), (2, "000042")]
            .map(|(at, number)| json!({ "cdm_workerid": key(at), "cdm_workernumber": number }));
        let mira = json!({
            "cdm_workerid": key(1), "cdm_workernumber": "000041", "cdm_firstname": "Mira",
            "cdm_lastname": "Osei", "cdm_status": "754400000", "_cdm_managerworkerid_value": named,
        });
        let mut company =
            Company::default().with(Set::Numbers, &numbers).with(Set::Workers, &[mira]);
        company.rules.surface = Surface::Dataverse;
        let person = company.read().unwrap().1.remove(0);
        let found = person.seen.contains_key(&Field::Manager);
        assert_eq!(found.then(|| told(&person, Field::Manager)), expected, "{named}");
    }
}

#[test]
fn numbers_may_be_written_as_numbers_and_nothing_as_null() {
    let mira = worker(
        "x",
        json!({ "PersonnelNumber": 41, "KnownAs": null, "PrimaryContactPhone": 441_134, "TitleId": null }),
    );
    let (summary, people) = Company::default().with(Set::Workers, &[mira]).read().unwrap();
    assert!(summary.complete, "{summary:?}");
    assert_eq!(people[0].source_id, "41");
    assert_eq!(told(&people[0], Field::FirstName), Some("Mira"));
    assert_eq!(told(&people[0], Field::Phone), Some("441134"));
}

#[test]
fn what_is_switched_off_in_dataverse_does_not_count_and_makes_nobody_inactive() {
    let (mira, place) = ("00000000-0000-4000-8000-000000000001", "P");
    let start = "2020-01-01T00:00:00Z";
    let row = |at: u32, off: bool, more: Value| {
        let mut row = json!({ "statecode": u8::from(off), "_cdm_workerid_value": mira });
        row["cdm_employmentid"] = json!(at);
        row["cdm_positionworkerassignmentmapid"] = json!(at);
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let employed = |end: &str| {
        json!({
            "_cdm_companyid_value": null, "cdm_employmentstartdate": start,
            "cdm_employmentenddate": end, "cdm_workertype": 754_400_000,
        })
    };
    let held = |position: &str| json!({ "_cdm_jobpositionid_value": position, "cdm_validfrom": start, "cdm_validto": null });
    let position = |id: &str, title: &str| {
        json!({
            "cdm_jobpositionid": id, "cdm_jobpositionnumber": id, "cdm_description": title,
            "_cdm_jobid_value": null, "_cdm_titleid_value": null, "_cdm_departmentid_value": null,
            "_cdm_parentjobpositionid_value": null,
        })
    };
    let of = |state: u8| {
        let worker = json!({
            "cdm_workerid": mira, "cdm_workernumber": "000041", "cdm_firstname": "Mira",
            "cdm_lastname": "Osei", "cdm_status": 754_400_000, "statecode": state,
        });
        let employments =
            [row(1, true, employed("2021-01-01T00:00:00Z")), row(2, false, employed(OPEN))];
        let mut company = Company::default()
            .with(Set::Positions, &[position("A", "Old"), position(place, "New")])
            .with(Set::Assignments, &[row(1, true, held("A")), row(2, false, held(place))])
            .with(Set::Employments, &employments)
            .with(Set::Workers, &[worker]);
        company.rules.surface = Surface::Dataverse;
        company.read().unwrap().1.remove(0)
    };
    for state in [0, 1] {
        let person = of(state);
        assert_eq!(told(&person, Field::JobTitle), Some("New"));
        assert_eq!(person.standing(now().date_naive()), Standing::Active);
        assert_eq!(person.seen[&Field::TerminationDate], None);
    }
}

#[test]
fn a_hierarchy_is_found_however_its_name_is_cased() {
    for (hierarchy, expected) in [("Line", Some("1")), ("LINE", Some("1")), ("Matrix", None)] {
        let places = [assignment("P1", "1", json!({})), assignment("P2", "2", json!({}))];
        let mut company = workers(two().with(Set::Assignments, &places));
        company.rules.hierarchy = hierarchy.to_owned();
        assert_eq!(told(&second(&company), Field::Manager), expected, "{hierarchy}");
    }
}

#[test]
fn two_records_of_one_number_both_come_whatever_their_keys() {
    let row = |key: u32, first: &str| {
        json!({
            "cdm_workerid": format!("00000000-0000-4000-8000-{key:012}"),
            "cdm_workernumber": "000041", "cdm_firstname": first, "cdm_lastname": "Osei",
            "cdm_status": 754_400_000,
        })
    };
    for second in ["Mira", "Mina"] {
        let rows = [row(1, "Mira"), row(2, second)];
        let mut company = Company::default().with(Set::Workers, &rows);
        company.rules.surface = Surface::Dataverse;
        let (summary, people) = company.read().unwrap();
        assert_eq!((people.len(), summary.employees, summary.complete), (2, 2, true), "{second}");
    }
}
