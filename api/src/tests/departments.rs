//! Departments as they are listed: what they are part of, and what their source says of them.

use axum::http::Method;
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::tenant::Plan;
use rollcall_domain::unit::{self, Unit};
use rollcall_store::Expected;
use serde_json::{Value as Json, json};

use super::Home;
use super::by_hand::{Desk, acme};

#[tokio::test]
async fn departments_stand_behind_what_they_are_part_of() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let west = desk.make("/departments", json!({"name": "West"})).await;
    let sales = desk.make("/departments", json!({"name": "Sales"})).await;
    let below = |name: &str, parent: &str| json!({"name": name, "parent": parent});
    let north = desk.make("/departments", below("North", &sales)).await;
    let field = desk.make("/departments", below("Field", &north)).await;
    desk.make("/departments", below("North", &west)).await;
    desk.make("/departments", below("Agents", &sales)).await;

    let paths = async |query: &str| -> Vec<String> {
        let listed = desk.read(&format!("/departments{query}")).await;
        let rows = listed["data"].as_array().unwrap().iter();
        rows.map(|row| row["path"].as_str().unwrap().to_owned()).collect()
    };
    let all = [
        "Sales",
        "Sales > Agents",
        "Sales > North",
        "Sales > North > Field",
        "West",
        "West > North",
    ];
    assert_eq!(paths("").await, all);
    assert_eq!(paths("?q=north").await, ["Sales > North", "West > North"]);
    let first = desk.read("/departments?limit=4").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(paths(&format!("?limit=4&cursor={cursor}")).await, all[4..]);

    let one = desk.read(&format!("/departments/{field}")).await;
    assert_eq!((&one["parent"], &one["path"]), (&json!(north), &json!("Sales > North > Field")));
    let top = desk.read(&format!("/departments/{sales}")).await;
    assert_eq!((&top["parent"], &top["path"]), (&Json::Null, &json!("Sales")));
    let ada = desk.make("/actors", json!({"first_name": "Ada", "departments": [field, sales]}));
    let ada = desk.read(&format!("/actors/{}", ada.await)).await;
    let expected = json!([
        {"id": field, "name": "Field", "path": "Sales > North > Field"},
        {"id": sales, "name": "Sales"},
    ]);
    assert_eq!(ada["departments"], expected);

    let ask = async |body: Json| desk.ask(Method::POST, "/departments", Some(body)).await.problem();
    assert_eq!(ask(below("NORTH", &sales)).await.0, 409);
    assert_eq!(ask(below("Else", "01X")).await.0, 422);
    assert_eq!(ask(json!({"name": "Oslo", "kind": "location", "parent": sales})).await.0, 422);
    followers.stop().await;
}

#[tokio::test]
async fn a_department_its_source_no_longer_lists_is_shown_while_somebody_is_in_it() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    for name in ["Empty", "Full"] {
        let (unit, scenario) = (name.to_owned(), desk.scenario.clone());
        let created = unit::Event::Created {
            unit: unit.clone(),
            scenario: scenario.clone(),
            kind: unit::Kind::Department,
            name: name.into(),
            source: Some(acme()),
            source_key: Some(name.into()),
            copied_from: None,
            parent: None,
        };
        let events = [created, unit::Event::Retired { unit, scenario }];
        desk.append(Unit::stream(name), Expected::NoStream, written(&events, None)).await;
    }
    desk.make("/actors", json!({"first_name": "Ada", "departments": ["Full"]})).await;

    let listed = desk.read("/departments").await;

    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
    let row = &listed["data"][0];
    assert_eq!((&row["id"], &row["listed_at_source"]), (&json!("Full"), &json!(false)));
    desk.make("/departments", json!({"name": "Empty"})).await;
    followers.stop().await;
}
