//! What a full read makes of an environment in a bad mood.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rollcall_domain::connection::{Dynamics365, Surface};
use rollcall_domain::field::Field;
use rollcall_domain::plan::Status;
use rollcall_domain::vocabulary::FailureCode;
use rollcall_simulators::dynamics::{
    Config, Disturbance, RetryAfter, Simulator, ThrottleEvery, Wrong,
};

use super::{BOTH, client, client_of, client_within, company, error_of, read_all, settings};
use crate::providers::{Flaw, Outage, ProviderError, Setting};

const FINANCE: Surface = Surface::FinanceOperations;
const PAGES: &str = "/data/PositionsV2";

fn disturb(simulator: &Simulator, disturbance: Disturbance) {
    simulator.change_faults(|faults| faults.answers.push(disturbance));
}

async fn going_wrong(wrong: Wrong) -> Simulator {
    let simulator = company(20).await;
    disturb(&simulator, Disturbance::always(wrong).on(PAGES));
    simulator
}

#[tokio::test]
async fn throttling_is_told_with_the_time_to_come_back() {
    for (status, retry_after, asked) in [
        (429, RetryAfter::Seconds(120), 120),
        (503, RetryAfter::Seconds(120), 120),
        (429, RetryAfter::HttpDate(120), 119),
        (429, RetryAfter::Absent, 60),
    ] {
        let simulator = going_wrong(Wrong::Throttle { status, retry_after }).await;
        let before = Utc::now();

        let error = error_of(&client(&simulator, FINANCE)).await;

        let ProviderError::RateLimited { until } = error else { panic!("{error}") };
        let wait = until - before;
        let latest = TimeDelta::seconds(asked * 5 / 4 + 10);
        assert!(TimeDelta::seconds(asked - 1) <= wait && wait <= latest, "{wait}");
        assert_eq!(simulator.requests_of("GET /data/PositionsV2"), 1);
    }
}

#[tokio::test]
async fn a_short_bad_mood_passes_unseen() {
    for wrong in [
        Wrong::Throttle { status: 429, retry_after: RetryAfter::Seconds(0) },
        Wrong::Status(503),
        Wrong::Page(503),
        Wrong::Status(502),
        Wrong::Truncate,
    ] {
        let simulator = company(20).await;
        disturb(&simulator, Disturbance::always(wrong.clone()).on(PAGES).times(2));

        let (summary, _) = read_all(&client(&simulator, FINANCE)).await.unwrap();

        assert!(summary.complete, "{wrong:?} {summary:?}");
        assert_eq!(simulator.requests_of("GET /data/PositionsV2"), 3);
    }
    for surface in BOTH {
        let simulator = company(20).await;
        let retry_after = RetryAfter::Seconds(0);
        simulator.change_faults(|faults| {
            faults.throttle_every = Some(ThrottleEvery { requests: 3, retry_after });
        });
        let (summary, _) = read_all(&client(&simulator, surface)).await.unwrap();
        assert!(summary.complete, "{surface:?}");
    }
}

#[tokio::test]
async fn an_environment_that_hangs_is_unavailable_at_the_deadline() {
    let simulator = going_wrong(Wrong::Hang).await;
    let settings = settings(&simulator, FINANCE);
    let secret = Config::default().client_secret;
    let client = client_within(&settings, &secret, Duration::from_secs(1));

    let error = error_of(&client).await;

    assert!(matches!(error, ProviderError::Unavailable(Outage::Network(_))), "{error}");
    assert_eq!(simulator.requests_of("GET /data/PositionsV2"), 1);
}

#[tokio::test]
async fn what_is_broken_off_is_never_a_read() {
    let simulator = going_wrong(Wrong::Truncate).await;
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::Unavailable(Outage::Truncated)), "{error}");
}

#[tokio::test]
async fn a_web_page_is_called_one_and_maintenance_is_an_outage() {
    let simulator = going_wrong(Wrong::Html).await;
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::Malformed { flaw: Flaw::WebPage, .. }), "{error}");

    let simulator = going_wrong(Wrong::Page(503)).await;
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::Unavailable(Outage::Status(503))), "{error}");

    let simulator = company(20).await;
    disturb(&simulator, Disturbance::always(Wrong::Html).on("/data/Workers"));
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::Misconfigured(Setting::NotTheEnvironment)), "{error}");
}

