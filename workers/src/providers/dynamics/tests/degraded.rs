//! What can't be read keeps what it told before: nothing else is told in its place, in a read of
//! everybody as little as in one of a single person.

use rollcall_domain::connection::Surface;
use rollcall_domain::plan::{Employee, Standing};
use rollcall_simulators::dynamics::{Config, Faults, Simulator, Spoil, Spoiled};
use serde_json::json;

use super::{BOTH, Kept, cast, client, client_of, read_all, settings};
use crate::providers::dynamics::Dynamics;
use crate::providers::dynamics::sets::{self, Set};
use crate::providers::{Lookup, Provider, ProviderError};

/// Somebody in a plain place, in two, in none, below a vacant position, to come, and long gone.
const SOME: [&str; 6] = ["000041", "000020", "000019", "000023", "000017", "000018"];

struct Company {
    simulator: Simulator,
    client: Dynamics,
    healthy: Kept,
}

impl Company {
    async fn start(surface: Surface) -> Company {
        let simulator = cast().await;
        let client = client(&simulator, surface);
        let (summary, healthy) = read_all(&client).await.unwrap();
        assert!(summary.complete);
        Company { simulator, client, healthy }
    }

    fn today(&self) -> chrono::NaiveDate {
        self.simulator.clock().date_naive()
    }

    /// Nothing but what was told before, and nobody who is gone by it.
    fn assert_same_or_less(&self, one: &Employee, what: &str) {
        let before = self.healthy.person(&one.source_id);
        for (field, value) in &one.seen {
            let id = &one.source_id;
            assert_eq!(Some(value), before.seen.get(field), "{what}: {id} {field:?}");
        }
        let (standing, before) = (one.standing(self.today()), before.standing(self.today()));
        let left = before == Standing::Active && standing != Standing::Active;
        assert!(!left || standing == Standing::Unknown, "{what}: {} {standing:?}", one.source_id);
    }

    async fn assert_nothing_else(&self, faults: Faults, what: &str) -> Kept {
        self.simulator.set_faults(faults);
        let (summary, kept) = read_all(&self.client).await.unwrap();
        assert!(!summary.complete, "{what}: {summary:?}");
        for person in kept.people() {
            self.assert_same_or_less(person, what);
        }
        for id in SOME {
            match self.client.read_one(id).await {
                Ok(Lookup::Found { employee, .. }) => {
                    self.assert_same_or_less(&employee, &format!("{what}, alone"));
                }
                Ok(Lookup::NotVisible) | Err(ProviderError::Malformed { .. }) => {}
                other => panic!("{what}: {id} {other:?}"),
            }
        }
        kept
    }
}

#[tokio::test]
async fn a_column_that_is_refused_has_nothing_told_in_its_place() {
    for surface in BOTH {
        let company = Company::start(surface).await;
        for table in sets::tables(surface).iter().filter(|table| table.set != Set::Companies) {
            for column in table.columns.iter().filter(|column| column.field.is_some()) {
                let refused = [column.name.to_owned()];
                let what = format!("{surface:?} {}.{}", table.path, column.name);
                let missing = Faults { missing_columns: refused.clone().into(), ..healthy() };
                company.assert_nothing_else(missing, &format!("{what} is not there")).await;
                let forbidden = Faults { forbidden_columns: refused.into(), ..healthy() };
                company.assert_nothing_else(forbidden, &format!("{what} is forbidden")).await;
            }
        }
    }
}

#[tokio::test]
async fn a_set_that_is_refused_or_empty_has_nothing_told_in_its_place() {
    for surface in BOTH {
        let company = Company::start(surface).await;
        let others = [Set::Companies, Set::Numbers, Set::Workers];
        for table in sets::tables(surface).iter().filter(|table| !others.contains(&table.set)) {
            let set = table.path.to_owned();
            let forbidden = Faults { forbidden_sets: [set.clone()].into(), ..healthy() };
            company.assert_nothing_else(forbidden, &format!("{set} is forbidden")).await;
            let gone = [set.clone()].into_iter().chain(table.older.map(str::to_owned));
            let missing = Faults { missing_sets: gone.collect(), ..healthy() };
            company.assert_nothing_else(missing, &format!("{set} is not there")).await;
        }
        let hidden = match surface {
            Surface::FinanceOperations => "PositionWorkerAssignmentsV2",
            Surface::Dataverse => "cdm_positionworkerassignmentmaps",
        };
        let empty = Faults { empty_sets: [hidden.to_owned()].into(), ..healthy() };
        company.assert_nothing_else(empty, &format!("{hidden} is empty")).await;
    }
}

#[tokio::test]
async fn sets_that_show_nothing_clear_nothing() {
    for surface in BOTH {
        let company = Company::start(surface).await;
        let others = [Set::Companies, Set::Numbers, Set::Workers, Set::Positions];
        for table in sets::tables(surface).iter().filter(|table| !others.contains(&table.set)) {
            let empty_sets = [table.path.to_owned()].into();
            company.simulator.set_faults(Faults { empty_sets, ..healthy() });
            let (_, kept) = read_all(&company.client).await.unwrap();
            for person in kept.people() {
                company.assert_same_or_less(person, table.path);
            }
        }
    }
}

