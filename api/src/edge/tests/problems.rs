//! Problem details as callers see them, and the catalogue's own rules.

use std::collections::HashSet;
use std::time::Duration;

use axum::response::IntoResponse;
use serde_json::json;

use crate::edge::{Code, Problem};

#[test]
fn a_problem_says_everything_in_one_body() {
    let problem = Problem::new(Code::InvalidRequest)
        .detail("2 fields are not valid.")
        .violation("/email", "is not an e-mail address")
        .request_id("01J");

    let body: serde_json::Value = serde_json::from_slice(&problem.to_json()).unwrap();

    assert_eq!(
        body,
        json!({
            "type": "/api/v1/errors#invalid_request",
            "title": "Some fields are not valid",
            "status": 422,
            "detail": "2 fields are not valid.",
            "code": "invalid_request",
            "errors": [{ "path": "/email", "message": "is not an e-mail address" }],
            "request_id": "01J"
        })
    );
}

#[test]
fn a_problem_is_its_own_media_type() {
    let response = Code::NotFound.into_response();

    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

#[test]
fn a_wait_is_rounded_up() {
    let wait = Duration::from_millis(1001);

    let response = Problem::new(Code::Overloaded).retry_after(wait).into_response();

    assert_eq!(response.headers()["retry-after"], "2");
}

#[test]
fn who_is_asked_to_come_back_is_told_when() {
    for code in Code::ALL {
        let answer = code.into_response();
        let later = [429, 503].contains(&answer.status().as_u16());
        assert_eq!(answer.headers().contains_key("retry-after"), later, "{code:?}");
    }
}

#[test]
fn who_is_not_signed_in_is_told_how() {
    assert_eq!(Code::Unauthenticated.into_response().headers()["www-authenticate"], "Bearer");
}

#[test]
fn the_catalogue_is_complete_and_in_order() {
    for (place, code) in Code::ALL.into_iter().enumerate() {
        assert_eq!(code as usize, place, "{code:?}");
    }
    assert_eq!(Code::Internal as usize + 1, Code::ALL.len(), "Internal is the last");
    let codes: HashSet<_> = Code::ALL.iter().map(|code| code.entry().code).collect();
    assert_eq!(codes.len(), Code::ALL.len());
}

#[test]
fn every_entry_says_what_to_do() {
    for code in Code::ALL {
        let entry = code.entry();
        assert_eq!(code.status().as_u16(), entry.status);
        for sentence in [entry.meaning, entry.remedy] {
            assert!(sentence.ends_with('.') && sentence.len() > 10, "{code:?}: {sentence}");
        }
    }
}
