//! Tokens: who gets one, who does not and why, and how long it is good.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Answer, ask_token, cast, client, form, get, read, small, start, token};
use crate::dynamics::{Aadsts, Config, Simulator};

fn tenant() -> String {
    Config::default().tenant_id
}

/// The error of a refusal, its code and its status.
fn refusal(answer: &Answer) -> (u16, String, u64) {
    let body = answer.json();
    let error = body["error"].as_str().unwrap().to_owned();
    (answer.status, error, body["error_codes"][0].as_u64().unwrap())
}

/// The refusal of a form with another value in one field; without it where there is none.
async fn with(simulator: &Simulator, name: &str, value: Option<&str>) -> (u16, String, u64) {
    let mut form = form(simulator);
    form.retain(|(key, _)| *key != name);
    form.extend(
        value.map(|value| (if name == "scope" { "scope" } else { field(name) }, value.to_owned())),
    );
    refusal(&ask_token(simulator, &tenant(), &form).await)
}

fn field(name: &str) -> &'static str {
    match name {
        "grant_type" => "grant_type",
        "client_id" => "client_id",
        "client_secret" => "client_secret",
        other => panic!("{other} is no field"),
    }
}

#[tokio::test]
async fn whoever_knows_the_secret_gets_a_token_for_an_hour() {
    let simulator = small().await;

    let answer = ask_token(&simulator, &tenant(), &form(&simulator)).await;
    let by_name = ask_token(&simulator, "acme.onmicrosoft.com", &form(&simulator)).await;

    let body = answer.json();
    assert_eq!((answer.status, by_name.status), (200, 200));
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!((&body["expires_in"], &body["ext_expires_in"]), (&json!(3599), &json!(3599)));
    assert_eq!(body["access_token"].as_str().unwrap().split('.').count(), 3);
    assert!(body.get("refresh_token").is_none());
    assert_eq!(simulator.tokens_issued(), 2);
}

#[tokio::test]
async fn the_older_page_takes_a_resource_and_writes_numbers_as_texts() {
    let simulator = small().await;
    let mut fields = form(&simulator);
    fields.retain(|(name, _)| *name != "scope");
    fields.push(("resource", simulator.environment_url()));
    let url = format!("{}/{}/oauth2/token", simulator.authority_url(), tenant());

    let request = client().post(url).header("Content-Type", "application/x-www-form-urlencoded");
    let body = read(request.body(super::encoded(&fields))).await.json();

    assert_eq!(body["expires_in"], "3599");
    assert!(body["expires_on"].is_string() && body["not_before"].is_string());
    assert_eq!(body["resource"], json!(simulator.environment_url()));
}

#[tokio::test]
async fn the_app_may_name_itself_by_http_basic_too() {
    let simulator = small().await;
    let config = Config::default();
    let fields: Vec<_> =
        form(&simulator).into_iter().filter(|(name, _)| !name.starts_with("client")).collect();
    let url = format!("{}/{}/oauth2/v2.0/token", simulator.authority_url(), tenant());

    let request = client().post(url).basic_auth(config.client_id, Some(config.client_secret));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");

    assert_eq!(read(request.body(super::encoded(&fields))).await.status, 200);
}

#[tokio::test]
async fn every_mistake_has_its_code() {
    let simulator = small().await;
    let named = |status, error: &str, code| (status, error.to_owned(), code);
    let other =
        ask_token(&simulator, "11111111-2222-3333-4444-555555555555", &form(&simulator)).await;
    let malformed = ask_token(&simulator, "acme", &form(&simulator)).await;
    let elsewhere = "https://elsewhere.operations.dynamics.com/.default";
    let both = format!("{elsewhere} {}/.default", simulator.environment_url());

    assert_eq!(refusal(&other), named(400, "invalid_request", 90_002));
    assert_eq!(refusal(&malformed), named(400, "invalid_request", 900_023));
    let wrong = with(&simulator, "client_secret", Some("a secret's id")).await;
    assert_eq!(wrong, named(401, "invalid_client", 7_000_215));
    let missing = with(&simulator, "client_secret", None).await;
    assert_eq!(missing, named(401, "invalid_client", 7_000_218));
    let stranger =
        with(&simulator, "client_id", Some("11111111-2222-3333-4444-555555555555")).await;
    assert_eq!(stranger, named(400, "unauthorized_client", 700_016));
    let scope = with(&simulator, "scope", Some(&simulator.environment_url())).await;
    assert_eq!(scope, named(400, "invalid_scope", 70_011));
    let resource = with(&simulator, "scope", Some(elsewhere)).await;
    assert_eq!(resource, named(400, "invalid_resource", 500_011));
    let several = with(&simulator, "scope", Some(&both)).await;
    assert_eq!(several, named(400, "invalid_scope", 700_022));
    let grant = with(&simulator, "grant_type", Some("password")).await;
    assert_eq!(grant, named(400, "unsupported_grant_type", 70_003));
    assert_eq!(with(&simulator, "client_id", None).await, named(400, "invalid_request", 900_144));
    assert_eq!(simulator.tokens_issued(), 0);
}