#[tokio::test]
async fn a_damaged_record_has_nothing_told_in_its_place_and_takes_nobody_with_it() {
    let company = Company::start(Surface::FinanceOperations).await;
    let odd = [
        Spoil::LoneSurrogate,
        Spoil::InvalidUtf8,
        Spoil::Shape(json!([])),
        Spoil::Shape(json!({ "a": 1 })),
    ];
    // Mira's position, what is above it, and Mira.
    for (set, key, column, about) in [
        ("PositionsV2", "000276", "TitleId", vec!["000041"]),
        ("PositionsV2", "000276", "DepartmentNumber", vec!["000041"]),
        ("PositionsV2", "000162", "Description", vec!["000040"]),
        ("PositionsV2", "000163", "JobId", vec!["000043"]),
        ("PositionHierarchies", "000276", "ParentPositionId", vec!["000041"]),
        ("PositionHierarchies", "000276", "ValidFrom", vec!["000041"]),
        ("PositionHierarchies", "000276", "ValidTo", vec!["000041"]),
        ("PositionWorkerAssignmentsV2", "000276", "ValidFrom", vec!["000041"]),
        ("PositionWorkerAssignmentsV2", "000276", "ValidTo", vec!["000041"]),
        ("PositionWorkerAssignmentsV2", "000120", "ValidTo", vec!["000041", "000042"]),
        ("PositionWorkerAssignmentsV2", "000119", "IsPrimaryPosition", vec!["000021"]),
        ("EmploymentsV2", "000041", "EmploymentStartDate", vec!["000041"]),
        ("EmploymentsV2", "000041", "EmploymentEndDate", vec!["000041"]),
        ("EmploymentsV2", "000041", "WorkerType", vec!["000041"]),
        ("EmploymentsV2", "000015", "EmploymentEndDate", vec!["000015"]),
        ("Jobs", "PayrollClerk", "Description", vec!["000043"]),
        ("Workers", "000029", "IdentityEmail", vec!["000029"]),
        ("Workers", "000032", "PrimaryContactEmailIsPrivate", vec!["000032"]),
        ("Workers", "000038", "KnownAs", vec!["000038"]),
        ("Workers", "000038", "LastNamePrefix", vec!["000038"]),
        ("Workers", "000041", "WorkerStatus", vec!["000041"]),
    ] {
        for how in odd.clone() {
            let what = format!("{set} {key} {column} {how:?}");
            let spoiled = Spoiled { set: set.into(), key: key.into(), column: column.into(), how };
            company.simulator.set_faults(Faults { spoiled: vec![spoiled], ..healthy() });
            let (_, kept) = read_all(&company.client).await.unwrap();
            for person in kept.people() {
                company.assert_same_or_less(person, &what);
                if !about.contains(&person.source_id.as_str()) {
                    let before = company.healthy.person(&person.source_id);
                    assert_eq!(person, before, "{what} is about somebody else");
                }
            }
            for id in &about {
                let found = company.client.read_one(id).await.unwrap();
                let Lookup::Found { employee, .. } = found else { panic!("{what}: {found:?}") };
                company.assert_same_or_less(&employee, &format!("{what}, alone"));
            }
        }
    }
}

#[tokio::test]
async fn whose_record_it_is_that_can_t_be_read_makes_nobody_leave_or_move() {
    let company = Company::start(Surface::FinanceOperations).await;
    for (set, key, column) in [
        ("EmploymentsV2", "000041", "PersonnelNumber"),
        ("PositionWorkerAssignmentsV2", "000276", "PersonnelNumber"),
        ("PositionWorkerAssignmentsV2", "000276", "PositionId"),
        ("PositionHierarchies", "000276", "PositionId"),
        ("PositionHierarchies", "000276", "HierarchyTypeName"),
        ("PositionsV2", "000276", "PositionId"),
        ("Jobs", "PayrollClerk", "JobId"),
    ] {
        let what = format!("{set} {key} {column}");
        let how = Spoil::LoneSurrogate;
        let spoiled = Spoiled { set: set.into(), key: key.into(), column: column.into(), how };
        let faults = Faults { spoiled: vec![spoiled], ..healthy() };
        let kept = company.assert_nothing_else(faults, &what).await;
        assert_eq!(kept.people().count(), 41, "{what}");
    }
}

#[tokio::test]
async fn a_person_alone_is_not_missing_where_the_people_or_their_scope_can_t_be_read() {
    for (surface, workers, employments) in [
        (Surface::FinanceOperations, "Workers", "EmploymentsV2"),
        (Surface::Dataverse, "cdm_workers", "cdm_employments"),
    ] {
        let simulator = cast().await;
        let alone = client(&simulator, surface);
        simulator.set_faults(Faults { missing_sets: [workers.to_owned()].into(), ..healthy() });
        let error = alone.read_one("000041").await.unwrap_err();
        assert!(matches!(error, ProviderError::Misconfigured(_)), "{surface:?} {error}");

        let missing = [employments.to_owned(), "Employments".to_owned()];
        simulator.set_faults(Faults { missing_sets: missing.into(), ..healthy() });
        let mut settings = settings(&simulator, surface);
        settings.legal_entities = vec!["USMF".to_owned()];
        let scoped = client_of(&settings, &Config::default().client_secret);
        let error = scoped.read_one("000041").await.unwrap_err();
        assert!(matches!(error, ProviderError::Misconfigured(_)), "{surface:?} {error}");
    }
}

fn healthy() -> Faults {
    Faults::default()
}
