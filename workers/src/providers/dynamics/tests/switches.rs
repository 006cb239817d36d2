//! Switches of the simulator that no other test turns.

use rollcall_domain::connection::Surface;
use rollcall_domain::field::Field;
use rollcall_domain::plan::UnitOption;
use rollcall_domain::unit::Kind;
use rollcall_simulators::dynamics::{Disturbance, Faults, NextLink, RetryAfter, Wrong};

use super::{BOTH, Kept, client, company, error_of, read_all};
use crate::providers::{Code, Flaw, Lookup, Provider, ProviderError, Refusal};

const FINANCE: Surface = Surface::FinanceOperations;

async fn read_calmly(surface: Surface) -> Kept {
    let simulator = company(40).await;
    read_all(&client(&simulator, surface)).await.unwrap().1
}

#[tokio::test]
async fn a_link_that_leads_to_itself_ends_the_read() {
    for surface in BOTH {
        let simulator = company(60).await;
        simulator.change_faults(|faults| {
            faults.page_size = Some(50);
            faults.next_link = NextLink::Itself;
        });
        let error = error_of(&client(&simulator, surface)).await;
        assert!(
            matches!(error, ProviderError::Malformed { flaw: Flaw::EndlessPages, .. }),
            "{surface:?} {error}"
        );
        let requests: u64 = simulator.requests().values().sum();
        assert!(requests < 30, "{:?}", simulator.requests());
    }
}

#[tokio::test]
async fn other_bytes_of_the_same_answers_say_the_same() {
    for surface in BOTH {
        let expected = read_calmly(surface).await;
        let mark = Disturbance::always(Wrong::ByteOrderMark);
        let marked = vec![mark.clone().on("/data"), mark.on("/api/data")];
        for faults in [
            Faults { gzip: true, ..Faults::default() },
            Faults { slow_milliseconds: 1, ..Faults::default() },
            Faults { answers: marked, ..Faults::default() },
        ] {
            let simulator = company(40).await;
            simulator.set_faults(faults.clone());
            let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();
            assert!(summary.complete, "{surface:?} {faults:?} {summary:?}");
            assert_eq!(kept.pages, expected.pages);
        }
    }
}

#[tokio::test]
async fn every_company_is_read_though_the_app_has_one_of_its_own() {
    let expected = read_calmly(FINANCE).await;
    let simulator = company(40).await;
    simulator.change_faults(|faults| faults.company_scoped = true);
    let reader = client(&simulator, FINANCE);

    let (summary, kept) = read_all(&reader).await.unwrap();

    assert!(summary.complete, "{summary:?}");
    assert_eq!(kept.pages, expected.pages);
    let first = &expected.pages[0][0];
    let found = reader.read_one(&first.source_id).await.unwrap();
    let Lookup::Found { employee, .. } = found else { panic!("{found:?}") };
    assert_eq!(&employee, first);
    assert!(reader.test().await.unwrap().all_readable());
}

#[tokio::test]
async fn what_is_explicitly_empty_clears() {
    let simulator = company(40).await;
    simulator.change_faults(|faults| {
        faults
            .empty_columns
            .extend(["PrimaryContactPhone", "cdm_primarytelephone"].map(String::from));
        faults.empty_columns.insert("cdm_mobilephone".to_owned());
    });
    for surface in BOTH {
        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();
        assert!(summary.complete);
        assert!(kept.people().all(|person| person.seen.get(&Field::Phone) == Some(&None)));
    }
}

#[tokio::test]
async fn what_goes_wrong_behind_the_first_pages_of_workers_ends_the_read() {
    type Meant = fn(&ProviderError) -> bool;
    let cases: [(Wrong, Meant); 4] = [
        (Wrong::Forbidden, |error| matches!(error, ProviderError::Forbidden { .. })),
        (Wrong::NotFound, |error| {
            matches!(error, ProviderError::Rejected { code: Code::NotFound, .. })
        }),
        (Wrong::Unauthorized, |error| {
            matches!(error, ProviderError::Unauthorized { reason: Refusal::NotInEnvironment })
        }),
        (Wrong::Html, |error| {
            matches!(error, ProviderError::Malformed { flaw: Flaw::WebPage, .. })
        }),
    ];
    for (wrong, is_meant) in cases {
        let simulator = company(120).await;
        simulator.change_faults(|faults| faults.page_size = Some(50));
        read_all(&client(&simulator, FINANCE)).await.unwrap();
        let asked: u64 = simulator.requests().values().sum::<u64>() - 1;
        simulator.change_faults(|faults| {
            // All but the last page.
            faults.calm_requests = u32::try_from(asked).unwrap() - 1;
            faults.answers.push(Disturbance::always(wrong.clone()).on("/data/Workers"));
        });

        let error = error_of(&client(&simulator, FINANCE)).await;

        assert!(is_meant(&error), "{wrong:?} {error}");
    }
}

