//! The org chart and the pages of departments: what they show, refuse and keep.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use rollcall_domain::unit::{self, Unit};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_store::Expected;
use serde_json::json;

use super::by_hand::Desk;
use super::people::SOON;
use super::{Answer, Home};
use crate::tokens::Scope;

/// Somebody's name that is markup, and what shows of it.
const ODD: &str = "<b>Zoë</b> & \"co\"";
const ODD_SHOWN: &str = "&#60;b&#62;Zoë&#60;/b&#62; &#38; &#34;co&#34;";

async fn page(home: &Home, token: &str, method: Method, path: &str, form: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded");
    home.projections.settle(SOON).await.unwrap();
    home.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn get(home: &Home, token: &str, path: &str) -> String {
    let answer = page(home, token, Method::GET, path, "").await;
    let html = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 200, "{path}: {html}");
    html
}

/// Ada above Bo above the odd one; Dee has nobody. Their ids.
async fn hired(desk: &Desk<'_>) -> [String; 4] {
    let ada = json!({"first_name": "Ada", "job_title": "Chief"});
    let ada = desk.make("/actors", ada).await;
    let bo = desk.make("/actors", json!({"first_name": "Bo", "manager": ada})).await;
    let odd = json!({"first_name": ODD, "job_title": "=1+1", "manager": bo});
    let odd = desk.make("/actors", odd).await;
    let dee = desk.make("/actors", json!({"first_name": "Dee"})).await;
    [ada, bo, odd, dee]
}

