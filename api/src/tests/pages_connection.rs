//! The pages of the connection, as a browser gets them.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use form_urlencoded::Serializer;
use rollcall_commands::operations::{self, Answer as Outcome};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use serde_json::{Value, json};

use super::{Answer, Home};
use crate::tokens::Scope;

pub(super) const SOON: Duration = Duration::from_secs(10);
pub(super) const HOME: &str = "/settings/integrations/hris";

/// Somebody with a browser in the tenant `acme`; nobody works, so that what is asked for stays asked for.
pub(super) struct Browser {
    pub(super) home: Home,
    tenant: String,
    token: String,
    _followers: rollcall_projections::Followers,
}

impl Browser {
    async fn of(home: Home, tenant: String, scope: Scope) -> Browser {
        let token = home.token(Some(&tenant), &[scope]).await;
        let followers = home.projections.start();
        home.projections.settle(SOON).await.unwrap();
        Browser { home, tenant, token, _followers: followers }
    }

    pub(super) async fn new() -> Browser {
        let home = Home::new().await;
        let tenant = home.tenant("acme", Plan::Business).await;
        Browser::of(home, tenant, Scope::Manage).await
    }

    pub(super) async fn connected(scope: Scope) -> Browser {
        let home = Home::new().await;
        let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;
        Browser::of(home, tenant, scope).await
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: String) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html")
            .header("host", "rollcall.example")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Bearer {}", self.token));
        self.home.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A page that is there.
    pub(super) async fn page(&self, path: &str) -> String {
        let answer = self.ask(Method::GET, path, String::new()).await;
        assert_eq!(answer.status, 200, "{path}: {}", text(&answer));
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        text(&answer)
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path, body).await
    }

    /// Does something that is done; where it leads.
    pub(super) async fn done(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", text(&answer));
        answer.header("location").to_owned()
    }

    /// The same place for somebody who may only read.
    pub(super) async fn reading(self) -> Browser {
        let token = self.home.token(Some(&self.tenant), &[Scope::Read]).await;
        Browser { token, ..self }
    }

    /// A page that leads on; where to.
    pub(super) async fn done_by(&self, method: Method, path: &str) -> String {
        let answer = self.ask(method, path, String::new()).await;
        assert_eq!(answer.status, 303, "{path}: {}", text(&answer));
        answer.header("location").to_owned()
    }

    /// Does what a worker would do with an operation.
    async fn answer(&self, operation: &str, outcome: Outcome) {
        let (store, tenant) = (&self.home.store, &self.tenant);
        let asked = operations::operation(store, tenant, operation).await.unwrap().unwrap();
        operations::answer_operation(store, tenant, asked, outcome).await.unwrap();
    }

    /// The operation that a page waits for is answered with this.
    pub(super) async fn tell(&self, place: &str, result: Value) {
        self.answer(place.rsplit('=').next().unwrap(), Outcome::Done(result)).await;
    }

    /// The page of an operation that was answered with this.
    pub(super) async fn told(&self, place: &str, result: Value) -> String {
        let operation = place.rsplit('/').next().unwrap();
        self.answer(operation, Outcome::Done(result)).await;
        self.page(place).await
    }
}

pub(super) fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[track_caller]
pub(super) fn shows(page: &str, words: &[&str]) {
    for word in words {
        assert!(page.contains(word), "{word} is missing in {page}");
    }
}

#[track_caller]
pub(super) fn hides(page: &str, words: &[&str]) {
    for word in words {
        assert!(!page.contains(word), "{word} stands in {page}");
    }
}

fn report() -> Value {
    let check = |name: &str, readable: bool, remedy: &str| json!({ "kind": "field", "name": name, "readable": readable, "remedy": remedy });
    let checks =
        [check("status", true, ""), check("hireDate", false, "Give access to <hire date>.")];
    json!({ "visible": 20, "total": 200, "all_readable": false, "checks": checks })
}

