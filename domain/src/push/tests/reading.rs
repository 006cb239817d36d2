//! What is read from a body that was accepted.

use std::collections::BTreeSet;

use super::*;
use crate::field::{Field, Value as Told};
use crate::plan::{self, Status, UnitOption};
use crate::unit::Kind;

fn text(employee: &Employee, field: Field) -> Option<&str> {
    employee.seen[&field].as_ref().and_then(Told::text)
}

fn departments(employee: &Employee) -> Vec<&str> {
    let told = employee.seen[&Field::Departments].as_ref();
    told.map_or(&[][..], Told::list).iter().map(String::as_str).collect()
}

fn option(source_key: &str, name: &str, parent: Option<&str>) -> UnitOption {
    UnitOption {
        kind: Kind::Department,
        source_key: source_key.to_owned(),
        name: name.to_owned(),
        parent: parent.map(str::to_owned),
    }
}

#[test]
fn the_example_of_the_contract_is_john_doe() {
    let (people, summary) = read(EXAMPLE.as_bytes(), &Taking::default(), 11);
    let john = &people[0];
    assert_eq!((john.source_id.as_str(), john.status), ("1FdzdQf35CffSd53", Status::Active));
    assert_eq!((john.starts_on, john.ends_on), (None, None));
    for (field, told) in [
        (Field::FirstName, "John"),
        (Field::LastName, "Doe"),
        (Field::Email, "john.doe@7geese.com"),
        (Field::JobTitle, "VP Engineering"),
        (Field::Phone, "+1 223-334-4355"),
        (Field::EmployeeNumber, "E123556"),
        (Field::HireDate, "2016-10-25"),
        (Field::Manager, "E9923443"),
    ] {
        assert_eq!(text(john, field), Some(told), "{field:?}");
    }
    assert!(text(john, Field::PhotoUrl).unwrap().ends_with("765-default-avatar.png"));
    assert_eq!(
        departments(john),
        [
            "path:engineering > mobile team",
            "path:customer success > support > mobile support",
            "path:sales > sales engineer",
        ]
    );
    assert_eq!((summary.users, summary.damaged, summary.warnings), (1, 0, Warnings::default()));
    let support = Some("path:customer success > support");
    assert_eq!(
        summary.options[..3],
        [
            option("path:customer success", "Customer Success", None),
            option("path:customer success > support", "Support", Some("path:customer success")),
            option("path:customer success > support > mobile support", "Mobile Support", support),
        ]
    );
    assert_eq!(summary.options.len(), 7);
}

#[test]
fn what_is_left_out_is_not_told_and_what_is_empty_clears() {
    let told = read_one(ada());
    let fields: Vec<Field> = told.seen.into_keys().collect();
    assert_eq!(fields, [Field::FirstName, Field::LastName, Field::Email]);

    let told = read_one(with(json!({
        "job_title": " ",
        "hire_date": "",
        "departments": [],
        "manager": { "hris_id": "" },
        "profile_image": { "url": "" },
    })));
    for field in
        [Field::JobTitle, Field::HireDate, Field::Departments, Field::Manager, Field::PhotoUrl]
    {
        assert_eq!(told.seen[&field], None, "{field:?}");
    }
    assert!(told.unreadable.is_empty());
}

#[test]
fn who_is_not_active_is_inactive_whatever_the_dates_say() {
    let told = read_one(with(json!({ "active": false, "hire_date": "2099-01-01" })));
    assert_eq!((told.status, told.starts_on), (Status::Inactive, None));
    let told = read_one(with(json!({ "hire_date": "2099-01-01" })));
    assert_eq!((told.status, told.starts_on), (Status::Active, None));
}

#[test]
fn a_day_that_is_none_keeps_what_is_known() {
    for day in ["2016-10-25", "2016-10-25T00:00:00Z", " 2016-10-25 00:00:00 "] {
        let told = read_one(with(json!({ "hire_date": day })));
        assert_eq!(text(&told, Field::HireDate), Some("2016-10-25"), "{day}");
    }
    for day in ["25/10/2016", "2016-02-30", "2016-1-5", "2016-10-255", "+2016-10-2", "yesterday"] {
        let told = read_one(with(json!({ "hire_date": day })));
        assert_eq!(told.unreadable, [Field::HireDate], "{day}");
        assert!(!told.seen.contains_key(&Field::HireDate));
    }
}

#[test]
fn text_is_kept_as_a_person_reads_it() {
    let told = read_one(with(json!({
        "hris_id": " E\u{0}1\u{a0}",
        "first_name": " Zoe\u{308} ",
        "job_title": "x".repeat(3_000),
        "manager": { "hris_id": "\u{feff}E2 " },
    })));
    assert_eq!(told.source_id, "E1");
    assert_eq!(text(&told, Field::FirstName), Some("Zoë"));
    assert_eq!(text(&told, Field::JobTitle).unwrap().len(), 2_000);
    assert_eq!(text(&told, Field::Manager), Some("E2"));
}

#[test]
fn a_path_is_the_same_however_it_is_written() {
    let paths =
        ["Engines > Mobile", "engines>MOBILE", " > Engines > > Mobile\u{a0}>", ">", "", "Engines"];
    let told = read_one(with(json!({ "departments": paths })));
    assert_eq!(departments(&told), ["path:engines > mobile", "path:engines"]);
    assert_eq!(path_key("Caf\u{e9} > B"), path_key("CAFE\u{301}>b"));
    assert_ne!(path_key("A > B"), path_key("X > B"));
    assert_eq!(path_key(" > >"), None);
}

