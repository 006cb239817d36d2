//! Switches of the simulator that no other test turns.

use rollcall_domain::connection::Surface;
use rollcall_simulators::dynamics::{Config, Disturbance, Faults, NextLink, Wrong};

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
        let phone = rollcall_domain::field::Field::Phone;
        assert!(kept.people().all(|person| person.seen.get(&phone) == Some(&None)));
    }
}

#[tokio::test]
async fn what_goes_wrong_behind_the_first_pages_of_workers_ends_the_read() {
    let people = 120;
    for wrong in [Wrong::Forbidden, Wrong::NotFound, Wrong::Unauthorized, Wrong::Html] {
        let simulator = company(people).await;
        simulator.change_faults(|faults| faults.page_size = Some(50));
        read_all(&client(&simulator, FINANCE)).await.unwrap();
        let asked: u64 = simulator.requests().values().sum::<u64>() - 1;
        simulator.change_faults(|faults| {
            // All but the last page.
            faults.calm_requests = u32::try_from(asked).unwrap() - 1;
            faults.answers.push(Disturbance::always(wrong.clone()).on("/data/Workers"));
        });
        let mut kept = Kept::default();

        let error = client(&simulator, FINANCE).read_all(&mut kept).await.unwrap_err();

        let expected = match wrong {
            Wrong::Forbidden => matches!(error, ProviderError::Forbidden { .. }),
            Wrong::NotFound => {
                matches!(error, ProviderError::Rejected { code: Code::NotFound, .. })
            }
            Wrong::Unauthorized => {
                matches!(error, ProviderError::Unauthorized { reason: Refusal::NotInEnvironment })
            }
            _ => matches!(error, ProviderError::Malformed { flaw: Flaw::WebPage, .. }),
        };
        assert!(expected, "{wrong:?} {error}");
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
async fn tokens_that_all_expire_at_once_are_replaced() {
    let simulator = company(20).await;
    for surface in BOTH {
        let reader = client(&simulator, surface);
        read_all(&reader).await.unwrap();
        simulator.expire_tokens();
        assert!(reader.read_one("001001").await.is_ok());
        simulator.expire_tokens();
        assert!(reader.options().await.is_ok());
        assert!(read_all(&reader).await.unwrap().0.complete);
        let config = Config::default();
        assert!(!format!("{:?}", simulator.requests()).contains(&config.client_secret));
    }
}
