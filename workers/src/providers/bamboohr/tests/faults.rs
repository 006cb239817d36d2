//! What a full read makes of a provider in a bad mood.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rollcall_domain::field::Field;
use rollcall_domain::plan::Status;
use rollcall_domain::vocabulary::FailureCode;
use rollcall_simulators::bamboohr::{Config, Disturbance, RetryAfter, Simulator, Wrong};

use super::{client, client_with, company, read_all};
use crate::providers::{Flaw, Outage, ProviderError};

const REPORT: &str = "/reports/custom";

/// A company whose report goes wrong so.
async fn going_wrong(wrong: Wrong) -> Simulator {
    let simulator = company(20).await;
    disturb(&simulator, Disturbance::always(wrong).on(REPORT));
    simulator
}

fn disturb(simulator: &Simulator, disturbance: Disturbance) {
    simulator.change_faults(|faults| faults.answers.push(disturbance));
}

async fn error_of(simulator: &Simulator) -> ProviderError {
    match read_all(&client(simulator)).await {
        Ok(_) => panic!("the read should have failed"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_hidden_field_is_omitted_and_the_read_is_not_complete() {
    let simulator = company(20).await;
    simulator.change_faults(|faults| {
        faults.hidden_fields.extend(["hireDate".to_owned(), "workPhone".to_owned()]);
    });

    let (summary, kept) = read_all(&client(&simulator)).await.unwrap();

    assert!(!summary.complete);
    assert_eq!(summary.missing, ["workPhone", "hireDate"]);
    assert_eq!(summary.omitted, [Field::Phone, Field::HireDate]);
    for person in kept.pages.iter().flatten() {
        assert!(!person.seen.contains_key(&Field::HireDate));
        assert!(!person.seen.contains_key(&Field::Phone), "a mobile phone may not be the phone");
        assert!(person.seen.contains_key(&Field::Email));
    }
}

#[tokio::test]
async fn without_the_status_nobody_is_active_and_nothing_is_complete() {
    let simulator = company(20).await;
    simulator.change_faults(|faults| _ = faults.hidden_fields.insert("status".to_owned()));

    let (summary, kept) = read_all(&client(&simulator)).await.unwrap();

    assert_eq!((summary.complete, summary.missing), (false, vec!["status".to_owned()]));
    assert!(kept.pages.iter().flatten().all(|person| person.status == Status::Unknown));
}

#[tokio::test]
async fn a_second_count_that_cannot_be_had_is_no_error() {
    let config = Config { people: 20, list_needs_oauth: true, ..Config::default() };
    let simulator = Simulator::start(config).await.unwrap();
    let by_dataset = read_all(&client(&simulator)).await.unwrap().0;
    disturb(&simulator, Disturbance::always(Wrong::Forbidden).on("/datasets"));

    let without = read_all(&client(&simulator)).await.unwrap().0;

    assert_eq!((by_dataset.second_count, by_dataset.complete), (Some(20), true));
    assert_eq!((without.second_count, without.complete), (None, true));
}

#[tokio::test]
async fn units_are_left_out_where_lists_are_forbidden() {
    let simulator = company(20).await;
    disturb(&simulator, Disturbance::always(Wrong::Forbidden).on("/meta/lists"));

    let (summary, kept) = read_all(&client(&simulator)).await.unwrap();

    assert!(!summary.option_ids && summary.complete);
    assert_eq!(summary.missing, ["department", "division", "location"]);
    let units = [Field::Departments, Field::Division, Field::Location];
    assert_eq!(summary.omitted, units);
    let told = |field: &Field| {
        kept.pages[0].iter().any(|person| matches!(person.seen.get(field), Some(Some(_))))
    };
    assert!(!units.iter().any(told) && told(&Field::JobTitle));
}

#[tokio::test]
async fn a_truncated_report_is_never_a_read() {
    let simulator = going_wrong(Wrong::Truncate).await;
    let error = error_of(&simulator).await;
    assert!(matches!(error, ProviderError::Unavailable(Outage::Truncated)), "{error}");
    assert_eq!(error.failure().code, FailureCode::Unavailable);
}

#[tokio::test]
async fn a_web_page_is_called_one() {
    let simulator = going_wrong(Wrong::Html).await;
    let error = error_of(&simulator).await;
    assert!(matches!(error, ProviderError::Malformed { flaw: Flaw::WebPage, .. }), "{error}");
    assert_eq!(error.failure().code, FailureCode::MalformedAnswer);
}

#[tokio::test]
async fn a_provider_that_hangs_is_unavailable_at_the_deadline() {
    let simulator = going_wrong(Wrong::Hang).await;
    let client = client_with(&simulator, &Config::default().api_key, Duration::from_secs(1));

    let error = read_all(&client).await.err().unwrap();

    assert!(matches!(error, ProviderError::Unavailable(Outage::Network(_))), "{error}");
    assert_eq!(simulator.requests_of("POST /reports/custom"), 1);
}

#[tokio::test]
async fn throttling_is_told_with_the_time_to_come_back() {
    for status in [429, 503] {
        for (retry_after, asked) in [
            (RetryAfter::Seconds(120), 120),
            (RetryAfter::HttpDate(120), 119),
            (RetryAfter::Absent, 60),
        ] {
            let simulator = going_wrong(Wrong::Throttle { status, retry_after }).await;
            let before = Utc::now();

            let error = error_of(&simulator).await;

            let ProviderError::RateLimited { until } = error else {
                panic!("{error}");
            };
            let earliest = TimeDelta::seconds(asked - 1);
            let latest = TimeDelta::seconds(asked * 5 / 4 + 10);
            let wait = until - before;
            assert!(earliest <= wait && wait <= latest, "{status} {retry_after:?}: {wait}");
            // Who is told to be too fast does not try again at once; 503 may mean anything.
            let soon = status == 503 && retry_after == RetryAfter::Absent;
            let tries = if soon { 3 } else { 1 };
            assert_eq!(simulator.requests_of("POST /reports/custom"), tries);
        }
    }
}

#[tokio::test]
async fn a_short_bad_mood_passes_unseen() {
    for wrong in [
        Wrong::Throttle { status: 429, retry_after: RetryAfter::Seconds(0) },
        Wrong::Throttle { status: 503, retry_after: RetryAfter::Absent },
        Wrong::Status(502),
    ] {
        let simulator = company(20).await;
        disturb(&simulator, Disturbance::always(wrong).on(REPORT).times(2));

        let (summary, _) = read_all(&client(&simulator)).await.unwrap();

        assert!(summary.complete);
        assert_eq!(simulator.requests_of("POST /reports/custom"), 3);
    }
}

#[tokio::test]
async fn a_wrong_key_is_told_at_once() {
    let simulator = company(20).await;

    let client = client_with(&simulator, "wrong", Duration::from_secs(30));
    let error = read_all(&client).await.err().unwrap();

    assert_eq!(error.failure().code, FailureCode::Authentication);
    assert!(!error.to_string().contains("wrong\""));
    assert_eq!(simulator.requests_of("POST /reports/custom"), 0);
}
