//! The rows of each kind, in the order of their keys.

use super::books::Employment;
use super::set::{Look, Row};

pub(super) fn workers<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    look.company.workers.values().map(Row::Worker).collect()
}

pub(super) fn employments<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    let workers = look.company.workers.values();
    let rows = workers.flat_map(|worker| {
        let mut all: Vec<&Employment> = worker.employments.iter().collect();
        all.sort_by_key(|one| (one.legal_entity.as_str(), one.id));
        all.into_iter().map(move |one| Row::Employment(worker, one))
    });
    rows.collect()
}

pub(super) fn positions<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    look.company.positions.values().map(Row::Position).collect()
}

pub(super) fn assignments<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    let positions = look.company.positions.values();
    let rows =
        positions.flat_map(|one| one.held.iter().map(move |held| Row::Assignment(one, held)));
    rows.collect()
}

pub(super) fn links<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    let positions = look.company.positions.values();
    positions.flat_map(|one| one.above.iter().map(move |link| Row::Link(one, link))).collect()
}

pub(super) fn departments<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    look.company.departments.values().map(Row::Department).collect()
}

pub(super) fn jobs<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    look.company.jobs.values().map(Row::Job).collect()
}

pub(super) fn legal_entities<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    look.company.legal_entities.values().map(Row::LegalEntity).collect()
}

pub(super) fn hierarchies<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    look.company.hierarchies.iter().map(|name| Row::Hierarchy(name)).collect()
}

/// Every title somebody or some position has, once.
pub(super) fn titles<'a>(look: &Look<'a>) -> Vec<Row<'a>> {
    let jobs = look.company.jobs.values().map(|job| job.title.as_str());
    let positions = look.company.positions.values().map(|one| one.title.as_str());
    let workers = look.company.workers.values().map(|worker| worker.title.as_str());
    let mut titles: Vec<&str> =
        jobs.chain(positions).chain(workers).filter(|title| !title.is_empty()).collect();
    titles.sort_unstable();
    titles.dedup();
    titles.into_iter().map(Row::Title).collect()
}
