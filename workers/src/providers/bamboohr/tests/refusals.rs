//! Every style of refusal leads to the right remedy, and shows nothing it should not.

use std::time::Duration;

use chrono::Utc;
use rollcall_domain::vocabulary::FailureCode;
use rollcall_egress::{HeaderMap, HeaderName, HeaderValue};

use crate::providers::bamboohr::errors::judge;
use crate::providers::calls::{Answered, Failed};

fn judged(status: u16, message: Option<&'static str>, body: &str) -> Failed {
    let mut headers = HeaderMap::new();
    if let Some(message) = message {
        let name = HeaderName::from_static("x-bamboohr-error-messsage");
        headers.insert(name, HeaderValue::from_static(message));
    }
    judge(&Answered {
        what: "the report",
        status,
        headers: &headers,
        body: body.as_bytes(),
        wait: None,
        now: Utc::now(),
    })
}

#[test]
fn each_style_has_its_remedy() {
    use FailureCode::{Authentication, Environment, Permission, RateLimited, Unavailable};
    let disabled = r#"{"errors":[{"error":"The user is disabled"}]}"#;
    let named = r#"{"errors":[{"error":"Permission denied","monitorFields":[{"id":2,"name":"lastName"}],"unknownFields":[{"id":null,"name":"foo"}]}]}"#;
    let object = r#"{"errors":{"error":"You do not have access to webhook ID: 6"}}"#;
    let problem = r#"{"type":"about:blank","title":"Unprocessable","status":422,"detail":"x","code":"DATASET_NOT_FOUND"}"#;
    for (status, message, body, code, says) in [
        (401, Some("API key not provided or invalid"), "", Authentication, "create a new key"),
        (403, Some("Forbidden"), "", Permission, "the report"),
        (403, None, disabled, Authentication, "disabled"),
        (403, None, named, Permission, "lastName, foo"),
        (403, None, object, Permission, "the report"),
        (404, Some("Employee not found, Employee not found"), "", Environment, "404"),
        (404, None, "<html>Not here</html>", Environment, "subdomain"),
        (302, None, "", Environment, "subdomain"),
        (400, None, r#"{"error":{"code":"BadPage","message":"m"}}"#, Environment, "BadPage"),
        (400, None, r#"{"error":{"code":404,"message":"m"}}"#, Environment, "400"),
        (409, None, "", Environment, "409"),
        (413, None, problem, Environment, "413"),
        (422, None, problem, Environment, "DATASET_NOT_FOUND"),
        (418, None, "", Environment, "418"),
        (429, None, "", RateLimited, "wait until"),
        (503, None, "", RateLimited, "wait until"),
        (500, None, "oops", Unavailable, "500"),
        (504, None, "", Unavailable, "504"),
        (599, None, "", Unavailable, "599"),
    ] {
        let failure = judged(status, message, body).error.failure();
        assert_eq!(failure.code, code, "{status} {body}");
        assert!(failure.summary.contains(says), "{status} {body}: {}", failure.summary);
    }
}

#[test]
fn an_answer_cannot_write_into_our_messages() {
    let canary = r#"{"error":{"code":"Mira Okafor <mira@acme.example>","message":"Mira Okafor"}}"#;
    for status in [400, 403, 404, 422, 429, 500] {
        let text = judged(status, Some("Mira Okafor"), canary).error.to_string();
        assert!(!text.contains("Mira"), "{text}");
    }
}

#[test]
fn waits_are_never_shorter_than_asked() {
    for _ in 0..1_000 {
        let wait = crate::providers::calls::jittered(Duration::from_secs(8));
        assert!((8.0..=10.0).contains(&wait.as_secs_f64()), "{wait:?}");
    }
}