#[tokio::test]
async fn what_a_set_says_stays_as_it_is_where_it_may_not_be_read() {
    let by_position = vec![Field::JobTitle, Field::Departments, Field::Manager];
    let by_employment = vec![Field::EmploymentType, Field::HireDate, Field::TerminationDate];
    for (surface, set, omitted) in [
        (FINANCE, "Departments", vec![Field::Departments]),
        (FINANCE, "Jobs", vec![Field::JobTitle]),
        (FINANCE, "PositionsV2", by_position.clone()),
        (FINANCE, "PositionWorkerAssignmentsV2", by_position.clone()),
        (FINANCE, "PositionHierarchies", vec![Field::Manager]),
        (FINANCE, "EmploymentsV2", by_employment.clone()),
        (Surface::Dataverse, "cdm_departments", vec![Field::Departments]),
        (Surface::Dataverse, "cdm_jobpositions", by_position),
        (Surface::Dataverse, "cdm_employments", by_employment),
        (Surface::Dataverse, "cdm_titles", vec![Field::JobTitle]),
    ] {
        let simulator = company(20).await;
        simulator.change_faults(|faults| _ = faults.forbidden_sets.insert(set.to_owned()));

        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();

        assert_eq!(summary.omitted, omitted, "{set}");
        assert_eq!((summary.complete, summary.missing), (false, vec![set.to_owned()]));
        for person in kept.people().filter(|person| person.status == Status::Active) {
            for field in &omitted {
                // Only part of the titles hangs on these sets.
                let in_part = *field == Field::JobTitle && ["Jobs", "cdm_titles"].contains(&set);
                let said = person.seen.get(field);
                assert!(said.is_none() || in_part && said != Some(&None), "{set} {field:?}");
            }
            assert!(person.seen.contains_key(&Field::LastName));
        }
        assert!(kept.people().any(|person| person.status == Status::Active), "{set}");
    }
}

#[tokio::test]
async fn an_older_version_is_read_by_its_older_names() {
    let simulator = company(20).await;
    simulator.change_faults(|faults| _ = faults.missing_sets.insert("EmploymentsV2".to_owned()));

    let (summary, kept) = read_all(&client(&simulator, FINANCE)).await.unwrap();

    assert!(summary.complete, "{summary:?}");
    assert!(kept.people().all(|person| person.seen.contains_key(&Field::HireDate)));
    assert_eq!(simulator.requests_of("GET /data/Employments"), 1);
}

#[tokio::test]
async fn a_column_that_is_not_there_keeps_what_it_told() {
    let simulator = company(20).await;
    simulator.change_faults(|faults| {
        faults.missing_columns.extend(["IdentityEmail".to_owned(), "OfficeLocation".to_owned()]);
    });

    let (summary, kept) = read_all(&client(&simulator, FINANCE)).await.unwrap();

    assert_eq!(summary.missing, ["Workers/IdentityEmail", "Workers/OfficeLocation"]);
    assert_eq!((summary.omitted, summary.complete), (vec![Field::Email, Field::Location], false));
    for person in kept.people() {
        assert!(!person.seen.contains_key(&Field::Location));
        assert_ne!(person.seen.get(&Field::Email), Some(&None), "nothing is cleared");
    }
}

#[tokio::test]
async fn without_the_status_nobody_is_active_and_nothing_is_complete() {
    for (surface, column) in BOTH.into_iter().zip(["WorkerStatus", "cdm_status"]) {
        let simulator = company(20).await;
        simulator.change_faults(|faults| _ = faults.missing_columns.insert(column.to_owned()));

        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();

        assert!(!summary.complete, "{surface:?}");
        assert!(kept.people().all(|person| person.status == Status::Unknown));
    }
}

#[tokio::test]
async fn a_line_of_another_name_clears_nobody_s_manager() {
    let simulator = company(20).await;
    let other = Dynamics365 { hierarchy: "Reports".to_owned(), ..settings(&simulator, FINANCE) };
    let client = client_of(&other, &Config::default().client_secret);

    let (summary, kept) = read_all(&client).await.unwrap();

    assert_eq!(summary.missing, ["PositionHierarchies/Reports"]);
    assert_eq!((summary.omitted, summary.complete), (vec![Field::Manager], false));
    assert!(!kept.people().any(|person| person.seen.contains_key(&Field::Manager)));
}

#[tokio::test]
async fn permission_that_is_lost_on_the_way_ends_the_read() {
    for (surface, set) in BOTH.into_iter().zip(["Workers", "cdm_workers"]) {
        let simulator = company(20).await;
        simulator.change_faults(|faults| _ = faults.forbidden_sets.insert(set.to_owned()));
        let error = error_of(&client(&simulator, surface)).await;
        assert!(matches!(error, ProviderError::Forbidden { .. }), "{surface:?} {error}");
        assert_eq!(error.failure().code, FailureCode::Permission);
    }
}

#[tokio::test]
async fn legal_entities_can_t_be_told_apart_without_employments() {
    for (surface, set) in BOTH.into_iter().zip(["EmploymentsV2", "cdm_companies"]) {
        let simulator = company(20).await;
        simulator.change_faults(|faults| {
            faults.forbidden_sets.insert(set.to_owned());
        });
        let legal_entities = vec!["USMF".to_owned()];
        let scoped = Dynamics365 { legal_entities, ..settings(&simulator, surface) };
        let error = error_of(&client_of(&scoped, &Config::default().client_secret)).await;
        assert!(
            matches!(error, ProviderError::Misconfigured(Setting::LegalEntities(_))),
            "{surface:?} {error}"
        );
    }
}

#[tokio::test]
async fn two_people_of_one_number_both_come_and_are_told_apart_by_the_engine() {
    let simulator = company(20).await;
    let number = simulator.people()[3].personnel_number.clone();
    simulator.change_faults(|faults| _ = faults.duplicate_numbers.insert(number.clone()));

    let (_, kept) = read_all(&client(&simulator, FINANCE)).await.unwrap();

    assert_eq!(kept.people().filter(|one| one.source_id == number).count(), 2);
    assert_eq!(kept.people().count(), 21);
}
