//! Pages: by links, by counting, and what happens when they move.

use rollcall_domain::connection::Surface;
use rollcall_simulators::dynamics::{Mutation, NextLink, PageMutation};

use super::{BOTH, client, company, error_of, read_all};
use crate::providers::{Flaw, Provider, ProviderError};

const FINANCE: Surface = Surface::FinanceOperations;

#[tokio::test]
async fn every_way_to_name_the_next_page_leads_to_everybody() {
    let simulator = company(2_300).await;
    for (next_link, page_size) in [
        (NextLink::Skip, None),
        (NextLink::Skip, Some(700)),
        (NextLink::SkipToken, Some(700)),
        (NextLink::Absent, Some(700)),
        (NextLink::Absent, Some(1_000)),
    ] {
        simulator.change_faults(|faults| {
            faults.next_link = next_link;
            faults.page_size = page_size;
        });
        let (summary, kept) = read_all(&client(&simulator, FINANCE)).await.unwrap();

        assert!(summary.complete, "{next_link:?} {page_size:?} {summary:?}");
        assert_eq!(summary.employees, 2_300);
        let sizes: Vec<usize> = kept.pages.iter().map(Vec::len).collect();
        assert_eq!(sizes, [1_000, 1_000, 300]);
    }
}

#[tokio::test]
async fn dataverse_is_read_beyond_what_it_counts() {
    let simulator = company(5_400).await;

    let (summary, kept) = read_all(&client(&simulator, Surface::Dataverse)).await.unwrap();

    assert!(summary.complete, "{summary:?}");
    assert_eq!(kept.people().count(), 5_400);
    assert_eq!((kept.expected, summary.second_count), (None, None), "5,000 is no count");
    assert_eq!(simulator.requests()["GET /api/data/v9.2/cdm_workers"], 1 + 2 + 2);
    let report = client(&simulator, Surface::Dataverse).test().await.unwrap();
    assert_eq!(report.people, 5_400);
}

#[tokio::test]
async fn twelve_thousand_people_come_page_by_page_through_either_surface() {
    let simulator = company(12_000).await;
    for (surface, workers, pages) in [
        (FINANCE, "GET /data/Workers", 13),
        (Surface::Dataverse, "GET /api/data/v9.2/cdm_workers", 3),
    ] {
        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();

        assert!(summary.complete, "{surface:?} {summary:?}");
        let mut ids: Vec<&str> = kept.people().map(|one| one.source_id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), kept.people().count()), (12_000, 12_000), "{surface:?}");
        assert!(kept.pages.iter().all(|page| page.len() <= 1_000));
        // Besides the count, and the numbers that Dataverse is asked for by themselves.
        let numbers = if surface == FINANCE { 0 } else { 3 };
        assert_eq!(simulator.requests()[workers], 1 + numbers + pages, "{surface:?}");
    }
}

#[tokio::test]
async fn no_request_is_made_for_a_single_worker() {
    let simulator = company(900).await;
    for surface in BOTH {
        read_all(&client(&simulator, surface)).await.unwrap();
    }
    let requests: u64 = simulator.requests().values().sum();
    assert!(requests < 40, "{:?}", simulator.requests());
}

#[tokio::test]
async fn a_link_to_another_address_is_not_followed() {
    for (surface, people) in [(FINANCE, 700), (Surface::Dataverse, 5_100)] {
        let simulator = company(people).await;
        let elsewhere = company(1).await;
        simulator.change_faults(|faults| {
            faults.page_size = Some(500);
            faults.foreign_next_link = Some(elsewhere.environment_url());
        });
        let error = error_of(&client(&simulator, surface)).await;

        assert!(
            matches!(error, ProviderError::Malformed { flaw: Flaw::ForeignLink, .. }),
            "{error}"
        );
        assert!(elsewhere.requests().is_empty(), "no token went there");
    }
}

#[tokio::test]
async fn whoever_slips_through_between_two_pages_makes_the_read_incomplete() {
    let simulator = company(2_500).await;
    // Once behind the count, which is asked for first, and once behind the first page.
    simulator.change_faults(|faults| {
        faults.page_size = Some(700);
        faults.page_mutation = Some(PageMutation { what: Mutation::RowGone, times: Some(2) });
    });

    let (summary, kept) = read_all(&client(&simulator, FINANCE)).await.unwrap();

    assert!(!summary.complete, "{summary:?}");
    assert_eq!((kept.people().count(), summary.second_count), (2_498, Some(2_499)));
}

#[tokio::test]
async fn whoever_comes_again_on_the_next_page_is_one_person() {
    let simulator = company(2_500).await;
    simulator.change_faults(|faults| {
        faults.page_size = Some(700);
        faults.page_mutation = Some(PageMutation { what: Mutation::RowInserted, times: Some(2) });
    });

    let (summary, kept) = read_all(&client(&simulator, FINANCE)).await.unwrap();

    let mut ids: Vec<&str> = kept.people().map(|one| one.source_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len() as u64, summary.employees);
    assert_eq!((summary.employees, summary.complete), (2_501, true));
}

#[tokio::test]
async fn whoever_is_kept_from_us_makes_the_read_incomplete() {
    for surface in BOTH {
        let simulator = company(60).await;
        simulator.change_faults(|faults| faults.shown = Some(20));

        let (summary, _) = read_all(&client(&simulator, surface)).await.unwrap();

        assert_eq!((summary.employees, summary.second_count), (20, Some(60)), "{surface:?}");
        assert!(!summary.complete);
    }
}

#[tokio::test]
async fn a_read_that_shows_nobody_is_never_everybody() {
    for (surface, set) in BOTH.into_iter().zip(["Workers", "cdm_workers"]) {
        let simulator = company(60).await;
        simulator.change_faults(|faults| _ = faults.empty_sets.insert(set.to_owned()));

        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();

        assert_eq!((kept.people().count(), summary.complete), (0, false), "{surface:?}");
    }
}
