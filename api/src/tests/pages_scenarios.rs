//! Scenarios as pages: what they show, to whom, and what their forms do.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_domain::tenant::Plan;
use serde_json::json;

use super::Home;
use super::by_hand::Desk;
use super::diff::copied;
use super::home::Answer;
use super::people::SOON;
use crate::tokens::Scope;

/// A name that would be markup if anybody let it.
const MARKUP: &str = "<b>Ada</b> & \"co\"";
const ESCAPED: &str = "&#60;b&#62;Ada&#60;/b&#62; &#38; &#34;co&#34;";

/// Somebody at a browser, with a token instead of a session.
pub(super) struct Browser<'a> {
    pub(super) home: &'a Home,
    pub(super) token: String,
}

impl<'a> Browser<'a> {
    pub(super) async fn of(home: &'a Home, tenant: Option<&str>, scope: Scope) -> Browser<'a> {
        Browser { home, token: home.token(tenant, &[scope]).await }
    }

    async fn send(&self, method: Method, path: &str, body: String) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded");
        self.home.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    pub(super) async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status.as_u16()
    }

    /// A page that is there, as its text.
    pub(super) async fn read(&self, path: &str) -> String {
        self.home.projections.settle(SOON).await.unwrap();
        let answer = self.get(path).await;
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(answer.status, 200, "{path}: {text}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        text
    }

    /// Status, where it leads, and the page.
    pub(super) async fn submit(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (u16, String, String) {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let answer = self.send(Method::POST, path, body.finish()).await;
        let place = answer.header("location").to_owned();
        (answer.status.as_u16(), place, String::from_utf8(answer.body).unwrap())
    }
}

#[tokio::test]
async fn the_list_shows_what_may_be_done_to_whoever_may_do_it() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let desk = Desk::of(&home, tenant.clone()).await;
    desk.make("/actors", json!({"first_name": "Ada"})).await;
    home.ask(Method::POST, "/scenarios", "acme", Some(json!({"name": MARKUP}))).await;
    let admin = Browser::of(&home, Some(&tenant), Scope::Manage).await;
    let auditor = Browser::of(&home, Some(&tenant), Scope::Read).await;

    let (all, some) = (admin.read("/scenarios").await, auditor.read("/scenarios").await);

    for page in [&all, &some] {
        assert!(page.contains(ESCAPED) && !page.contains(MARKUP), "{page}");
        assert!(page.contains(&format!("href=\"/people?scenario={}\">1</a>", desk.scenario)));
    }
    assert!(all.contains("/rename\"") && all.contains("/archive\""));
    assert!(!some.contains("/rename\"") && !some.contains("/scenarios/new"));
    for action in ["rename", "archive", "snapshot"] {
        let path = format!("/scenarios/{}/{action}", desk.scenario);
        assert_eq!((admin.status(&path).await, auditor.status(&path).await), (200, 403), "{path}");
    }
    assert_eq!(admin.status("/scenarios/01JZ/rename").await, 404);
    followers.stop().await;
}

#[tokio::test]
async fn a_scenario_is_renamed_kept_and_archived_and_a_refusal_keeps_what_was_typed() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    home.projections.settle(SOON).await.unwrap();
    let made = home.ask(Method::POST, "/scenarios", "acme", Some(json!({"name": "Plan"}))).await;
    home.ask(Method::POST, "/scenarios", "acme", Some(json!({"name": "Taken"}))).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let admin = Browser::of(&home, Some(&tenant), Scope::Manage).await;
    let place = |action: &str| format!("/scenarios/{id}/{action}");

