//! Pages: how they end, how the next is named, and what happens between them.

use serde_json::{Value, json};

use super::{Answer, everything, get, read, request, small, start};
use crate::dynamics::{Config, Mutation, NextLink, PageMutation, Simulator};

fn numbers(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["PersonnelNumber"].as_str().unwrap().to_owned()).collect()
}

fn count(answer: &Answer) -> u64 {
    answer.json()["@odata.count"].as_u64().unwrap()
}

async fn three_at_once() -> Simulator {
    let simulator = start(Config { people: 7, ..Config::default() }).await;
    simulator.change_faults(|faults| faults.page_size = Some(3));
    simulator
}

#[tokio::test]
async fn whoever_asks_for_no_more_than_comes_at_once_gets_no_next_link() {
    let simulator = small().await;

    let whole = get(&simulator, "/data/Workers").await;
    let first = get(&simulator, "/data/Workers?$top=8").await;
    let last = get(&simulator, "/data/Workers?$top=8&$skip=16").await;

    assert_eq!((whole.rows().len(), whole.next()), (20, None));
    assert_eq!((first.rows().len(), first.next()), (8, None), "though there are more");
    assert_eq!((last.rows().len(), last.next()), (4, None));
}

#[tokio::test]
async fn next_links_are_whole_addresses_with_everything_that_was_asked() {
    let simulator = three_at_once().await;
    let asked =
        "/data/Workers?$select=PersonnelNumber&$filter=LastName ne 'x y'&cross-company=true";

    let first = get(&simulator, asked).await;

    let next = first.next().unwrap();
    let start = format!("{}/data/Workers?", simulator.environment_url());
    assert!(next.starts_with(&start) && next.ends_with("$skip=3"), "{next}");
    assert!(!next.contains(' '), "{next}");
    let second = get(&simulator, &next).await;
    assert_eq!(numbers(&second.rows()), ["001004", "001005", "001006"]);
    let third = get(&simulator, &second.next().unwrap()).await;
    assert_eq!((numbers(&third.rows()).len(), third.next()), (1, None));
}

#[tokio::test]
async fn a_top_that_is_too_big_for_one_page_goes_on_with_the_rest() {
    let simulator = three_at_once().await;
    for style in [NextLink::Skip, NextLink::SkipToken] {
        simulator.change_faults(|faults| faults.next_link = style);
        let rows = everything(&simulator, "/data/Workers?$top=5&$skip=1", "").await;
        let expected: Vec<String> = (1002..1007).map(|id| format!("{id:06}")).collect();
        assert_eq!(numbers(&rows), expected, "{style:?}");
    }
}

#[tokio::test]
async fn the_next_page_can_be_named_by_a_token() {
    let simulator = three_at_once().await;
    simulator.change_faults(|faults| faults.next_link = NextLink::SkipToken);

    let next = get(&simulator, "/data/Workers").await.next().unwrap();
    let rows = everything(&simulator, "/data/Workers", "").await;

    assert!(next.contains("$skiptoken=") && !next.contains("$skip="), "{next}");
    assert_eq!(rows.len(), 7);
}

#[tokio::test]
async fn a_full_page_can_come_without_a_next_link() {
    let simulator = three_at_once().await;
    simulator.change_faults(|faults| faults.next_link = NextLink::Absent);

    let first = get(&simulator, "/data/Workers").await;
    let rest = get(&simulator, "/data/Workers?$skip=3").await;

    assert_eq!((first.rows().len(), first.next()), (3, None));
    assert_eq!(rest.rows().len(), 3);
}

#[tokio::test]
async fn a_client_may_wish_for_smaller_pages() {
    let simulator = small().await;

    let page =
        read(request(&simulator, "/data/Workers").await.header("Prefer", "odata.maxpagesize=6"));
    let page = page.await;

    assert_eq!((page.rows().len(), page.next().is_some()), (6, true));
    assert_eq!(page.header("preference-applied"), "odata.maxpagesize=6");
}

