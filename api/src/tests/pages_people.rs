//! The pages of people: the list, a person, and the forms that make and change them.

use axum::body::Body;
use axum::http::Request;
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::actor::{Actor, Event};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::field::Field;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_store::Expected;
use serde_json::json;

use super::by_hand::Desk;
use super::people::SOON;
use super::{Answer, Home};
use crate::tokens::Scope;

/// Somebody in front of the pages.
struct Visitor<'a> {
    home: &'a Home,
    token: String,
}

impl<'a> Visitor<'a> {
    async fn of(desk: &Desk<'a>, scope: Scope) -> Visitor<'a> {
        let token = desk.home.token(Some(&desk.tenant), &[scope]).await;
        Visitor { home: desk.home, token }
    }

    async fn open(&self, path: &str) -> Answer {
        self.home.projections.settle(SOON).await.unwrap();
        self.send(Request::get(path), String::new()).await
    }

    /// The page, which there must be.
    async fn page(&self, path: &str) -> String {
        let answer = self.open(path).await;
        assert_eq!(answer.status, 200, "{path}");
        html(&answer)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Request::post(path), body).await
    }

    async fn send(&self, request: axum::http::request::Builder, body: String) -> Answer {
        let request = request
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html");
        self.home.send(request.body(Body::from(body)).unwrap()).await
    }
}

fn html(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The address behind a link that has this in its tag.
fn link<'h>(html: &'h str, mark: &str) -> Option<&'h str> {
    let at = html.find(mark)?;
    let (_, rest) = html[at..].split_once("href=\"")?;
    Some(rest.split_once('"')?.0)
}

fn address(link: &str) -> String {
    link.replace("&#38;", "&").replace("&amp;", "&")
}

/// The names in the rows, in their order.
fn names(html: &str) -> Vec<String> {
    let rows = html.split("<th scope=\"row\">").skip(1);
    let name = |row: &str| {
        let (_, rest) = row.split_once("<a class=\"strong quiet\"").unwrap();
        let (_, name) = rest.split_once('>').unwrap();
        name.split_once("</a>").unwrap().0.trim().to_owned()
    };
    rows.map(name).collect()
}

async fn acme(home: &Home) -> Desk<'_> {
    Desk::of(home, home.tenant("acme", Plan::Business).await).await
}

/// Somebody whom the connection keeps in sync.
async fn synced(desk: &Desk<'_>, id: &str) {
    let source = Some(Source::new(Provider::BambooHr, "acme"));
    let fields = [(Field::FirstName, "Ada".into()), (Field::JobTitle, "Engineer".into())];
    let (scenario, source_id) = (desk.scenario.clone(), Some("7".to_owned()));
    let event =
        Event::created(id.into(), scenario, "s".into(), source, source_id, true, fields.into());
    desk.append(Actor::stream(id), Expected::NoStream, written(&[event], Some("s"))).await;
}

#[tokio::test]
async fn the_list_goes_forth_and_back_in_every_order() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = acme(&home).await;
    for n in 0..120 {
        desk.make("/actors", json!({"first_name": "P", "last_name": format!("{n:03}")})).await;
    }
    let visitor = Visitor::of(&desk, Scope::Read).await;
    let all: Vec<String> = (0..120).map(|n| format!("P {n:03}")).collect();
    let back: Vec<String> = all.iter().rev().cloned().collect();

    for (sort, expected) in [("", &all), ("-name", &back), ("changed", &all), ("-changed", &back)] {
        let (mut seen, mut pages) = (vec![], vec![]);
        let mut next = Some(format!("/people?sort={sort}&q=p"));
        while let Some(path) = next {
            let page = visitor.page(&path).await;
            seen.extend(names(&page));
            pages.push(names(&page));
            next = link(&page, "rel=\"next\"").map(address);
            if next.is_none() {
                let previous = address(link(&page, "rel=\"prev\"").unwrap());
                let before = visitor.page(&previous).await;
                assert_eq!(names(&before), pages[1], "{sort}");
                let first = address(link(&before, "rel=\"prev\"").unwrap());
                let first = visitor.page(&first).await;
                assert_eq!(names(&first), pages[0], "{sort}");
                assert!(link(&first, "rel=\"prev\"").is_none(), "{sort}");
                let second = address(link(&first, "rel=\"next\"").unwrap());
                assert_eq!(names(&visitor.page(&second).await), pages[1], "{sort}");
            }
        }
        assert_eq!(&seen, expected, "{sort}");
    }
    followers.stop().await;
}

