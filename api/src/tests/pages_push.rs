//! The page of the endpoint that an HR system posts everybody to, as a browser gets it.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use super::pages_connection::{Browser, HOME as HRIS, SOON, hides, shows, text};
use crate::tokens::Scope;

const HOME: &str = "/settings/integrations/hris-webhook";
const USUAL: [(&str, &str); 4] = [
    ("sync_type", "normal"),
    ("fields", "job_title"),
    ("fields", "departments"),
    ("target", "live_baseline"),
];

/// An endpoint that was made by the form.
struct Made {
    id: String,
    path: String,
    key: String,
}

impl Browser {
    async fn makes(&self) -> Made {
        let made = self.post(HOME, &USUAL).await;
        assert_eq!(made.status, 201, "{}", text(&made));
        let page = text(&made);
        let between = |start: &str, end: &str| {
            let rest = page.split_once(start).unwrap_or_else(|| panic!("{start}: {page}")).1;
            rest.split_once(end).unwrap().0.to_owned()
        };
        Made {
            id: between("hris-webhook?webhook=", "\""),
            path: between("https://rollcall.example", "<"),
            key: between("<code id=\"apikey\">", "<"),
        }
    }

    /// Saves the settings with these besides the usual ones; where that leads.
    async fn saves(&self, made: &Made, more: &[(&str, &str)]) -> String {
        self.done(HOME, &with(made, more)).await
    }

    /// Posts a body as an HR system does.
    async fn sends(&self, made: &Made, key: &str, body: &str) -> u16 {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&made.path)
            .header("content-type", "application/json")
            .header("x-hris-authentication", key);
        let sent = self.home.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        self.home.projections.settle(SOON).await.unwrap();
        sent.status.as_u16()
    }
}

fn with<'a>(made: &'a Made, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("webhook", &*made.id)], &USUAL[..], more].concat()
}

fn ada() -> String {
    let ada = json!({
        "hris_id": "1", "first_name": "Ada", "last_name": "Osei", "email": "ada@acme.example",
        "active": true,
    });
    json!({ "users": [ada] }).to_string()
}

