//! given / when / then for every rule and refusal of a tenant.

use super::*;
use crate::testing::given;

fn create(slug: &str, name: &str) -> Command {
    Command::Create { slug: slug.into(), name: name.into(), plan: Plan::Free }
}
fn acme() -> Event {
    Event::Created { slug: "acme".into(), name: "Acme".into(), plan: Plan::Free }
}

#[test]
fn a_tenant_is_created_with_a_plan() {
    given::<Tenant>([]).when(create("acme", " Acme ")).then([acme()]);
}

#[test]
fn a_slug_is_a_dns_label() {
    for slug in ["", "a", "Acme", "-acme", "acme-", "ac me", "ac.me", "äcme", &"a".repeat(64)] {
        given::<Tenant>([]).when(create(slug, "Acme")).then_refused(Refusal::SlugInvalid);
    }
    assert!(is_slug("acme-2") && is_slug("4u") && is_slug(&"a".repeat(63)));
}

#[test]
fn no_customer_is_the_system_tenant() {
    given::<Tenant>([]).when(create(SYSTEM, "Acme")).then_refused(Refusal::SlugReserved);
}

#[test]
fn a_tenant_has_a_name() {
    given::<Tenant>([]).when(create("acme", "  ")).then_refused(Refusal::NameEmpty);
}

#[test]
fn a_tenant_is_created_once() {
    given::<Tenant>([acme()]).when(create("acme", "Acme")).then_refused(Refusal::AlreadyExists);
}

#[test]
fn a_plan_is_changed() {
    let changed = Event::PlanChanged { old: Plan::Free, new: Plan::Agency };
    given::<Tenant>([acme()])
        .when(Command::ChangePlan { plan: Plan::Agency })
        .then([changed.clone()]);
    assert_eq!(given::<Tenant>([acme(), changed]).state.plan(), Some(Plan::Agency));
}

#[test]
fn the_same_plan_is_no_news() {
    given::<Tenant>([acme()]).when(Command::ChangePlan { plan: Plan::Free }).then_nothing();
}

#[test]
fn a_stranger_has_no_plan_to_change() {
    given::<Tenant>([])
        .when(Command::ChangePlan { plan: Plan::Agency })
        .then_refused(Refusal::NotFound);
}

#[test]
fn live_sync_is_part_of_business_enterprise_and_agency() {
    let includes = Plan::ALL.into_iter().filter(|plan| plan.includes_live_sync());
    assert_eq!(
        includes.map(Plan::as_str).collect::<Vec<_>>(),
        ["business", "enterprise", "agency"]
    );
}