#[tokio::test]
async fn counts_are_of_everything_the_filter_leaves() {
    let simulator = three_at_once().await;

    let page = get(&simulator, "/data/Workers?$count=true&$top=2").await;
    let bare = get(&simulator, "/data/Workers/$count").await;
    let some = get(&simulator, "/data/Workers/$count?$filter=PersonnelNumber le '001002'").await;

    assert_eq!((page.rows().len(), count(&page)), (2, 7));
    assert_eq!((bare.text.as_str(), bare.header("content-type")), ("7", "text/plain"));
    assert_eq!(some.text, "2");
}

#[tokio::test]
async fn whoever_skips_loses_somebody_when_a_row_goes() {
    let simulator = start(Config { people: 20, ..Config::default() }).await;
    let gone = PageMutation { what: Mutation::RowGone, times: Some(1) };
    simulator.change_faults(|faults| faults.page_mutation = Some(gone));
    let before: Vec<String> =
        simulator.people().into_iter().map(|one| one.personnel_number).collect();

    let first = get(&simulator, "/data/Workers?$count=true&$top=10").await;
    let second = get(&simulator, "/data/Workers?$count=true&$top=10&$skip=10").await;

    let seen = [numbers(&first.rows()), numbers(&second.rows())].concat();
    assert_eq!((count(&first), count(&second)), (20, 19), "this is how to notice");
    assert_eq!(seen.len(), 19);
    assert!(!seen.contains(&before[10]), "nobody has heard of them");
    assert_eq!(simulator.headcount(), 19);
}

#[tokio::test]
async fn whoever_skips_sees_somebody_twice_when_a_row_comes() {
    let simulator = start(Config { people: 20, ..Config::default() }).await;
    let come = PageMutation { what: Mutation::RowInserted, times: Some(1) };
    simulator.change_faults(|faults| faults.page_mutation = Some(come));

    let first = get(&simulator, "/data/Workers?$count=true&$top=10").await;
    let second = get(&simulator, "/data/Workers?$count=true&$top=10&$skip=10").await;
    let again = get(&simulator, "/data/Workers?$count=true").await;

    assert_eq!((count(&first), count(&second)), (20, 21));
    assert_eq!(numbers(&first.rows()).last(), numbers(&second.rows()).first());
    assert_eq!((count(&again), again.column("PersonnelNumber")[0].clone()), (21, json!("001000")));
}

#[tokio::test]
async fn the_last_page_lets_nothing_happen() {
    let simulator = small().await;
    let gone = PageMutation { what: Mutation::RowGone, times: None };
    simulator.change_faults(|faults| faults.page_mutation = Some(gone));

    get(&simulator, "/data/Workers").await;
    get(&simulator, "/data/EmploymentsV2?$top=1").await;

    assert_eq!(simulator.headcount(), 20);
}

#[tokio::test]
async fn twelve_thousand_workers_come_in_thirteen_pages() {
    let simulator = start(Config { people: 12_345, ..Config::default() }).await;
    let began = std::time::Instant::now();

    let mut seen = std::collections::BTreeSet::new();
    let mut skip = 0;
    loop {
        let path =
            format!("/data/Workers?$orderby=PersonnelNumber&$top=1000&$skip={skip}&$count=true");
        let page = get(&simulator, &path).await;
        assert_eq!(count(&page), 12_345);
        let rows = page.rows();
        seen.extend(numbers(&rows));
        skip += 1000;
        if rows.len() < 1000 {
            break;
        }
    }
    let whole = everything(&simulator, "/data/Workers?$select=PersonnelNumber", "").await;

    assert_eq!((seen.len(), skip), (12_345, 13_000));
    assert_eq!(whole.len(), 12_345, "10,000 and the rest");
    assert!(began.elapsed() < std::time::Duration::from_secs(60), "{:?}", began.elapsed());
}