#[tokio::test]
async fn rights_that_are_lost_between_two_sets_keep_what_the_others_told() {
    let simulator = company(40).await;
    let expected = read_calmly(FINANCE).await;
    simulator.change_faults(|faults| {
        // The count, the departments, the jobs and the positions.
        faults.calm_requests = 4;
        faults.forbidden_sets.extend(
            ["PositionHierarchies", "PositionWorkerAssignmentsV2", "EmploymentsV2"]
                .map(String::from),
        );
    });
    let (summary, kept) = read_all(&client(&simulator, FINANCE)).await.unwrap();
    assert!(!summary.complete);
    for person in kept.people() {
        let before = expected.person(&person.source_id);
        assert!(person.seen.iter().all(|(field, value)| before.seen.get(field) == Some(value)));
    }
}

#[tokio::test]
async fn whatever_is_asked_goes_on_with_another_token_when_one_expires() {
    let simulator = company(20).await;
    // Each is good for a single request.
    simulator.change_faults(|faults| faults.requests_per_token = Some(1));
    for surface in BOTH {
        let reader = client(&simulator, surface);
        let found = reader.read_one("001001").await.unwrap();
        assert!(matches!(found, Lookup::Found { .. }), "{surface:?} {found:?}");
        assert!(!reader.options().await.unwrap().is_empty());
        assert!(reader.test().await.unwrap().all_readable());
        assert!(read_all(&reader).await.unwrap().0.complete);
        simulator.expire_tokens();
        assert!(read_all(&reader).await.unwrap().0.complete);
    }
}

#[tokio::test]
async fn half_a_list_of_units_is_none() {
    let simulator = company(60).await;
    let departments =
        |units: &[UnitOption]| units.iter().filter(|unit| unit.kind == Kind::Department).count();
    let reader = client(&simulator, FINANCE);
    let whole = reader.options().await.unwrap();
    assert!(departments(&whole) > 2 && whole.len() > departments(&whole) + 2);

    // Places that nobody who shows is in are not gone.
    simulator.change_faults(|faults| faults.shown = Some(2));
    let reader = client(&simulator, FINANCE);
    read_all(&reader).await.unwrap();
    let alone = client(&simulator, FINANCE).options().await.unwrap();
    for units in [reader.options().await.unwrap(), alone] {
        assert_eq!(units.len(), departments(&whole), "{units:?}");
    }
    // Nor are departments renamed to their numbers.
    simulator
        .set_faults(Faults { missing_columns: ["Name".to_owned()].into(), ..Faults::default() });
    let units = client(&simulator, FINANCE).options().await.unwrap();
    assert_eq!((departments(&units), units.len()), (0, whole.len() - departments(&whole)));
}

#[tokio::test]
async fn whoever_is_below_vacant_positions_in_a_circle_is_asked_for_once_a_position() {
    let simulator = super::cast().await;
    for surface in BOTH {
        let before: u64 = simulator.requests().values().sum();
        let found = client(&simulator, surface).read_one("000026").await.unwrap();
        assert!(matches!(found, Lookup::Found { .. }));
        let asked = simulator.requests().values().sum::<u64>() - before;
        assert!(asked < 25, "{surface:?} {asked}");
    }
}

#[tokio::test]
async fn whoever_may_not_read_workers_is_not_called_unknown_for_another_reason() {
    let simulator = company(5).await;
    let retry_after = RetryAfter::Seconds(120);
    simulator.change_faults(|faults| {
        faults.forbidden_sets.insert("Workers".to_owned());
        let wrong = Wrong::Throttle { status: 429, retry_after };
        faults.answers.push(Disturbance::always(wrong).on("/data/Departments"));
    });
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn everything_is_read_by_its_older_names_where_there_are_no_others() {
    let expected = read_calmly(FINANCE).await;
    let simulator = company(40).await;
    let newer = ["EmploymentsV2", "PositionsV2", "PositionWorkerAssignmentsV2"];
    simulator.change_faults(|faults| faults.missing_sets = newer.map(String::from).into());
    let reader = client(&simulator, FINANCE);

    let (summary, kept) = read_all(&reader).await.unwrap();

    assert!(summary.complete, "{summary:?}");
    assert_eq!(kept.pages, expected.pages);
    for older in ["Employments", "Positions", "PositionWorkerAssignments"] {
        assert_eq!(simulator.requests_of(&format!("GET /data/{older}")), 1, "{older}");
    }
    for person in expected.people().take(10) {
        let found = reader.read_one(&person.source_id).await.unwrap();
        let Lookup::Found { employee, .. } = found else { panic!("{found:?}") };
        assert_eq!(&employee, person);
    }
    assert!(reader.test().await.unwrap().all_readable());
}