#[tokio::test]
async fn the_list_is_filtered_and_says_by_what() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = acme(&home).await;
    let visitor = Visitor::of(&desk, Scope::Edit).await;
    assert!(visitor.page("/people").await.contains("No people yet"));
    let engines = desk.make("/departments", json!({"name": "Engines & <Co>"})).await;
    let boss = desk.make("/actors", json!({"first_name": "Grace"})).await;
    let odd = "<script>alert(1)</script>";
    let ada = json!({"first_name": odd, "departments": [engines], "manager": boss});
    desk.make("/actors", ada).await;
    desk.make("/actors", json!({"first_name": "Gracile", "active": false})).await;

    let escaped = "&#60;script&#62;alert(1)&#60;/script&#62;";
    let page = visitor.page("/people").await;
    assert!(!page.contains(odd));
    assert_eq!(names(&page), [escaped, "Grace", "Gracile"]);
    assert!(page.contains("3 people") && page.contains("2 active") && page.contains("0 in sync"));
    let page = visitor.page(&format!("/people?department={engines}&q=")).await;
    assert_eq!(names(&page), [escaped]);
    assert!(page.contains("In Engines &#38; &#60;Co&#62;"), "the filter is told");
    assert_eq!(names(&visitor.page("/people?status=inactive").await), ["Gracile"]);
    assert!(names(&visitor.page("/people?synced=hold").await).is_empty());
    // A manager who was typed is found, or can be chosen.
    let page = visitor.page("/people?boss=grac").await;
    assert!(page.contains("Whose reports?") && page.contains(&format!("manager={boss}")));
    let page = visitor.page(&format!("/people?manager={boss}&status=active")).await;
    assert_eq!(names(&page), [escaped]);
    assert!(page.contains("Reports to Grace"));
    let found = visitor.open("/people?boss=gracile&status=active").await;
    assert_eq!(found.status, 303);
    assert!(found.header("location").starts_with("/people?status=active&manager="));
    assert!(visitor.page("/people?q=nobody").await.contains("Nobody matches"));
    assert_eq!(visitor.open("/people?scenario=x").await.status, 404);
    followers.stop().await;
}

#[tokio::test]
async fn whoever_may_not_write_sees_no_way_to() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = acme(&home).await;
    let ada = desk.make("/actors", json!({"first_name": "Ada"})).await;
    let path = format!("/people/{ada}");
    let reader = Visitor::of(&desk, Scope::Read).await;
    let editor = Visitor::of(&desk, Scope::Edit).await;
    let assistant = Visitor::of(&desk, Scope::Assistant).await;

    assert!(editor.page("/people").await.contains("Add person"));
    assert!(!reader.page("/people").await.contains("Add person"));
    assert!(editor.page(&path).await.contains(&format!("{path}/edit")));
    assert!(!reader.page(&path).await.contains(&format!("{path}/edit")));
    for path in ["/people/new".to_owned(), format!("{path}/edit"), format!("{path}/unsync")] {
        assert_eq!(reader.post(&path, &[]).await.status, 403, "{path}");
        assert_eq!(assistant.post(&path, &[]).await.status, 403, "{path}");
    }
    assert_eq!(reader.open("/people/new").await.status, 403);
    assert_eq!(assistant.open("/people").await.status, 404);
    assert_eq!(editor.open("/people/nobody").await.status, 404);
    let other = Desk::of(&home, home.tenant("other", Plan::Business).await).await;
    let stranger = Visitor::of(&other, Scope::Edit).await;
    for path in [path.clone(), format!("{path}/edit")] {
        assert_eq!(stranger.open(&path).await.status, 404, "{path}");
    }
    followers.stop().await;
}

