//! Whether the roster says what the provider says.

use std::collections::BTreeMap;

use rollcall_projections::{Db, actors, units};
use rollcall_simulators::bamboohr::{Handle, ListKind, Person, Status};

/// What both sides tell of a person, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) employee_number: Option<String>,
    pub(crate) job_title: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) division: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) hire_date: Option<String>,
    /// By source id.
    pub(crate) manager: Option<String>,
}

/// The active people of a scenario, by source id; nobody twice.
pub(crate) async fn ours(db: &Db, tenant: &str, scenario: &str) -> BTreeMap<String, Card> {
    let people = everybody(db, tenant, scenario).await;
    let units = units::of_scenario(db, tenant, scenario).await.unwrap();
    let name = |unit: &Option<String>| {
        unit.as_ref()
            .map(|id| units.get(id).map_or_else(|| format!("unknown {id}"), |u| u.name.clone()))
    };
    // By what a manager may be named: the id they have, and the one derived from their source id.
    let names = |actor: &actors::Actor| {
        let source_id = actor.source_id.clone().unwrap_or_default();
        [Some(actor.actor.clone()), actor.claim.clone()].map(|id| (id, source_id.clone()))
    };
    let source_ids: BTreeMap<String, String> =
        people.iter().flat_map(names).filter_map(|(id, source)| Some((id?, source))).collect();
    let mut cards = BTreeMap::new();
    for actor in people.iter().filter(|actor| actor.active) {
        let department = actor.departments.first().cloned();
        let manager = actor.manager.as_ref();
        let card = Card {
            first_name: actor.first_name.clone(),
            last_name: actor.last_name.clone(),
            email: actor.email.clone(),
            employee_number: actor.employee_number.clone(),
            job_title: actor.job_title.clone(),
            department: name(&department),
            division: name(&actor.division),
            location: name(&actor.location),
            hire_date: actor.hire_date.clone(),
            manager: manager.map(|id| source_ids.get(id).unwrap_or(id).clone()),
        };
        // Who was entered by hand is nobody of the source's.
        let Some(source_id) = actor.source_id.clone() else { continue };
        assert!(cards.insert(source_id, card).is_none(), "somebody is there twice");
    }
    cards
}

/// All actors of a scenario, inactive ones too.
pub(crate) async fn everybody(db: &Db, tenant: &str, scenario: &str) -> Vec<actors::Actor> {
    let (filter, mut after, mut people) = (actors::Filter::default(), None::<String>, Vec::new());
    for _ in 0..1_000 {
        let page =
            actors::list(db, tenant, scenario, &filter, after.as_deref(), 200).await.unwrap();
        people.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    people
}

/// The active people of the company, by id.
pub(crate) fn theirs(company: &Handle) -> BTreeMap<String, Card> {
    let people = company.people();
    let active = people.iter().filter(|person| person.status == Status::Active);
    active.map(|person| (person.id.to_string(), card(company, person))).collect()
}

fn card(company: &Handle, person: &Person) -> Card {
    let option = |list, id: Option<u64>| id.and_then(|id| company.option_name(list, id));
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    Card {
        first_name: Some(person.first_name.clone()),
        last_name: Some(person.last_name.clone()),
        email: text(&person.work_email),
        employee_number: text(&person.employee_number),
        job_title: option(ListKind::JobTitle, person.job_title),
        department: option(ListKind::Department, person.department),
        division: option(ListKind::Division, person.division),
        location: option(ListKind::Location, person.location),
        hire_date: person.hire_date.map(|day| day.to_string()),
        manager: person.supervisor.map(|id| id.to_string()),
    }
}

/// Fails with the first differences, person by person.
#[track_caller]
pub(crate) fn assert_equal(ours: &BTreeMap<String, Card>, theirs: &BTreeMap<String, Card>) {
    let ids: std::collections::BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differ: Vec<String> = ids
        .into_iter()
        .filter(|id| ours.get(*id) != theirs.get(*id))
        .map(|id| format!("{id}\n  ours   {:?}\n  theirs {:?}", ours.get(id), theirs.get(id)))
        .collect();
    let shown = differ.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} people differ:\n{shown}", differ.len());
}