#[test]
fn a_department_has_one_name_whoever_comes_first() {
    let user = |id: &str, path: &str| with(json!({ "hris_id": id, "departments": [path] }));
    let users =
        [user("1", "engines > mobile"), user("2", "ENGINES > Mobile"), user("3", "Engines")];
    let backwards: Vec<Value> = users.iter().rev().cloned().collect();
    let (_, first) = read(&body(&users), &Taking::default(), 1_000);
    let (_, second) = read(&body(&backwards), &Taking::default(), 1_000);
    assert_eq!(first.options, second.options);
    let names: Vec<&str> = first.options.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["ENGINES", "Mobile"]);
}

#[test]
fn fields_that_are_not_chosen_are_not_told() {
    let fields = BTreeSet::from([Field::FirstName, Field::PreferredName]);
    let taking = Taking { fields, ignored: Ignored::default() };
    let (people, summary) = read(EXAMPLE.as_bytes(), &taking, 64);
    assert_eq!(people[0].seen.keys().collect::<Vec<_>>(), [&Field::FirstName]);
    assert_eq!(summary.options, []);
}

#[test]
fn whoever_is_ignored_says_nothing() {
    let people: plan::Ignored = ["e1", "GRACE@example.com"].iter().collect();
    let taking = Taking { ignored: Ignored::new(people, &[]), ..Taking::default() };
    let users = [
        with(json!({ "departments": ["A"], "active": false })),
        with(json!({ "hris_id": "E2", "email": "grace@EXAMPLE.com", "departments": ["B"] })),
        with(json!({ "hris_id": "E11", "departments": ["C"] })),
    ];
    let (people, summary) = read(&body(&users), &taking, 50);
    let standing: Vec<Status> = people.iter().map(|one| one.status).collect();
    assert_eq!(standing, [Status::Ignored, Status::Ignored, Status::Active]);
    assert!(people[0].seen.is_empty() && people[1].seen.is_empty());
    assert_eq!(summary.options, [option("path:c", "C", None)]);
}

#[test]
fn departments_that_are_ignored_are_neither_made_nor_filled() {
    let ignored = Ignored::new(plan::Ignored::default(), &["b > C".into(), "D".into(), " ".into()]);
    let taking = Taking { ignored, ..Taking::default() };
    let paths = ["A", "B > c", "B > C > X", "B", "B > Cx", "d", "A > D"];
    let (people, summary) = read(&body(&[with(json!({ "departments": paths }))]), &taking, 50);
    assert_eq!(departments(&people[0]), ["path:a", "path:b", "path:b > cx", "path:a > d"]);
    let keys: Vec<&str> = summary.options.iter().map(|one| one.source_key.as_str()).collect();
    assert_eq!(keys, ["path:a", "path:a > d", "path:b", "path:b > cx"]);
}

#[test]
fn ids_that_look_like_addresses_are_warned_of() {
    let user = |id: &str| with(json!({ "hris_id": id }));
    let users: Vec<Value> = (0..12).map(|n| user(&format!("p{n}@example.com"))).collect();
    let mut all = vec![user("E1"), user("@x"), user("a@b"), user("a b@c.d")];
    all.extend(users);
    let (_, summary) = read(&body(&all), &Taking::default(), 500);
    assert_eq!(summary.warnings.address_ids, 12);
    assert_eq!(summary.warnings.examples.len(), 10);
    assert_eq!(summary.warnings.examples[0], "p0@example.com");
}

#[test]
fn people_come_in_pages_whatever_the_pieces() {
    let users: Vec<Value> =
        (0..2_300).map(|n| with(json!({ "hris_id": n.to_string(), "x": "}{]\\\"" }))).collect();
    for body in [body(&users), lines(&users)] {
        let mut reader = Reader::new(Taking::default());
        let mut pages = Vec::new();
        body.chunks(777).for_each(|piece| reader.push(piece, &mut pages).unwrap());
        assert_eq!(reader.finish(&mut pages).unwrap().users, 2_300);
        let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(sizes, [1_000, 1_000, 300]);
        let ids: Vec<String> = pages.concat().into_iter().map(|one| one.source_id).collect();
        assert_eq!(ids, (0..2_300).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn the_list_is_found_wherever_it_stands() {
    let users = json!([ada(), with(json!({ "hris_id": "E2" }))]);
    for document in [
        format!(r#"{{"a": {{"users": [1, 2]}}, "users": {users}, "b": [{{"c": "]"}}]}}"#),
        format!(r#"{{"a": ["users", []], "x": "users", "\u0075sers" : {users} }} "#),
        format!("\u{feff}{{\"\\\\\": 1, \"users\"\n:\n{users}}}"),
    ] {
        let body = document.as_bytes();
        assert_eq!(validate(Form::Json, body), Ok(2), "{document}");
        for piece in [1, 2, 3, 1_000] {
            assert_eq!(read(body, &Taking::default(), piece).1.users, 2, "{document}");
        }
    }
    assert_eq!(read(br#"{"users":[]}"#, &Taking::default(), 3).1, Summary::default());
}

#[test]
fn what_was_not_stored_so_is_noticed() {
    let whole = body(&[ada(), with(json!({ "hris_id": "E2" }))]);
    for end in [0, 1, 12, 60, whole.len() - 2] {
        let mut reader = Reader::new(Taking::default());
        let read = reader.push(&whole[..end], &mut vec![]);
        assert!(read.and_then(|()| reader.finish(&mut vec![])).is_err(), "{end}");
    }
}
