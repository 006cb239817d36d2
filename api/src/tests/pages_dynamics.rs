//! The pages of a connection to Dynamics 365 HR, as a browser gets them.

use axum::http::Method;
use serde_json::{Value, json};

use super::pages_connection::{Browser, HOME, hides, shows, text};

const SECRET: &str = "not~a+real&secret";

const TYPED: [(&str, &str); 8] = [
    ("provider", "dynamics365"),
    ("filled", "yes"),
    ("environment_url", "acme.operations.dynamics.com"),
    ("tenant_id", "acme.onmicrosoft.com"),
    ("client_id", "c1d2e3f4-0a1b"),
    ("client_secret", SECRET),
    ("expires_on", "2027-06-30"),
    ("target", "live_baseline"),
];

fn typed(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let is_said = |name: &str| more.iter().any(|(other, _)| *other == name);
    let kept = TYPED.into_iter().filter(|(name, _)| !is_said(name));
    kept.chain(more.iter().copied()).collect()
}

async fn connected() -> Browser {
    let browser = Browser::new().await;
    assert_eq!(browser.done(HOME, &TYPED).await, HOME);
    browser
}

#[tokio::test]
async fn every_provider_has_a_tab() {
    let browser = Browser::new().await;
    let all = ["Connect BambooHR", "Connect Dynamics 365 HR", "HRIS Webhook"];
    shows(&browser.page("/settings/integrations").await, &all);

    let form = browser.page(&format!("{HOME}?provider=dynamics365")).await;

    shows(&form, &["?provider=bamboohr", "Dynamics 365 HR</a>", "/hris-webhook"]);
    shows(&form, &["Environment URL", "Tenant ID", "Client ID", "Client secret", "expires on"]);
    shows(&form, &["Legal entities", "Hierarchy of positions", "no webhook", "Limit in Dynamics"]);
    hides(&form, &["Subdomain", "<details open"]);
}