#[tokio::test]
async fn saving_the_settings_makes_an_endpoint_whose_key_is_shown_once() {
    let browser = Browser::new().await;
    shows(&browser.page("/settings/integrations").await, &[HOME]);
    let before = browser.page(HOME).await;
    shows(&before, &["Save Settings", "1:1", "Ignore these people", "All future scenarios"]);
    shows(&before, &[r#"value="live_baseline" checked"#, r#"value="manager" checked"#]);
    hides(&before, &["Disconnect", "Simulate"]);

    let made = browser.makes().await;

    assert_eq!(made.key.len(), 40);
    let page = browser.page(HOME).await;
    shows(&page, &["Test mode", "Nothing was posted yet", &made.path, "Enable webhook"]);
    hides(&page, &[&made.key, r#"value="manager" checked"#]);
    // Sent once more, the form makes no other one.
    assert_eq!(browser.done(HOME, &USUAL).await, HOME);
    hides(&browser.page(HOME).await, &["Further endpoints"]);
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let browser = Browser::new().await;
    let made = browser.makes().await;
    let long = "x".repeat(401);
    let typed = [("ignored_people", "<b>@acme.example"), ("ignored_departments", &*long)];

    let refused = browser.post(HOME, &with(&made, &typed)).await;

    assert_eq!(refused.status, 422);
    let page = text(&refused);
    shows(&page, &["List at most 1000", r#"id="departments-e""#, "&#60;b&#62;@acme.example"]);
    hides(&page, &[r#"id="people-e""#]);
    let nowhere = [("webhook", &*made.id), ("sync_type", "normal")];
    let refused = browser.post(HOME, &nowhere).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &["role=\"alert\""]);
    let gone = browser.post(HOME, &with(&made, &[("target", "01JZ")])).await;
    assert_eq!(gone.status, 422);
    shows(&text(&gone), &["there is no such scenario"]);
}

#[tokio::test]
async fn it_is_enabled_by_the_form_and_any_change_returns_it_to_test_mode() {
    let browser = Browser::new().await;
    let made = browser.makes().await;
    let place = format!("{HOME}?webhook={}", made.id);

    assert_eq!(browser.saves(&made, &[("enable", "yes")]).await, place);
    let page = browser.page(HOME).await;
    shows(&page, &["Live", "Pause", "Disable"]);
    hides(&page, &["Test mode", "Takes effect with Save Settings"]);
    // Where people come from now stands where they were to be connected.
    assert_eq!(browser.done_by(Method::GET, HRIS).await, HOME);
    hides(&browser.page("/settings/integrations").await, &["No HR system is connected"]);

    // Nobody has seen yet what the new settings do, so that asking for both saves them alone.
    browser.saves(&made, &[("ignored_people", "board@acme.example"), ("enable", "yes")]).await;
    let page = browser.page(HOME).await;
    shows(&page, &["Test mode", ">board@acme.example</textarea>"]);
    shows(&browser.page(HRIS).await, &["Subdomain"]);

    browser.saves(&made, &[("ignored_people", "board@acme.example"), ("enable", "yes")]).await;
    let at = |what: &str| format!("{HOME}/{}/{what}", made.id);
    assert_eq!(browser.done(&at("pause"), &[]).await, place);
    shows(&browser.page(HOME).await, &["Paused", "Resume"]);
    assert_eq!(browser.done(&at("resume"), &[]).await, place);
    shows(&browser.page(&at("disable")).await, &["Disable HRIS Webhook?", "refused with 409"]);
    assert_eq!(browser.done(&at("disable"), &[]).await, place);
    shows(&browser.page(HOME).await, &["Disabled", "Enable webhook"]);
    shows(&browser.page(&at("disconnect")).await, &["Disconnect HRIS Webhook?"]);
    assert_eq!(browser.done(&at("disconnect"), &[]).await, "/settings/integrations");
    shows(&browser.page(HOME).await, &["Makes the address and the key"]);
}

#[tokio::test]
async fn beside_an_active_connection_it_is_tested_but_not_enabled() {
    let browser = Browser::connected(Scope::Manage).await;
    let made = browser.makes().await;

    let page = browser.page(HOME).await;
    shows(&page, &["BambooHR is active now and must be disconnected first", HRIS]);
    let refused = browser.post(HOME, &with(&made, &[("enable", "yes")])).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &[r#"id="enable-e""#, "Test mode"]);

    // The connection stays the one, and the endpoint stands beside it.
    shows(&browser.page(HRIS).await, &["acme.bamboohr.com", "Sync now"]);
    shows(&browser.page("/settings/integrations").await, &["acme.bamboohr.com", "Test mode"]);
}

#[tokio::test]
async fn keys_are_shown_once_and_removed_after_a_question() {
    let browser = Browser::new().await;
    let made = browser.makes().await;
    let keys = format!("{HOME}/{}/keys", made.id);
    let old = browser.page(HOME).await;
    let old = old.split("/keys/").nth(1).unwrap().split('/').next().unwrap().to_owned();

    let another = browser.post(&keys, &[]).await;
    assert_eq!(another.status, 201);
    shows(&text(&another), &["Your API key, shown once", "I have stored it"]);
    // Two work at a time.
    assert_eq!(browser.post(&keys, &[]).await.status, 422);
    assert_eq!(browser.sends(&made, &made.key, &ada()).await, 202);

    let remove = format!("{keys}/{old}/remove");
    shows(&browser.page(&remove).await, &["Remove the key", &old, "answered 401"]);
    assert_eq!(browser.done(&remove, &[]).await, format!("{HOME}?webhook={}", made.id));
    hides(&browser.page(HOME).await, &[&old]);
    assert_eq!(browser.sends(&made, &made.key, &ada()).await, 401);
}

#[tokio::test]
async fn requests_are_listed_with_those_that_were_refused_and_simulated() {
    let browser = Browser::new().await;
    let made = browser.makes().await;
    assert_eq!(browser.sends(&made, "0".repeat(40).as_str(), &ada()).await, 401);
    assert_eq!(browser.sends(&made, &made.key, r#"{"users":[{"hris_id":"1"}]}"#).await, 422);
    assert_eq!(browser.sends(&made, &made.key, &ada()).await, 202);

    let page = browser.page(HOME).await;
    shows(
        &page,
        &["Accepted", "Not applied: test mode", "Refused lately", "none of the live ones"],
    );
    shows(&page, &["not what the schema asks for", "401", "422"]);
    let simulate = page.split("action=\"").find(|one| one.contains("/simulate\"")).unwrap();
    let simulate = simulate.split('"').next().unwrap();
    let place = browser.done(simulate, &[]).await;
    shows(&browser.page(&place).await, &["Rollcall looks it up"]);

    let counts = json!({ "created": 2, "unchanged": 5, "skipped": 1, "errors": 3 });
    let result = json!({
        "integration": made.id, "hash": "5f0c2f7d1a8b4c6e", "kind": "push", "held": null,
        "targets": [{ "scenario": "01JZ", "hash": "x", "counts": counts }],
        "warnings": ["2 ids look like e-mail addresses (<a@b.example>)"],
        "expires_at": "2026-01-31T18:42:00Z",
    });
    let page = browser.told(&place, result).await;
    shows(&page, &["<b>2</b><span>Created", "<b>3</b><span>Conflict", "<b>1</b><span>Ignored"]);
    shows(&page, &["2 ids look like e-mail addresses (&#60;a@b.example&#62;)", "Raw body"]);
    shows(&page, &["This simulation is over"]);
    hides(&page, &["Apply exactly this"]);
    let gone = browser.post(&format!("{place}/apply"), &[("hash", "5f0c2f7d1a8b4c6e")]).await;
    assert_eq!(gone.status, 422);
    shows(&text(&gone), &["The webhook is not live; enable it first"]);
    // Of another request it says nothing.
    let elsewhere = place.replacen("/requests/", "/requests/0", 1);
    let other = browser.ask(Method::GET, &elsewhere, String::new()).await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn whoever_may_only_read_sees_settings_and_requests_and_no_button() {
    let browser = Browser::new().await;
    let made = browser.makes().await;
    browser.saves(&made, &[("ignored_people", "board@acme.example")]).await;
    browser.sends(&made, &made.key, &ada()).await;

    let reader = browser.reading().await;

    let page = reader.page(HOME).await;
    shows(&page, &["Test mode", "Accepted", "board@acme.example", "Live Baseline"]);
    hides(&page, &["Save Settings", "Simulate", "New key", "Disconnect", "Disable"]);
    let refused = reader.post(&format!("{HOME}/{}/keys", made.id), &[]).await;
    assert_eq!(refused.status, 403);
}
