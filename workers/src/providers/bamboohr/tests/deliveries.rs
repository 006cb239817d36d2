//! Deliveries in all the spellings that were documented or observed (`reference/bamboohr.md` §6).

use rollcall_domain::delivery::{DeliveredAction, DeliveryError, Family, instant, parse_delivery};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

#[test]
fn several_employees_flat_values_objects_and_empty_maps() {
    let body = r#"{"employees":[
        {"id":"67","action":"Updated","timestamp":"2026-01-31T18:42:00+0000","changedFields":["Department"],
         "fields":{"Department":{"value":"Platform"},"Title":"SRE","Phone":null},"news":1},
        {"id":68,"action":"Created","timestamp":"2026-01-31T18:42:00Z","changedFields":[],"fields":[]},
        {"id":"69","action":"Deleted","changedFields":{},"fields":{}},
        {"id":"70","changedFields":["Title"],"fields":{"Title":"CEO"}}],"more":{}}"#;

    let read = parse_delivery(JSON, body.as_bytes()).unwrap();

    assert_eq!(
        (read.event_type.as_str(), read.family),
        ("employee_with_fields", Family::FieldBased)
    );
    let actions: Vec<_> = read.people.iter().map(|person| person.action).collect();
    use DeliveredAction::{Created, Deleted, Unknown, Updated};
    assert_eq!(actions, [Updated, Created, Deleted, Unknown]);
    let ids: Vec<_> = read.people.iter().map(|person| person.source_id.as_str()).collect();
    assert_eq!(ids, ["67", "68", "69", "70"]);
    assert_eq!(read.people[0].at, read.people[1].at);
    assert_eq!(read.people[0].at, instant("2026-01-31T19:42:00+01:00"));
    assert_eq!(read.people[0].values["Department"].as_deref(), Some("Platform"));
    assert_eq!(read.people[0].values["Title"].as_deref(), Some("SRE"));
    assert_eq!(read.people[0].values["Phone"], None);
    assert!(read.people[1].values.is_empty() && read.people[1].changed_fields.is_empty());
}

#[test]
fn forms_have_the_id_as_key() {
    let body = "employees[67][changedFields][0]=First+name&employees[67][First+name]=Mira\
        &employees%5B68%5D%5BchangedFields%5D%5B0%5D=Last+name&employees%5B68%5D%5BLast+name%5D=O%27Hara";

    let read = parse_delivery(FORM, body.as_bytes()).unwrap();

    assert_eq!(read.people.len(), 2);
    assert_eq!(read.people[0].source_id, "67");
    assert_eq!(read.people[0].changed_fields, ["First name"]);
    assert_eq!(read.people[0].values["First name"].as_deref(), Some("Mira"));
    assert_eq!(read.people[1].values["Last name"].as_deref(), Some("O'Hara"));
}

#[test]
fn created_deleted_and_company_events() {
    for (body, action) in [
        (
            r#"{"type":"employee.created","data":{"companyId":"1","employeeId":"67"}}"#,
            DeliveredAction::Created,
        ),
        (
            r#"{"type":"employee.deleted","data":{"employeeId":67,"changedFields":[]}}"#,
            DeliveredAction::Deleted,
        ),
    ] {
        let read = parse_delivery(JSON, body.as_bytes()).unwrap();
        assert_eq!((read.people[0].action, read.people[0].source_id.as_str()), (action, "67"));
    }
    let body = r#"{"type":"company.updated","data":{"companyId":"1"}}"#;
    assert!(parse_delivery(JSON, body.as_bytes()).unwrap().people.is_empty());
    let odd = r#"{"type":"employee of the month: Mira","data":{"employeeId":"1"}}"#;
    assert_eq!(parse_delivery(JSON, odd.as_bytes()).unwrap().event_type, "unknown");
}

#[test]
fn who_has_no_id_does_not_hide_the_others() {
    let long = "9".repeat(201);
    let json = format!(r#"{{"employees":[{{"id":"85"}},{{"id":null}},{{}},{{"id":"{long}"}}]}}"#);
    let form = format!("employees[{long}][action]=Deleted&employees[85][action]=Updated");
    for (kind, body, unreadable) in [(JSON, json.as_str(), 3), (FORM, form.as_str(), 1)] {
        let read = parse_delivery(kind, body.as_bytes()).unwrap();
        let ids: Vec<&str> = read.people.iter().map(|person| person.source_id.as_str()).collect();
        assert_eq!((ids, read.unreadable), (vec!["85"], unreadable), "{kind}");
    }
}

#[test]
fn what_names_nobody_is_refused() {
    let refused = |kind, body: &str| parse_delivery(kind, body.as_bytes()).unwrap_err();
    assert!(matches!(refused(JSON, "{"), DeliveryError::NotJson { line: 1, .. }));
    assert!(matches!(refused(JSON, ""), DeliveryError::NotJson { .. }));
    for body in ["[]", "{}", "7", r#"{"employees":7}"#, r#"{"type":7}"#] {
        assert_eq!(refused(JSON, body), DeliveryError::Unrecognised, "{body}");
    }
    for body in
        [r#"{"employees":[{"action":"Updated"}]}"#, r#"{"type":"employee.updated","data":[]}"#]
    {
        assert_eq!(refused(JSON, body), DeliveryError::NoId, "{body}");
    }
    assert_eq!(refused(FORM, "a=b&[[]]=1&]["), DeliveryError::Unrecognised);
}
