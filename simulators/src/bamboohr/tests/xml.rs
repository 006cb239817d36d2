//! Answers for who does not ask for JSON.

use reqwest::Method;

use super::{Answer, Simulator, bare, read, small};
use crate::bamboohr::ListKind;

async fn get(simulator: &Simulator, path: &str) -> Answer {
    let url = format!("{}{path}", simulator.base_url());
    let answer = read(bare(Method::GET, url).send().await.unwrap()).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/xml"), "{path}");
    answer
}

#[tokio::test]
async fn an_employee_is_an_element_with_fields() {
    let simulator = small().await;
    simulator.update(3, [("firstName", "A & B"), ("middleName", "")]).unwrap();

    let answer = get(&simulator, "/employees/3?fields=firstName,middleName").await;

    let employee = "<employee id=\"3\"><field id=\"firstName\">A &amp; B</field>\
        <field id=\"middleName\"/></employee>";
    assert!(answer.text.ends_with(employee), "{}", answer.text);
}

#[tokio::test]
async fn the_directory_has_its_fieldset_first_and_its_order() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.shown = Some(1));

    let text = get(&simulator, "/employees/directory").await.text;

    let head = "<directory><fieldset><field id=\"displayName\">Display name</field>\
        <field id=\"firstName\">First Name</field>";
    assert!(text.contains(head), "{text}");
    let name = simulator.person(1).unwrap().full_name();
    let first = format!("<employees><employee id=\"1\"><field id=\"displayName\">{name}</field>");
    assert!(
        text.contains(&first) && text.ends_with("</employee></employees></directory>"),
        "{text}"
    );
}

#[tokio::test]
async fn users_lists_fields_and_changes_have_elements_of_their_own() {
    let simulator = small().await;
    let option = simulator.options(ListKind::Department)[0].clone();
    let since = simulator.clock().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    simulator.update(5, [("city", "Leeds")]).unwrap();

    let users = get(&simulator, "/meta/users").await.text;
    let lists = get(&simulator, "/meta/lists").await.text;
    let fields = get(&simulator, "/meta/fields").await.text;
    let changed = get(&simulator, &format!("/employees/changed?since={since}")).await.text;

    assert!(users.contains("<user id=\"2370\" employeeId=\"1\"><firstName>"), "{users}");
    assert!(users.contains("<user id=\"2400\"><firstName>Robin</firstName>"), "{users}");
    let department = "<list fieldId=\"4\" alias=\"department\" manageable=\"yes\" multiple=\"no\">\
        <name>Department</name><options>";
    let option = format!("{department}<option id=\"{}\" archived=\"no\" createdDate=\"", option.id);
    assert!(lists.contains(&option), "{lists}");
    assert!(fields.contains("<field id=\"17\" type=\"list\" alias=\"jobTitle\">Job Title</field>"));
    assert!(fields.contains("<field id=\"91\" type=\"employee\">Reporting to</field>"));
    assert!(changed.contains("<employee id=\"5\" action=\"Updated\" lastChanged=\""), "{changed}");
}