#[tokio::test]
async fn before_anything_is_connected_the_pages_say_how_to_connect() {
    let browser = Browser::new().await;

    shows(&browser.page("/settings/integrations").await, &["No HR system is connected", HOME]);
    let form = browser.page(&format!("{HOME}?provider=bamboohr")).await;

    shows(&form, &["Subdomain", "API key", "Live Baseline", "Test connection", "Save connection"]);
    shows(&form, &[r#"value="live_baseline" checked"#]);
    hides(&form, &["Sync now", "initial sync", "Recent sync logs"]);
    assert_eq!(
        browser.ask(Method::GET, &format!("{HOME}?provider=x"), String::new()).await.status,
        404
    );
}

#[tokio::test]
async fn what_was_typed_stays_when_it_is_refused_but_for_the_key() {
    let browser = Browser::new().await;
    let typed = [
        ("provider", "bamboohr"),
        ("filled", "yes"),
        ("account", "https://acme.bamboohr.com/\"<b>"),
        ("api_key", "a-key-nobody-sees"),
        ("target", "all_future"),
    ];

    for path in [HOME.to_owned(), format!("{HOME}/try")] {
        let refused = browser.post(&path, &typed).await;

        assert_eq!(refused.status, 422);
        let page = text(&refused);
        shows(&page, &["must be the subdomain alone", r#"aria-invalid="true""#]);
        shows(
            &page,
            &["https://acme.bamboohr.com/&#34;&#60;b&#62;", r#"value="all_future" checked"#],
        );
        hides(&page, &["a-key-nobody-sees", r#"value="live_baseline" checked"#]);
    }
}

#[tokio::test]
async fn a_test_before_saving_survives_a_reload_and_saves_nothing() {
    let browser = Browser::new().await;
    let typed = [
        ("provider", "bamboohr"),
        ("filled", "yes"),
        ("account", "acme"),
        ("api_key", "a-key-nobody-sees"),
        ("target", "all_future"),
    ];

    let place = browser.done(&format!("{HOME}/try"), &typed).await;

    hides(&place, &["nobody-sees"]);
    let (place, fragment) = place.split_once('#').unwrap();
    assert_eq!(fragment, "test");
    shows(&browser.page(place).await, &["is being asked", r#"value="acme""#]);
    browser.tell(place, report()).await;
    let page = browser.page(place).await;
    shows(
        &page,
        &["with one gap", "20 of 200", "Hire date", "Give access to &#60;hire date&#62;."],
    );
    shows(&page, &[r#"value="acme""#, r#"value="all_future" checked"#]);
    shows(&browser.page("/settings/integrations").await, &["No HR system is connected"]);
}

#[tokio::test]
async fn a_test_that_fails_says_why_and_what_to_do() {
    let browser = Browser::connected(Scope::Manage).await;

    let place = browser.done(&format!("{HOME}/test"), &[]).await;

    shows(&browser.page(&place).await, &["is being asked", r#"data-refresh="1""#]);
    let failed = Outcome::Failed {
        code: "authentication".into(),
        summary: "the API key was refused".into(),
        people: vec![],
        retry_at: None,
    };
    browser.answer(place.rsplit('/').next().unwrap(), failed).await;
    let page = browser.page(&place).await;
    shows(&page, &["The API key was refused.", "What to do", "Create a new key", "authentication"]);
    hides(&page, &["data-refresh"]);
}

#[tokio::test]
async fn saving_connects_and_leads_to_the_connection() {
    let browser = Browser::new().await;
    let typed = [
        ("provider", "bamboohr"),
        ("filled", "yes"),
        ("account", "acme"),
        ("api_key", " key "),
        ("target", "live_baseline"),
    ];

    assert_eq!(browser.done(HOME, &typed).await, HOME);

    let page = browser.page(HOME).await;
    shows(&page, &["acme.bamboohr.com", "Sync now", "Pause", "Disconnect", "Recent sync logs"]);
    shows(&page, &["No secret yet", "Nothing has run yet"]);
    shows(&page, &["https://rollcall.example/api/v1/integrations/bamboohr/webhook/acme"]);
    let again = browser.post(HOME, &typed).await;
    assert_eq!(again.status, 422);
    shows(&text(&again), &["is active already"]);
    shows(&browser.page("/settings/integrations").await, &["acme.bamboohr.com", "Open BambooHR"]);
}

#[tokio::test]
async fn the_page_waits_for_the_first_delivery_and_then_says_when_it_came() {
    let browser = Browser::connected(Scope::Manage).await;
    shows(&browser.page(HOME).await, &["Waiting for the first delivery", "hx-trigger"]);

    let body = r#"{"type":"employee.updated","data":{"employeeId":"67"}}"#;
    let tenant = &browser.tenant;
    assert_eq!(browser.home.signed(tenant, super::home::SENT, body).await.status, 202);
    browser.home.projections.settle(SOON).await.unwrap();

    let page = browser.page(HOME).await;
    shows(&page, &["Receiving", "Last delivery"]);
    hides(&page, &["Waiting for the first delivery"]);
}

#[tokio::test]
async fn what_cannot_be_done_now_is_said_on_the_page() {
    let browser = Browser::connected(Scope::Manage).await;
    assert_eq!(browser.done(&format!("{HOME}/pause"), &[]).await, HOME);
    let page = browser.page(HOME).await;
    shows(&page, &["The connection is paused", "Resume"]);
    hides(&page, &["Sync now"]);

    let refused = browser.post(&format!("{HOME}/sync"), &[]).await;

    assert_eq!(refused.status, 422);
    shows(&text(&refused), &["resume it first", "The connection is paused"]);
    assert_eq!(browser.done(&format!("{HOME}/resume"), &[]).await, HOME);
    assert_eq!(browser.done(&format!("{HOME}/sync"), &[]).await, HOME);
    shows(&browser.page(HOME).await, &["Queued", "sync_now"]);
    assert_eq!(browser.done(&format!("{HOME}/reconcile"), &[]).await, HOME);
}

#[tokio::test]
async fn a_plan_without_live_sync_says_so() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Team).await;
    home.connect(&tenant, SignatureForm::BodyTimestamp).await;
    let browser = Browser::of(home, tenant, Scope::Manage).await;

    let page = browser.page(HOME).await;

    shows(&page, &["The plan does not include live sync"]);
    hides(&page, &["Sync now"]);
}

#[tokio::test]
async fn disconnecting_is_asked_for_twice_and_leaves_a_trace() {
    let browser = Browser::connected(Scope::Manage).await;
    let path = format!("{HOME}/disconnect");
    shows(&browser.page(&path).await, &["Disconnect BambooHR?", "What happens", "What does not"]);
    shows(&browser.page(HOME).await, &["acme.bamboohr.com"]);

    assert_eq!(browser.done(&path, &[]).await, "/settings/integrations");

    shows(&browser.page("/settings/integrations").await, &["No HR system", "Disconnected"]);
    shows(&browser.page(HOME).await, &["Save connection"]);
    assert_eq!(browser.post(&format!("{HOME}/sync"), &[]).await.status, 404);
}

#[tokio::test]
async fn who_only_reads_sees_everything_and_no_button() {
    let browser = Browser::connected(Scope::Read).await;

    let page = browser.page(HOME).await;

    shows(&page, &["acme.bamboohr.com", "Live Baseline", "Recent sync logs"]);
    hides(
        &page,
        &["Sync now", "Disconnect", "Add a secret", "/settings/targets", "Test connection"],
    );
    for path in ["/sync", "/pause", "/disconnect", "/try", ""] {
        assert_eq!(browser.post(&format!("{HOME}{path}"), &[]).await.status, 403, "{path}");
    }
    let form = browser.ask(Method::GET, &format!("{HOME}/credentials"), String::new()).await;
    assert_eq!(form.status, 403);
}

#[tokio::test]
async fn an_assistant_reads_the_connection() {
    let browser = Browser::connected(Scope::Assistant).await;
    let page = browser.page(HOME).await;
    shows(&page, &["acme.bamboohr.com"]);
    hides(&page, &["Waiting for the first delivery", "Sync now"]);
}