#[tokio::test]
async fn the_chart_draws_who_reports_to_whom() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let token = home.token(Some(&desk.tenant), &[Scope::Read]).await;
    let empty = get(&home, &token, "/people/chart").await;
    assert!(empty.contains("Nobody to draw yet") && !empty.contains("/people/new"), "{empty}");
    let [ada, bo, odd, dee] = hired(&desk).await;

    let whole = get(&home, &token, "/people/chart").await;

    assert!(whole.contains(ODD_SHOWN) && !whole.contains("<b>Zoë"), "{whole}");
    assert!(whole.contains("4 people</a> who are active, 4 shown in 3 levels"), "{whole}");
    let closed = get(&home, &token, &format!("/people/chart?shut={bo}")).await;
    assert!(!closed.contains(&odd), "{closed}");
    let found = get(&home, &token, "/people/chart?levels=1&find=ZO%C3%8B").await;
    assert!(found.contains(&format!(r#"class="node on" id="p-{odd}""#)), "{found}");
    assert!(found.contains("1 of 1"), "{found}");
    let below = get(&home, &token, &format!("/people/chart?root={bo}")).await;
    assert!(below.contains("2 of <a") && !below.contains(&dee), "{below}");
    assert!(below.contains(&format!("/people/chart?root={ada}")), "{below}");
    // Whoever is meant is shown even where the chart began elsewhere.
    let elsewhere = get(&home, &token, &format!("/people/chart?root={bo}&at={dee}")).await;
    assert!(elsewhere.contains(&format!(r#"class="node on" id="p-{dee}""#)), "{elsewhere}");
    let nobody = get(&home, &token, "/people/chart?find=nobody").await;
    assert!(nobody.contains("Nobody in this chart is called"), "{nobody}");
    let gone = page(&home, &token, Method::GET, "/people/chart?root=x", "").await;
    assert_eq!(gone.status, 404);
    followers.stop().await;
}

#[tokio::test]
async fn whoever_left_is_shown_when_asked_for_and_their_team_stands_at_the_top() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let token = home.token(Some(&desk.tenant), &[Scope::Read]).await;
    let [_, bo, odd, _] = hired(&desk).await;
    desk.edit(&format!("/actors/{bo}"), json!({"active": false})).await;

    let active = get(&home, &token, "/people/chart").await;
    let all = get(&home, &token, "/people/chart?status=all").await;

    assert!(!active.contains(&format!("/people/{bo}")) && active.contains(&odd), "{active}");
    assert!(active.contains("1 person stands at the top"), "{active}");
    assert!(all.contains("node off") && !all.contains("at the top because"), "{all}");
    followers.stop().await;
}

#[tokio::test]
async fn the_chart_is_exported_as_a_drawing_and_as_a_table() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let token = home.token(Some(&desk.tenant), &[Scope::Read]).await;
    let [_, bo, odd, _] = hired(&desk).await;

    let drawing = page(&home, &token, Method::GET, "/people/chart.svg", "").await;
    let table = page(&home, &token, Method::GET, &format!("/people/chart.csv?root={bo}"), "").await;

    assert_eq!(drawing.header("content-type"), "image/svg+xml");
    assert!(drawing.header("content-disposition").starts_with("attachment"));
    let svg = String::from_utf8(drawing.body).unwrap();
    assert!(
        svg.starts_with("<?xml") && svg.contains(ODD_SHOWN) && !svg.contains("style="),
        "{svg}"
    );
    let csv = String::from_utf8(table.body).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("id,name,job_title,active,manager_id,manager,level"), "{csv}");
    assert!(lines[1].starts_with(&format!("{bo},Bo,,true,")) && lines[1].ends_with(",Ada,1,1,1"));
    let name = ODD.replace('"', "\"\"");
    let odd = format!("{odd},\"{name}\",'=1+1,true,{bo},Bo,2,0,0");
    assert_eq!((lines[2], lines.len()), (&*odd, 3));
    followers.stop().await;
}

#[tokio::test]
async fn departments_are_listed_searched_and_lead_to_their_people() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let token = home.token(Some(&desk.tenant), &[Scope::Read]).await;
    let writer = home.token(Some(&desk.tenant), &[Scope::Read, Scope::Manage]).await;
    let empty = get(&home, &token, "/departments").await;
    assert!(empty.contains("No departments yet") && !empty.contains("/departments/new"), "{empty}");
    let unit = desk.make("/departments", json!({"name": format!("Ärzte {ODD}")})).await;
    desk.make("/departments", json!({"name": "North", "kind": "location"})).await;
    desk.make("/actors", json!({"first_name": "Ada", "departments": [unit]})).await;

    desk.make("/departments", json!({"name": "Ward", "parent": unit})).await;
    let tree = get(&home, &writer, "/departments").await;
    assert!(tree.contains(r#"<th scope="row" class="lv1">"#) && tree.contains("&#62; </span>"));
    let list = get(&home, &writer, "/departments?q=%C3%A4rzte&synced=false").await;
    assert!(list.contains(&format!("Ärzte {ODD_SHOWN}")) && !list.contains("North"), "{list}");
    assert!(list.contains(&format!("/people?status=all&#38;department={unit}")), "{list}");
    assert!(list.contains("/departments/new"), "{list}");
    let synced = get(&home, &token, "/departments?synced=true").await;
    assert!(synced.contains("No department fits"), "{synced}");
    let places = get(&home, &token, "/departments?kind=location").await;
    assert!(places.contains("North") && !places.contains("Ärzte"), "{places}");

    let one = get(&home, &token, &format!("/departments/{unit}")).await;
    assert!(one.contains("Ada") && one.contains("1 person</a>"), "{one}");
    assert!(!one.contains("Rename it"), "{one}");
    let one = get(&home, &writer, &format!("/departments/{unit}")).await;
    assert!(one.contains("Rename it"), "{one}");
    for (path, answered) in [("/departments/x", 404), ("/departments/new", 403)] {
        assert_eq!(page(&home, &token, Method::GET, path, "").await.status, answered, "{path}");
    }
    followers.stop().await;
}

#[tokio::test]
async fn a_department_is_made_and_renamed_and_a_refusal_keeps_what_was_typed() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let token = home.token(Some(&desk.tenant), &[Scope::Read, Scope::Manage]).await;
    let send = async |path: &str, form: &str| page(&home, &token, Method::POST, path, form).await;

    let made = send("/departments/new", "name=+Quality+&kind=division").await;
    assert_eq!(
        (made.status.as_u16(), made.header("location")),
        (303, "/departments?kind=division")
    );
    let again = send("/departments/new", "name=QUALITY&kind=division").await;
    let shown = String::from_utf8(again.body).unwrap();
    assert_eq!(again.status, 422, "{shown}");
    assert!(shown.contains("has this name already") && shown.contains(r#"value="QUALITY""#));
    assert!(shown.contains(r#"value="division" checked"#), "{shown}");
    let odd = send("/departments/new", "name=%07&kind=other").await;
    assert_eq!(odd.status, 422);

    let units = desk.read("/departments?kind=division").await;
    let path = format!("/departments/{}", units["data"][0]["id"].as_str().unwrap());
    let renamed = send(&path, "name=Care").await;
    assert_eq!((renamed.status.as_u16(), renamed.header("location")), (303, &*path));
    assert!(get(&home, &token, &path).await.contains("Care</h1>"));
    let long = send(&path, &format!("name={}", "x".repeat(201))).await;
    let shown = String::from_utf8(long.body).unwrap();
    assert_eq!(long.status, 422);
    assert!(shown.contains("longer than 200") && shown.contains(&"x".repeat(201)), "{shown}");
    followers.stop().await;
}

#[tokio::test]
async fn what_a_source_names_is_locked_and_says_by_whom() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;
    let desk = Desk::of(&home, tenant).await;
    let token = home.token(Some(&desk.tenant), &[Scope::Read, Scope::Manage]).await;
    let created = unit::Event::Created {
        unit: "U".into(),
        scenario: desk.scenario.clone(),
        kind: unit::Kind::Department,
        name: "Engines".into(),
        source: Some(Source::new(Provider::BambooHr, "acme")),
        source_key: Some("12".into()),
        copied_from: None,
        parent: None,
    };
    desk.append(Unit::stream("U"), Expected::NoStream, written(&[created], None)).await;

    let list = get(&home, &token, "/departments").await;
    assert!(list.contains(r#"chain" role="img" aria-label="Synced from BambooHR""#), "{list}");
    let shown = get(&home, &token, "/departments/U").await;
    let told = desk.read("/departments/U").await;
    let refused = page(&home, &token, Method::POST, "/departments/U", "name=Motors").await;

    assert!(
        shown.contains("BambooHR</a> names it") && !shown.contains("Rename it</button>"),
        "{shown}"
    );
    assert_eq!(told["lock"]["source_hris"], "bamboohr");
    let shown = String::from_utf8(refused.body).unwrap();
    assert_eq!(refused.status, 422);
    assert!(shown.contains("kept in sync by connection") && shown.contains("Motors"), "{shown}");
    followers.stop().await;
}