#[tokio::test]
async fn what_cannot_be_is_said_beside_each_field_and_the_secret_is_not_kept() {
    let browser = Browser::new().await;
    let wrong = typed(&[
        ("environment_url", "ftp://acme"),
        ("tenant_id", "a b"),
        ("legal_entities", "usmf, a-legal-entity-with-too-long-an-id"),
        ("surface", "carrier pigeon"),
    ]);
    let refused = browser.post(&format!("{HOME}/try"), &wrong).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &["There is no such choice.", "<details open"]);

    let wrong: Vec<_> = wrong.into_iter().filter(|(name, _)| *name != "surface").collect();
    for path in [HOME.to_owned(), format!("{HOME}/try")] {
        let refused = browser.post(&path, &wrong).await;

        assert_eq!(refused.status, 422);
        let page = text(&refused);
        for field in ["environment_url", "tenant_id", "legal_entities"] {
            shows(&page, &[&format!(r#"id="{field}-e""#)]);
        }
        shows(&page, &[r#"value="ftp://acme""#, r#"value="2027-06-30""#, "<details open"]);
        hides(&page, &["not~a"]);
    }
    let day = browser.post(HOME, &typed(&[("expires_on", "soon")])).await;
    shows(&text(&day), &["It must be a date such as"]);
    shows(&browser.page("/settings/integrations").await, &["No HR system is connected"]);
}

fn report() -> Value {
    let check = |kind: &str, name: &str, remedy: &str| json!({ "kind": kind, "name": name, "readable": remedy.is_empty(), "remedy": remedy });
    json!({
        "visible": 60, "total": null, "all_readable": false,
        "checks": [
            check("permission", "token", ""),
            check("entity", "Workers", ""),
            check("entity", "PositionHierarchies", "Give the app's user <access> to it."),
            check("field", "Workers.PrimaryContactEmail", ""),
        ],
        "advice": ["Limit who can be seen in Dynamics itself."],
    })
}

#[tokio::test]
async fn a_test_shows_what_can_be_read_set_by_set() {
    let browser = Browser::new().await;

    let place = browser.done(&format!("{HOME}/try"), &TYPED).await;

    hides(&place, &["not~a", "not%7Ea", "client_secret"]);
    let (place, _) = place.split_once('#').unwrap();
    shows(&browser.page(place).await, &["Dynamics 365 HR is being asked", r#"value="2027-06-30""#]);
    browser.tell(place, report()).await;
    let page = browser.page(place).await;
    shows(&page, &["with one gap", "60 people are visible.", "Sign-in at Entra"]);
    shows(&page, &["Hierarchies of positions", "Reporting lines", "&#60;access&#62; to it."]);
    shows(&page, &["Primary e-mail", "acme.onmicrosoft.com"]);
}

#[tokio::test]
async fn what_is_connected_has_no_webhook_and_settings_of_its_own() {
    let browser = connected().await;

    let page = browser.page(HOME).await;

    shows(&page, &["<code>acme.operations.dynamics.com</code>", "The client secret is stored"]);
    shows(&page, &["30 Jun 2027", "Everybody of all legal entities is read", "hierarchy Line"]);
    hides(&page, &["Webhook from", "Address for deliveries", "API key", SECRET]);
    for section in ["deliveries", "none"] {
        let path = format!("{HOME}/settings/{section}");
        assert_eq!(browser.ask(Method::GET, &path, String::new()).await.status, 404, "{section}");
    }
    let path = format!("{HOME}/settings/scope");
    shows(&browser.page(&path).await, &["Legal entities", "As the address says"]);
    let scope = [
        ("/legal_entities", "USMF, DEMF"),
        ("was:/legal_entities", ""),
        ("/hierarchy", "Reports"),
        ("was:/hierarchy", ""),
        ("/surface", "dataverse"),
        ("was:/surface", ""),
    ];
    assert_eq!(browser.done(&path, &scope).await, HOME);
    let page = browser.page(HOME).await;
    shows(&page, &["employed in USMF, DEMF is read", "in the position above."]);
    let form = browser.page(&path).await;
    shows(&form, &[r#"value="USMF, DEMF""#, r#"value="dataverse" selected"#]);
    hides(&form, &["Hierarchy of positions"]);
    let usual = [
        ("/legal_entities", ""),
        ("was:/legal_entities", "USMF, DEMF"),
        ("/vacancy", "leave_empty"),
        ("was:/vacancy", "climb"),
        ("/surface", ""),
        ("was:/surface", "dataverse"),
    ];
    assert_eq!(browser.done(&path, &usual).await, HOME);
    let page = browser.page(HOME).await;
    shows(&page, &["Everybody of all legal entities", "hierarchy Reports; where that is vacant"]);
    let usual = [("/hierarchy", ""), ("was:/hierarchy", "Reports")];
    assert_eq!(browser.done(&path, &usual).await, HOME);
    shows(&browser.page(HOME).await, &["hierarchy Line;"]);
}

#[tokio::test]
async fn a_secret_is_replaced_and_used_for_another_app_only_with_it() {
    let browser = connected().await;
    let path = format!("{HOME}/credentials");
    let form = browser.page(&path).await;
    shows(&form, &["Replace the client secret", r#"value="c1d2e3f4-0a1b""#, "2027-06-30"]);
    hides(&form, &["API key", SECRET]);

    let other = [("client_id", "another-app"), ("client_secret", ""), ("expires_on", "")];
    let refused = browser.post(&path, &other).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &[r#"id="client_id-e""#, "Give the client_secret along"]);
    // The day that is shown is the old one's.
    let other = [
        ("client_id", "another-app"),
        ("client_secret", "a-new-one-of-theirs"),
        ("expires_on", "2027-06-30"),
    ];
    assert_eq!(browser.done(&path, &other).await, HOME);
    let form = browser.page(&path).await;
    shows(&form, &[r#"value="another-app""#]);
    hides(&form, &["2027-06-30", "a-new-one-of-theirs"]);

    let day = [("client_id", "another-app"), ("client_secret", ""), ("expires_on", "2028-01-31")];
    assert_eq!(browser.done(&path, &day).await, HOME);
    shows(&browser.page(HOME).await, &["31 Jan 2028"]);
}

#[tokio::test]
async fn a_pause_says_nothing_of_deliveries() {
    let browser = connected().await;
    assert_eq!(browser.done(&format!("{HOME}/pause"), &[]).await, HOME);
    let page = browser.page(HOME).await;
    shows(&page, &["The connection is paused", "finds everything that changed meanwhile"]);
    hides(&page, &["Deliveries are"]);
}
