//! The test of a connection.

use std::time::Duration;

use rollcall_simulators::bamboohr::{Disturbance, Wrong};

use super::{client, client_with, company};
use crate::providers::{Checked, Provider, ProviderError, Refusal, Setting};

#[tokio::test]
async fn a_good_connection_shows_everything() {
    let simulator = company(1_200).await;

    let report = client(&simulator).test().await.unwrap();

    assert!(report.all_readable(), "{report:?}");
    assert_eq!((report.people, report.second_count), (1_200, Some(1_200)));
    let fields = report.checks.iter().filter(|check| check.what == Checked::Field);
    assert_eq!(fields.count(), 17);
}

#[tokio::test]
async fn what_is_hidden_is_named_with_a_remedy() {
    let simulator = company(20).await;
    simulator.change_faults(|faults| {
        faults.hidden_fields.insert("hireDate".to_owned());
        for path in ["/meta/lists", "/webhooks"] {
            faults.answers.push(Disturbance::always(Wrong::Forbidden).on(path));
        }
    });

    let report = client(&simulator).test().await.unwrap();

    let refused: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| !check.readable)
        .map(|check| check.name.as_str())
        .collect();
    assert_eq!(refused, ["department", "division", "location", "hireDate", "webhooks"]);
    assert!(report.checks.iter().all(|check| check.readable == check.remedy.is_empty()));
}

#[tokio::test]
async fn a_wrong_key_a_wrong_address_and_a_forbidden_report_read_differently() {
    let simulator = company(20).await;
    let wrong_key = client_with(&simulator, "nonsense", Duration::from_secs(9));
    let error = wrong_key.test().await.err().unwrap();
    let refused = ProviderError::Unauthorized { reason: Refusal::Key };
    assert_eq!(error.to_string(), refused.to_string());
    assert_eq!(simulator.requests().values().sum::<u64>(), 1, "bad keys count towards a lock-out");

    let forbid = Disturbance::always(Wrong::Forbidden).on("/reports");
    simulator.change_faults(|faults| faults.answers.push(forbid));
    let error = client(&simulator).test().await.err().unwrap();
    assert!(matches!(error, ProviderError::Forbidden { .. }), "{error}");

    simulator.change_faults(|faults| {
        faults.answers = vec![Disturbance::always(Wrong::Status(302))];
    });
    let error = client(&simulator).test().await.err().unwrap();
    assert!(matches!(error, ProviderError::Misconfigured(Setting::NotTheService)), "{error}");
}

#[tokio::test]
async fn a_key_whose_user_is_no_employee_is_as_good() {
    let simulator = company(20).await;
    let nobody = Disturbance::always(Wrong::NotFound).on("/employees/0");
    simulator.change_faults(|faults| faults.answers.push(nobody));

    let report = client(&simulator).test().await.unwrap();

    assert!(report.all_readable(), "{report:?}");
    assert_eq!(report.people, 20);
}
