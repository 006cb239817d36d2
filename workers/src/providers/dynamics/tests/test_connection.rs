//! The test of a connection, set by set and column by column.

use rollcall_domain::connection::{Dynamics365, Surface};
use rollcall_simulators::dynamics::Config;

use super::{BOTH, cast, client, client_of, company, settings};
use crate::providers::{Check, Checked, Provider, TestReport};

fn check<'a>(report: &'a TestReport, name: &str) -> &'a Check {
    let found = report.checks.iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("{name} in {report:?}"))
}

#[tokio::test]
async fn everything_can_be_read_where_everything_is_granted() {
    let simulator = cast().await;
    for surface in BOTH {
        let report = client(&simulator, surface).test().await.unwrap();
        assert!(report.all_readable(), "{report:?}");
        assert_eq!(report.people, 41);
        assert_eq!(report.advice.len(), 1, "the scope is best limited at the source");
    }
}

#[tokio::test]
async fn each_set_and_column_that_may_not_be_read_has_its_remedy() {
    let simulator = cast().await;
    simulator.change_faults(|faults| {
        faults.forbidden_sets.insert("PositionHierarchies".to_owned());
        faults.missing_sets.insert("Jobs".to_owned());
        faults.missing_columns.insert("KnownAs".to_owned());
    });
    let report = client(&simulator, Surface::FinanceOperations).test().await.unwrap();

    assert!(!report.all_readable());
    let unreadable: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| !check.readable)
        .map(|check| check.name.as_str())
        .collect();
    assert_eq!(unreadable, ["Workers.KnownAs", "Jobs", "PositionHierarchies"]);
    assert!(check(&report, "PositionHierarchies").remedy.contains("manager"));
    assert!(check(&report, "Jobs").remedy.contains("job_title"));
    assert_eq!(check(&report, "Workers.KnownAs").what, Checked::Field);
    assert_eq!(check(&report, "Workers.LastName").remedy, "");
}

#[tokio::test]
async fn no_worker_to_be_seen_is_said_with_its_usual_cause() {
    for (surface, set) in BOTH.into_iter().zip(["Workers", "cdm_workers"]) {
        let simulator = company(5).await;
        simulator.change_faults(|faults| _ = faults.empty_sets.insert(set.to_owned()));
        let report = client(&simulator, surface).test().await.unwrap();
        assert_eq!(report.people, 0);
        assert!(check(&report, set).remedy.contains("role"));
    }
}

#[tokio::test]
async fn a_hierarchy_or_legal_entity_that_is_not_there_is_told_with_those_that_are() {
    let simulator = cast().await;
    let settings = Dynamics365 {
        hierarchy: "Reports".to_owned(),
        legal_entities: vec!["USMF".to_owned(), "XXXX".to_owned()],
        ..settings(&simulator, Surface::FinanceOperations)
    };
    let client = client_of(&settings, &Config::default().client_secret);

    let report = client.test().await.unwrap();

    assert!(check(&report, "PositionHierarchies/Reports").remedy.contains("Line"));
    assert!(check(&report, "LegalEntities/usmf").readable);
    let unknown = check(&report, "LegalEntities/xxxx");
    assert!(unknown.remedy.contains("demf"), "{unknown:?}");
}