#[tokio::test]
async fn a_secret_that_is_not_encoded_is_another_secret() {
    let simulator = small().await;
    let config = Config::default();
    let scope = format!("{}/.default", simulator.environment_url());
    let raw = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}",
        config.client_id, config.client_secret
    );
    let url = format!("{}/{}/oauth2/v2.0/token", simulator.authority_url(), tenant());

    let request = client().post(url).header("Content-Type", "application/x-www-form-urlencoded");

    assert_eq!(refusal(&read(request.body(raw)).await).2, 7_000_215);
}

#[tokio::test]
async fn a_refusal_has_the_code_in_its_words_and_ids_of_its_trace() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.entra = Some(Aadsts::SecretExpired));

    let answer = ask_token(&simulator, &tenant(), &form(&simulator)).await;

    let body = answer.json();
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with("AADSTS7000222: "), "{description}");
    assert!(
        description.contains("\r\nTrace ID: ")
            && description.contains(&Config::default().client_id)
    );
    assert!(body["error_uri"].as_str().unwrap().ends_with("?code=7000222"));
    for id in ["trace_id", "correlation_id"] {
        assert_eq!(body[id].as_str().unwrap().len(), 36);
    }
}

#[tokio::test]
async fn every_reason_can_be_switched_on() {
    let simulator = small().await;
    let reasons = [
        (Aadsts::SecretWrong, 401, 7_000_215),
        (Aadsts::SecretExpired, 401, 7_000_222),
        (Aadsts::ClientNotFound, 400, 700_016),
        (Aadsts::ClientDisabled, 400, 7_000_112),
        (Aadsts::TenantNotFound, 400, 90_002),
        (Aadsts::TenantMalformed, 400, 900_023),
        (Aadsts::ScopeInvalid, 400, 70_011),
        (Aadsts::ResourceUnknown, 400, 500_011),
        (Aadsts::SecretMissing, 401, 7_000_218),
        (Aadsts::SeveralResources, 400, 700_022),
        (Aadsts::ConsentMissing, 400, 65_001),
        (Aadsts::TemporarilyUnavailable, 503, 90_033),
        (Aadsts::TooManyRequests, 429, 50_196),
    ];
    for (reason, status, code) in reasons {
        simulator.change_faults(|faults| faults.entra = Some(reason));
        let answer = ask_token(&simulator, &tenant(), &form(&simulator)).await;
        let (seen, _, number) = refusal(&answer);
        assert_eq!((seen, number), (status, code), "{reason:?}");
        assert_eq!(answer.headers.contains_key("retry-after"), status == 503 || status == 429);
    }
}

#[tokio::test]
async fn numbers_can_be_texts_on_the_newer_page_too() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.numbers_as_text = true);

    let body = ask_token(&simulator, &tenant(), &form(&simulator)).await.json();

    assert_eq!(body["expires_in"], "3599");
}

#[tokio::test]
async fn without_a_token_or_with_a_made_up_one_there_are_no_data() {
    let simulator = cast().await;
    for path in ["/data/Workers", "/api/data/v9.2/cdm_workers"] {
        let url = format!("{}{path}", simulator.environment_url());
        let bare = read(client().get(&url)).await;
        let forged = read(client().get(&url).bearer_auth("a.b.c")).await;

        assert_eq!((bare.status, forged.status), (401, 401), "{path}");
        assert!(bare.header("www-authenticate").starts_with("Bearer authorization_uri="));
        assert_eq!(bare.text, "");
    }
}

#[tokio::test]
async fn a_token_expires_by_the_clock_of_the_company() {
    let config = Config { token_lifetime: std::time::Duration::from_secs(5), ..Config::default() };
    let simulator = start(config).await;
    let url = format!("{}/data/Jobs", simulator.environment_url());
    let token = token(&simulator).await;

    let fresh = read(client().get(&url).bearer_auth(&token)).await;
    simulator.advance(TimeDelta::seconds(6));
    let stale = read(client().get(&url).bearer_auth(&token)).await;

    assert_eq!((fresh.status, stale.status), (200, 401));
    assert!(stale.header("www-authenticate").contains("invalid_token"));
    assert_eq!(get(&simulator, "/data/Jobs").await.status, 200);
}

#[tokio::test]
async fn a_token_can_expire_in_the_middle_of_a_read() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.requests_per_token = Some(2));
    let url = format!("{}/data/Jobs", simulator.environment_url());
    let token = token(&simulator).await;

    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(read(client().get(&url).bearer_auth(&token)).await.status);
    }
    simulator.set_faults(crate::dynamics::Faults::default());
    simulator.expire_tokens();
    let expired = read(client().get(&url).bearer_auth(&token)).await;

    assert_eq!(statuses, [200, 200, 401]);
    assert_eq!(expired.status, 401);
}

#[tokio::test]
async fn tokens_and_data_are_at_two_addresses() {
    let simulator = small().await;
    let token_path = format!("/{}/oauth2/v2.0/token", tenant());

    let here = read(client().post(format!("{}{token_path}", simulator.environment_url()))).await;
    let there = read(client().get(format!("{}/data/Workers", simulator.authority_url()))).await;

    assert_eq!((here.status, there.status), (404, 404));
    assert_ne!(simulator.environment_url(), simulator.authority_url());
    let nothing: Value = json!(simulator.requests().get("POST /token"));
    assert_eq!(nothing, Value::Null);
}
