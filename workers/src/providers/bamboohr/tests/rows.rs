//! How single values of an employee are read.

use chrono::NaiveDate;
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::{Employee, Status};

use crate::providers::bamboohr::lists::Lists;
use crate::providers::bamboohr::row::Row;

const LISTS: &str = r#"[
    {"fieldId":4,"alias":"department","options":[
        {"id":1,"name":"Platform","archived":"yes"},
        {"id":18301,"name":" Platform\u00a0","archived":"no"},
        {"id":"18302","name":"R&D"},
        {"id":null,"name":"No id"},{"id":5,"name":null}]},
    {"fieldId":"18","name":"Location","alias":null,"options":[{"id":7,"name":"Zürich"}]},
    {"fieldId":"99","name":"Shirt Size","alias":"customShirt","options":[{"id":9,"name":"Platform"}]}]"#;

fn read(json: &str) -> Employee {
    let lists = Lists::parse(LISTS.as_bytes());
    Row::read(json.as_bytes()).unwrap().employee(&lists).unwrap()
}

fn value(json: &str, field: Field) -> Option<Option<Value>> {
    read(&format!(r#"{{"id":"67",{json}}}"#)).seen.get(&field).cloned()
}

fn text(text: &str) -> Option<Option<Value>> {
    Some(Some(Value::from(text)))
}

const CLEARED: Option<Option<Value>> = Some(None);
const OMITTED: Option<Option<Value>> = None;

#[test]
fn ids_are_text_even_when_they_are_numbers() {
    assert_eq!(read(r#"{"id":67}"#).source_id, "67");
    assert_eq!(read(r#"{"id":"67"}"#).source_id, "67");
    for nobody in [r#"{"id":""}"#, r#"{"id":null}"#, "{}"] {
        let row = Row::read(nobody.as_bytes()).unwrap();
        assert_eq!(row.employee(&Lists::default()), None);
    }
}

#[test]
fn the_manager_is_an_id_in_any_spelling() {
    for (json, expected) in [
        (r#""supervisorEId":"12""#, text("12")),
        (r#""supervisorEId":12"#, text("12")),
        (r#""supervisorEId":null"#, CLEARED),
        (r#""supervisorEId":"""#, CLEARED),
        (r#""supervisorEId":0"#, CLEARED),
        (r#""supervisorId":"E-009""#, OMITTED),
    ] {
        assert_eq!(value(json, Field::Manager), expected, "{json}");
    }
}

#[test]
fn every_way_to_write_no_date_clears_and_nonsense_says_nothing() {
    for empty in [r#""0000-00-00""#, r#""""#, "null"] {
        assert_eq!(value(&format!(r#""hireDate":{empty}"#), Field::HireDate), CLEARED, "{empty}");
    }
    assert_eq!(value(r#""hireDate":"05/02/2021""#, Field::HireDate), OMITTED);
    let read = read(r#"{"id":"1","hireDate":"2021-05-02","terminationDate":"2031-01-31"}"#);
    assert_eq!(read.starts_on, NaiveDate::from_ymd_opt(2021, 5, 2));
    assert_eq!(read.ends_on, NaiveDate::from_ymd_opt(2031, 1, 31));
    assert_eq!(read.seen[&Field::HireDate], Some(Value::from("2021-05-02")));
}

#[test]
fn only_three_words_are_a_status() {
    for (word, status) in [
        ("Active", Status::Active),
        ("inactive ", Status::Inactive),
        ("Pending", Status::Pending),
        ("", Status::Unknown),
        ("On leave", Status::Unknown),
    ] {
        let read = read(&format!(r#"{{"id":"1","status":"{word}"}}"#));
        assert_eq!(read.status, status, "{word}");
    }
    assert_eq!(read(r#"{"id":"1"}"#).status, Status::Unknown);
}

#[test]
fn units_go_by_option_id_or_say_nothing() {
    let departments = |id: &str| Some(Some(Value::List(vec![id.to_owned()])));
    for (name, expected) in [
        ("Platform", departments("18301")),
        ("platform  ", departments("18301")),
        (" \u{a0}Platform", departments("18301")),
        ("R&D", departments("18302")),
        ("Unlisted Team", OMITTED),
        ("No id", OMITTED),
    ] {
        let json = format!(r#""department":"{name}""#);
        assert_eq!(value(&json, Field::Departments), expected, "{name}");
    }
    assert_eq!(value(r#""division":"Nobody listed it""#, Field::Division), OMITTED);
    for zurich in ["ZÜRICH", "Zu\u{308}rich", "\u{a0}zürich"] {
        assert_eq!(value(&format!(r#""location":"{zurich}""#), Field::Location), text("7"));
    }
    assert_eq!(value(r#""department":"  ""#, Field::Departments), CLEARED);
    assert_eq!(value(r#""division":null"#, Field::Division), CLEARED);
}

#[test]
fn the_phone_is_the_work_phone_else_the_mobile_one() {
    for (json, expected) in [
        (r#""workPhone":"1","mobilePhone":"2""#, text("1")),
        (r#""workPhone":"","mobilePhone":"2""#, text("2")),
        (r#""workPhone":null,"mobilePhone":null"#, CLEARED),
        (r#""workPhone":null"#, OMITTED),
        (r#""mobilePhone":"2""#, OMITTED),
    ] {
        assert_eq!(value(json, Field::Phone), expected, "{json}");
    }
}

#[test]
fn blanks_around_it_go_and_odd_shapes_say_nothing() {
    assert_eq!(value(r#""jobTitle":" SRE  ""#, Field::JobTitle), text("SRE"));
    assert_eq!(value("\"firstName\":\"\u{a0}Zoe\u{308} \"", Field::FirstName), text("Zoë"));
    assert_eq!(value(r#""jobTitle":"S\u0052E ""#, Field::JobTitle), text("SRE"));
    assert_eq!(value(r#""employeeNumber":7"#, Field::EmployeeNumber), text("7"));
    assert_eq!(value(r#""jobTitle":{"value":["x"]}"#, Field::JobTitle), OMITTED);
    assert_eq!(value(r#""jobTitle":[1,{}]"#, Field::JobTitle), OMITTED);
}

#[test]
fn a_damaged_value_says_nothing_and_is_told() {
    let bare = |json: &[u8]| {
        let row = Row::read(json).unwrap();
        row.employee(&Lists::default()).unwrap()
    };
    for damaged in [
        &br#"{"id":"67","firstName":"Pat \ud83c.","jobTitle":"SRE"}"#[..],
        b"{\"id\":\"67\",\"firstName\":\"M\xfcller\",\"jobTitle\":\"SRE\"}",
        br#"{"id":67,"firstName":1e999,"jobTitle":"SRE"}"#,
        br#"{"id":67,"firstName":"Pat","firstName":"Tap","jobTitle":"SRE"}"#,
        b"\xef\xbb\xbf{\"id\":\"67\",\"firstName\":\"\\udc00\",\"jobTitle\":\"SRE\"}",
    ] {
        let read = bare(damaged);
        assert_eq!(read.unreadable, [Field::FirstName], "{}", String::from_utf8_lossy(damaged));
        assert!(!read.seen.contains_key(&Field::FirstName));
        assert_eq!(read.seen[&Field::JobTitle], Some(Value::from("SRE")));
    }
    // Nothing is lost where only control characters stand as they are.
    let read = bare(b"{\"id\":\"67\",\"firstName\":\"Pat\tA.\n\",\"status\":\"Active\"}");
    assert_eq!(read.seen[&Field::FirstName], Some(Value::from("Pat\tA.")));
    assert_eq!((read.unreadable.len(), read.status), (0, Status::Active));
}

#[test]
fn of_a_broken_record_only_its_id_is_worth_something() {
    let broken = br#"{"id":"67","status":"Active","firstName":oops,"jobTitle":"SRE"}"#;
    let read = Row::read(broken).unwrap().employee(&Lists::default()).unwrap();
    assert_eq!((read.source_id.as_str(), read.status), ("67", Status::Unknown));
    assert!(read.seen.is_empty());
    assert_eq!(read.unreadable.len(), Field::ALL.len());
    for nobody in [r#"{"firstName":oops,"id":"67"}"#, r#"{"id":"6\ud83c"}"#] {
        let row = Row::read(nobody.as_bytes()).unwrap();
        assert_eq!(row.employee(&Lists::default()), None, "{nobody}");
    }
    for nothing in ["67", "null", "[{}]", "", "<html>", "\"{\""] {
        assert!(Row::read(nothing.as_bytes()).is_none(), "{nothing}");
    }
}
