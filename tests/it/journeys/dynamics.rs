//! A company in Dynamics 365 HR: read at first, kept in step at night, and never emptied by a read
//! that shows less than there is.

use std::collections::BTreeMap;

use rollcall::NodeOptions;
use rollcall_commands::{Connect, connect};
use rollcall_domain::connection::{Dynamics365, ProviderSettings, Settings, Surface, Targets};
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::dynamics::{
    Config, ListKind, Person, Simulator, Status, personnel_number,
};
use rollcall_store::Cause;
use secrecy::SecretString;

use crate::place::{Place, on_both_databases};
use crate::provider::Provider;
use crate::roster::{Card, assert_equal, ours};
use crate::stage::Stage;

on_both_databases!(
    a_company_is_read_and_kept_in_step,
    a_company_is_read_by_dataverse,
    nobody_leaves_because_of_a_read_that_shows_nobody_or_less,
);

/// Two who lead each other: one of them has nobody above.
const IN_A_CIRCLE: [&str; 2] = ["000024", "000025"];

pub(super) async fn company() -> Simulator {
    let config = Config { people: 60, fixtures: true, ..Config::default() };
    Simulator::start(config).await.unwrap()
}

pub(super) async fn connected(place: Place, company: &Simulator, surface: Surface) -> Stage {
    let mut stage = Stage::apart(place, Provider::start(1).await, NodeOptions::default()).await;
    let config = Config::default();
    let own = Dynamics365 {
        authority_url: Some(company.authority_url()),
        surface: Some(surface),
        ..Dynamics365::of(company.environment_url(), config.tenant_id, config.client_id)
    };
    let settings: Settings = ProviderSettings::Dynamics365(own).into();
    stage.connection = "01DYNAMICS".to_owned();
    let new = Connect {
        id: stage.connection.clone(),
        settings: Settings { time_zone: Some("UTC".to_owned()), ..settings },
        targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
        credentials: SecretString::from(config.client_secret),
    };
    connect(&stage.node.store, &stage.tenant, new, &Cause::by("test")).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle().await;
    stage
}

fn card(company: &Simulator, person: &Person, surface: Surface) -> Card {
    let finance = surface == Surface::FinanceOperations;
    let option = |list, id: Option<u64>| id.and_then(|id| company.option_name(list, id));
    let preferred = person.preferred_name.clone().filter(|_| finance);
    Card {
        first_name: Some(preferred.unwrap_or(person.first_name.clone())),
        last_name: Some(person.last_name.clone()),
        email: person.work_email.clone(),
        employee_number: Some(person.personnel_number.clone()),
        job_title: person.job_title.clone(),
        department: option(ListKind::Department, person.department),
        division: None,
        location: option(ListKind::Location, person.location).filter(|_| finance),
        hire_date: person.hire_date.map(|day| day.to_string()),
        manager: person.supervisor.map(personnel_number),
    }
}

async fn assert_in_step(stage: &Stage, company: &Simulator, surface: Surface) {
    let mut ours = ours(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    let people = company.people();
    let active = people.iter().filter(|person| person.status == Status::Employed);
    let mut theirs: BTreeMap<String, Card> = active
        .map(|person| (person.personnel_number.clone(), card(company, person, surface)))
        .collect();
    for cards in [&mut ours, &mut theirs] {
        for id in IN_A_CIRCLE {
            cards.get_mut(id).unwrap().manager = None;
        }
    }
    assert_equal(&ours, &theirs);
}

async fn a_company_is_read_and_kept_in_step(place: Place) {
    let surface = Surface::FinanceOperations;
    let company = company().await;
    let stage = connected(place, &company, surface).await;
    let first = stage.runs().await.remove(0);
    assert_eq!((first.kind.as_str(), first.complete), ("manual_sync", Some(true)));
    assert_eq!(first.counts.errors, 2, "who lead each other: {first:?}");
    assert_in_step(&stage, &company, surface).await;

    let today = company.clock().date_naive();
    let hired = company.hire([("firstName", "Nova"), ("lastName", "Newcomer")]).unwrap();
    company.terminate(22, today).unwrap();
    company.update(50, [("lastName", "Petrov-Young"), ("supervisorEId", "13")]).unwrap();
    let finance = company.options(ListKind::Department)[0].id;
    company.rename_option("department", finance, "Money").unwrap();
    let run = stage.sync(RunKind::Reconcile).await;

    assert_in_step(&stage, &company, surface).await;
    let run = stage.run(&run).await;
    assert_eq!((run.counts.created, run.counts.deactivated), (1, 1), "{run:?}");
    assert!(company.person(hired).unwrap().status == Status::Employed);
    let head = stage.head().await;
    let again = stage.sync(RunKind::Reconcile).await;
    let again = stage.run(&again).await;
    assert_eq!((again.counts.updated, again.counts.created), (0, 0));
    assert_eq!(stage.count("actor.fields_changed", head).await, 0);
    stage.projections_hold().await;
}

async fn a_company_is_read_by_dataverse(place: Place) {
    let company = company().await;
    let stage = connected(place, &company, Surface::Dataverse).await;
    let first = stage.runs().await.remove(0);
    assert_eq!((first.complete, first.counts.errors), (Some(true), 2), "{first:?}");
    assert_in_step(&stage, &company, Surface::Dataverse).await;
}

async fn nobody_leaves_because_of_a_read_that_shows_nobody_or_less(place: Place) {
    let surface = Surface::FinanceOperations;
    let company = company().await;
    let stage = connected(place, &company, surface).await;
    company.change_faults(|faults| faults.shown = Some(30));
    let fewer = stage.sync(RunKind::Reconcile).await;
    let fewer = stage.run(&fewer).await;
    assert_eq!((fewer.status.as_str(), fewer.counts.deactivated), ("partial", 0));
    assert_eq!((fewer.employees, fewer.total), (Some(30), Some(101)));
    assert_in_step(&stage, &company, surface).await;

    company.change_faults(|faults| faults.empty_sets = ["Workers".to_owned()].into());
    let nobody = stage.sync(RunKind::Reconcile).await;
    let nobody = stage.run(&nobody).await;
    assert_eq!((nobody.status.as_str(), nobody.counts.deactivated), ("held", 0));
    assert_in_step(&stage, &company, surface).await;
}