#[tokio::test]
async fn somebody_is_added_and_what_was_typed_is_kept() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = acme(&home).await;
    let engines = desk.make("/departments", json!({"name": "Engines"})).await;
    let boss = desk.make("/actors", json!({"first_name": "Grace", "last_name": "Hopper"})).await;
    let visitor = Visitor::of(&desk, Scope::Edit).await;
    assert!(visitor.page("/people/new").await.contains("Engines"));

    let typed = [
        ("first_name", "Ada \"x\""),
        ("email", "nobody"),
        ("manager", ""),
        ("manager_q", "hop"),
        ("offered", "departments"),
        ("departments", &*engines),
        ("offered", "active"),
        ("active", "true"),
    ];
    let refused = visitor.post("/people/new", &typed).await;
    assert_eq!(refused.status, 422);
    let page = html(&refused);
    assert!(page.contains("value=\"Ada &#34;x&#34;\"") && page.contains("value=\"nobody\""));
    assert!(page.contains("Choose whom you mean") && page.contains("Grace Hopper"));
    assert!(page.contains(&format!("value=\"{engines}\" checked")));
    let mut typed = typed.to_vec();
    typed[2].1 = &boss;
    let refused = visitor.post("/people/new", &typed).await;
    assert!(html(&refused).contains("It must be an e-mail address"));
    typed[1].1 = "ada@example.com";
    let made = visitor.post("/people/new", &typed).await;
    assert_eq!(made.status, 303);

    let page = visitor.page(made.header("location")).await;
    assert!(page.contains("Ada &#34;x&#34;") && page.contains("Entered by hand"));
    assert!(page.contains("Engines") && page.contains("Grace Hopper"));
    let boss = visitor.page(&format!("/people/{boss}")).await;
    assert!(boss.contains("Direct reports") && boss.contains("Ada &#34;x&#34;"));
    let nameless = visitor.post("/people/new", &[("job_title", "x")]).await;
    assert_eq!(nameless.status, 422);
    assert!(html(&nameless).contains("needs a first name"));
    followers.stop().await;
}

#[tokio::test]
async fn a_stale_form_shows_both_values_and_loses_neither() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = acme(&home).await;
    let ada = desk
        .make("/actors", json!({"first_name": "Ada", "phone": "1", "job_title": "Engineer"}))
        .await;
    let (api, path) = (format!("/actors/{ada}"), format!("/people/{ada}/edit"));
    let visitor = Visitor::of(&desk, Scope::Edit).await;
    assert!(visitor.page(&path).await.contains("name=\"version\" value=\"1\""));
    let body = json!({"preferred_name": "Mara", "job_title": "Countess"});
    assert_eq!(desk.edit(&api, body).await.status, 204);

    let mut mine = vec![
        ("version", "1"),
        ("first_name", "Ada"),
        ("preferred_name", "Ama"),
        ("phone", "2"),
        ("job_title", "Engineer"),
    ];
    let refused = visitor.post(&path, &mine).await;
    assert_eq!(refused.status, 422);
    let page = html(&refused);
    assert!(page.contains("value=\"Ama\"") && page.contains(">Mara</ins>"), "both are shown");
    assert!(page.contains("value=\"2\"") && page.contains("name=\"version\" value=\"2\""));
    assert!(page.contains("value=\"Countess\""), "what only they wrote is in the form");
    assert_eq!(desk.read(&api).await["preferred_name"], "Mara", "nothing was written");
    mine.push(("theirs", "preferred_name"));
    assert_eq!(visitor.post(&path, &mine).await.status, 303);

    let row = desk.read(&api).await;
    let fields = ["preferred_name", "phone", "job_title"].map(|name| row[name].clone());
    assert_eq!(fields, ["Mara", "2", "Countess"]);
    // Whoever saves again what they wrote means it.
    let again = [("version", "3"), ("preferred_name", "Ama"), ("phone", "")];
    assert_eq!(visitor.post(&path, &again).await.status, 303);
    let row = desk.read(&api).await;
    assert_eq!((&row["preferred_name"], &row["phone"]), (&json!("Ama"), &json!(null)));
    let unchanged = visitor.post(&path, &[("version", "4"), ("first_name", " Ada ")]).await;
    assert_eq!(unchanged.status, 303);
    assert_eq!(desk.read(&api).await["version"], 4);
    followers.stop().await;
}