    let (status, _, page) = admin.submit(&place("rename"), &[("name", "taken")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("value=\"taken\"") && page.contains("has this name already"), "{page}");
    let renamed = admin.submit(&place("rename"), &[("name", "Merger")]).await;
    assert_eq!((renamed.0, renamed.1.as_str()), (303, "/scenarios"));
    assert!(admin.read("/scenarios").await.contains("Merger"));

    let refused = admin.submit(&place("snapshot"), &[("name", "Taken")]).await;
    assert!(refused.0 == 422 && refused.2.contains("value=\"Taken\""), "{}", refused.2);
    assert_eq!(admin.submit(&place("snapshot"), &[("name", "")]).await.0, 303);
    let list = admin.read("/scenarios").await;
    assert!(list.contains("Snapshot</span>") && list.contains("0 of 0 people copied"), "{list}");

    assert_eq!(admin.submit(&place("archive"), &[]).await.0, 303);
    let again = admin.submit(&place("rename"), &[("name", "Late")]).await;
    assert!(again.0 == 422 && again.2.contains("archived"), "{}", again.2);
    followers.stop().await;
}

#[tokio::test]
async fn a_diff_is_counted_filtered_and_shown_from_both_sides() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let live = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let sales = live.make("/departments", json!({"name": "Sales"})).await;
    let ada = live.make("/actors", json!({"first_name": MARKUP, "job_title": "SRE"})).await;
    let bob = live.make("/actors", json!({"first_name": "Bob", "departments": [sales]})).await;
    let plan = copied(&live, "plan").await;
    plan.edit(&format!("/actors/{ada}-plan"), json!({"job_title": "CFO"})).await;
    live.edit(&format!("/actors/{ada}"), json!({"job_title": "CTO"})).await;
    plan.edit(&format!("/actors/{bob}-plan"), json!({"departments": []})).await;
    plan.make("/actors", json!({"first_name": "New"})).await;
    plan.edit(&format!("/departments/{sales}-plan"), json!({"name": "Revenue"})).await;

    let path = format!("/diff/counts?with={}", live.scenario);
    let counts = plan.read(&path).await;
    assert_eq!(
        counts["people"],
        json!({
            "differing": 3, "added": 1, "removed": 0, "moved": 1, "changed": 1, "conflict": 1
        })
    );
    assert_eq!((&counts["units"]["changed"], &counts["complete"]), (&json!(1), &json!(true)));
    let names = async |filter: &str| {
        let path = format!("/diff?with={}&of=people&limit=1{filter}", live.scenario);
        let (mut found, mut cursor) = (vec![], String::new());
        loop {
            let page = plan.read(&format!("{path}{cursor}")).await;
            let rows = page["data"].as_array().unwrap();
            found.extend(rows.iter().map(|one| one["here"]["name"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { return found };
            cursor = format!("&cursor={next}");
        }
    };
    assert_eq!(names("").await.len(), 3);
    assert_eq!(names("&change=added").await, ["New"]);
    assert_eq!(names("&change=moved").await, ["Bob"]);
    assert_eq!(names("&change=conflict").await, [MARKUP]);
    assert_eq!(names("&change=removed").await.len(), 0);

    let browser = Browser::of(&home, Some(&live.tenant), Scope::Manage).await;
    let path = format!("/scenarios/plan/diff?with={}", live.scenario);
    let page = browser.read(&path).await;
    assert!(page.contains(ESCAPED) && !page.contains(MARKUP));
    assert!(page.contains("<del dir=\"auto\">CTO</del>") && page.contains("CFO</ins>"), "{page}");
    assert!(page.contains("it was <b dir=\"auto\">SRE</b>"), "{page}");
    assert!(page.contains("change=conflict"), "{page}");
    let before = browser.read(&format!("{path}&view=before")).await;
    assert!(before.contains("<bdi>CTO</bdi>") && !before.contains("CFO"), "{before}");
    let units = browser.read(&format!("{path}&of=units")).await;
    assert!(units.contains("Revenue") && !units.contains("CFO"), "{units}");
    let none = browser.read(&format!("{path}&change=added&view=after")).await;
    assert!(none.contains("New") && !none.contains("CFO"));
    assert_eq!(browser.status("/scenarios/compare?here=plan&with=x").await, 303);
    followers.stop().await;
}
