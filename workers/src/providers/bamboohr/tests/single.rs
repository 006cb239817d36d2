//! What is wrong with one person's page is that person's, and who asks too fast waits.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rollcall_domain::field::Field;
use serde_json::json;

use super::server::{Answer, Company};
use super::{read_all, told};
use crate::providers::{Flaw, Lookup, Outage, Pace, Provider, ProviderError, Setting};

const PAGE: &str = "<!doctype html><html><body>Oops, nothing here</body></html>";

async fn two() -> Company {
    Company::of(&[json!({"id": "11", "jobTitle": "Lead"}), json!({"id": "12"})]).await
}

fn broken(status: u16) -> Answer {
    Answer { status, headers: "content-type: text/html\r\n", body: PAGE.into() }
}

#[tokio::test]
async fn one_persons_page_or_failure_is_about_that_person() {
    for (status, expected) in
        [(404, Flaw::WebPage), (200, Flaw::WebPage), (302, Flaw::WebPage), (500, Flaw::Fails)]
    {
        let company = two().await;
        company.answer("employees/12", broken(status));
        let client = company.client();

        let error = client.read_one("12").await.err().unwrap();

        let ProviderError::Malformed { flaw, .. } = error else { panic!("{status}: {error}") };
        assert_eq!(flaw, expected, "{status}");
        let Lookup::Found { employee, .. } = client.read_one("11").await.unwrap() else {
            panic!("{status}")
        };
        assert_eq!(told(&employee, Field::JobTitle), "Lead");
    }
}

#[tokio::test]
async fn a_page_in_place_of_the_lists_costs_only_the_units() {
    let company = two().await;
    company.answer("meta/lists", broken(404));

    let (summary, _) = read_all(&company.client()).await.unwrap();

    assert_eq!((summary.employees, summary.complete, summary.option_ids), (2, true, false));
    company.answer("reports/custom", broken(404));
    let error = read_all(&company.client()).await.err().unwrap();
    assert!(matches!(error, ProviderError::Misconfigured(Setting::NotTheService)), "{error}");
}

#[tokio::test]
async fn what_fails_for_everybody_is_no_single_persons_fault() {
    for status in [404, 302, 500] {
        let company = two().await;
        for path in ["employees/11", "employees/12", "employees/0"] {
            company.answer(path, broken(status));
        }

        let error = company.client().read_one("12").await.err().unwrap();

        if status == 500 {
            let same = matches!(error, ProviderError::Unavailable(Outage::Status(500)));
            assert!(same, "{status}: {error}");
        } else {
            let same = matches!(error, ProviderError::Misconfigured(Setting::NotTheService));
            assert!(same, "{status}: {error}");
        }
    }
}

#[tokio::test]
async fn a_damaged_record_alone_is_told_like_one_of_many() {
    let company = two().await;
    company.say("employees/12", r#"{"id":"12","status":"Active","jobTitle":"a\ud83c"}"#);
    let client = company.client();

    let found = client.read_one("12").await.unwrap();

    let Lookup::Found { employee, raw } = found else { panic!("{found:?}") };
    assert_eq!(employee.unreadable, [Field::JobTitle]);
    let mut again = Vec::new();
    let summary =
        crate::providers::bamboohr::parse_recorded([raw], |page| again.extend(page)).unwrap();
    assert_eq!((again, summary.damaged), (vec![employee], 1));
    for nobody in [r#"{"x":oops,"id":"12"}"#, "[]", "7", r#"{"id":"\ud83c"}"#] {
        company.say("employees/12", nobody);
        let error = client.read_one("12").await.err().unwrap();
        assert!(matches!(error, ProviderError::Malformed { .. }), "{nobody}: {error}");
    }
}

/// 429 without a time: nothing is asked again before the time we give ourselves, which grows.
#[tokio::test]
async fn who_is_told_to_be_too_fast_waits_at_once_and_longer_each_time() {
    let company = two().await;
    let too_fast = Answer { status: 429, headers: "", body: Vec::new() };
    for path in ["reports/custom", "employees/12"] {
        company.answer(path, too_fast.clone());
    }
    let asked = |path: &str| company.asked().iter().filter(|asked| *asked == path).count();
    let pace = Pace::default();
    let client = company.client().at_pace(pace.clone());
    let start = Utc::now();

    let until = |error: ProviderError| {
        let ProviderError::RateLimited { until } = error else { panic!("{error}") };
        until - start
    };
    let wait = until(read_all(&client).await.err().unwrap());
    assert!((60..80).contains(&wait.num_seconds()), "{wait}");
    assert_eq!(asked("reports/custom"), 1);
    for person in ["11", "12", "11"] {
        let again = until(client.read_one(person).await.err().unwrap());
        assert_eq!(again, wait);
    }
    assert_eq!((asked("employees/11"), asked("employees/12")), (0, 0));

    // The next run, when it is time.
    let later = start + wait + TimeDelta::seconds(5);
    assert_eq!(pace.unnamed_wait(later), Duration::from_secs(120));
}

#[tokio::test]
async fn a_named_wait_that_is_short_is_waited_for() {
    let company = two().await;
    let soon = Answer { status: 429, headers: "retry-after: 0\r\n", body: Vec::new() };
    company.answer("employees/12", soon);

    let error = company.client().read_one("12").await.err().unwrap();

    assert!(matches!(error, ProviderError::RateLimited { .. }), "{error}");
    assert_eq!(company.asked().len(), 3);
}