#[tokio::test]
async fn what_is_kept_in_sync_is_read_only_until_it_is_taken_out() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;
    let desk = Desk::of(&home, tenant).await;
    synced(&desk, "01ADA").await;
    let visitor = Visitor::of(&desk, Scope::Manage).await;

    let page = visitor.page("/people/01ADA").await;
    assert!(page.contains("Synced from BambooHR") && page.contains("BambooHR keeps 16 fields"));
    assert!(page.contains("/settings/integrations/logs/01RUN") && page.contains("href=\"#v1\""));
    let form = visitor.page("/people/01ADA/edit").await;
    assert!(form.contains("readonly") && !form.contains("name=\"first_name\""));
    let refused = visitor.post("/people/01ADA/edit", &[("version", "1"), ("phone", "5")]).await;
    assert_eq!(refused.status, 422);
    let page = html(&refused);
    assert!(page.contains("It is kept in sync") && page.contains("You wrote <ins dir=\"auto\">5"));
    let moved = visitor.post("/people/01ADA/unsync", &[]).await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (303, "/people/01ADA"));
    assert!(visitor.page("/people/01ADA").await.contains("Put back in sync"));
    let edit = [("version", "2"), ("phone", "5")];
    assert_eq!(visitor.post("/people/01ADA/edit", &edit).await.status, 303);
    assert_eq!(visitor.post("/people/01ADA/resync", &[]).await.status, 303);
    let (actor, scenario) = ("01ADA".to_owned(), desk.scenario.clone());
    let held = Event::PutOnHold { actor, scenario, run: "01UNDONE".into() };
    let held = written(&[held], Some("s"));
    desk.append(Actor::stream("01ADA"), Expected::Exact(4), held).await;
    assert!(visitor.page("/people/01ADA").await.contains("Release</button>"));
    assert!(visitor.page("/people?synced=hold").await.contains("Ada"));
    assert_eq!(visitor.post("/people/01ADA/release", &[]).await.status, 303);

    let page = visitor.page("/people/01ADA").await;
    for told in ["Phone changed", "Put on hold", "Released from hold", "Taken out of sync"] {
        assert!(page.contains(told), "{told}");
    }
    followers.stop().await;
}

#[tokio::test]
async fn a_long_history_is_paged_and_every_why_leads_to_its_event() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = acme(&home).await;
    let ada = desk.make("/actors", json!({"first_name": "Ada", "phone": "0"})).await;
    for n in 1..30 {
        let edited = desk.edit(&format!("/actors/{ada}"), json!({"phone": n.to_string()})).await;
        assert_eq!(edited.status, 204);
    }
    let visitor = Visitor::of(&desk, Scope::Read).await;

    let page = visitor.page(&format!("/people/{ada}")).await;
    assert!(page.contains("20 of 30 events") && page.contains("id=\"v30\""));
    assert!(page.contains("href=\"#v30\""), "of the phone");
    let (before, _) = page.split_once("#v1\"").unwrap();
    let first = before.rsplit_once("href=\"").unwrap().1;
    let page = visitor.page(first).await;
    assert!(page.contains("id=\"v1\"") && page.contains("Created"));
    let newer = address(link(&page, "rel=\"prev\"").unwrap());
    let page = visitor.page(newer.split('#').next().unwrap()).await;
    assert!(page.contains("id=\"v21\"") && page.contains("id=\"v2\"") && !page.contains("\"v22\""));
    assert_eq!(visitor.open(&format!("/people/{ada}?cursor=x")).await.status, 422);
    followers.stop().await;
}
