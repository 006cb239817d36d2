//! Makes up a company of any size from a seed: the same seed gives the same people.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::acts::HOME;
use super::books::{EmploymentKind, LegalEntity, Position, Span, Worker, midnight};
use super::company::{Company, LINE};
use super::lists::ListKind;
use super::{Config, fixtures};
use crate::clock::Clock;
use crate::names;

/// How many people report to one manager.
const SPAN: usize = 8;

const LEGAL_ENTITIES: [(&str, &str, &str); 3] = [
    (HOME, "Acme Entertainment System USA", "USA"),
    ("DEMF", "Acme Entertainment System Germany", "DEU"),
    ("GBSI", "Acme Service Industry UK", "GBR"),
];

/// The company of the configuration, with everybody in it.
pub(super) fn company(config: &Config) -> Company {
    let mut clock = Clock::default();
    if let Some(now) = config.now {
        clock.set(now);
    }
    let mut company = Company::new(clock);
    for (id, name, country) in LEGAL_ENTITIES {
        let (id, name, country) = (id.to_owned(), name.to_owned(), country.to_owned());
        company.legal_entities.insert(id.clone(), LegalEntity { id, name, country });
    }
    if config.fixtures {
        fixtures::join(&mut company);
    }
    let units = units(&mut company, config.people);
    let mut maker = Maker {
        random: StdRng::seed_from_u64(config.seed),
        mailboxes: HashMap::new(),
        domain: format!("{}.example", config.company),
        people: config.people,
        today: clock.today(),
        units,
    };
    for index in 0..config.people {
        maker.person(&mut company, index);
    }
    if config.people >= 5 {
        special_cases(&mut company);
    }
    company
}

/// Departments, one to 250 people, and locations.
struct Units {
    departments: Vec<u64>,
    locations: Vec<u64>,
}

fn units(company: &mut Company, people: usize) -> Units {
    let mut units = Units { departments: vec![], locations: vec![] };
    if people == 0 {
        return units;
    }
    let known = names::DEPARTMENTS.len();
    for index in 0..(people / 250).max(known) {
        let name = names::DEPARTMENTS[index % known];
        let name = match index / known {
            0 => name.to_owned(),
            round => format!("{name} {}", round + 1),
        };
        units.departments.push(company.option(ListKind::Department, &name));
    }
    for name in names::LOCATIONS {
        units.locations.push(company.option(ListKind::Location, name));
    }
    units
}

struct Maker {
    random: StdRng,
    mailboxes: HashMap<String, u32>,
    domain: String,
    people: usize,
    today: NaiveDate,
    units: Units,
}

impl Maker {
    /// Somebody on the `index`-th chair of the tree.
    fn person(&mut self, company: &mut Company, index: usize) {
        let (id, at) = (company.next_worker, midnight(self.today));
        company.next_worker += 1;
        let (first, last) = (self.one_of(names::FIRST), self.one_of(names::LAST));
        let mut worker = Worker::named(id, first, last, at);
        worker.email = self.mailbox(first, last);
        worker.identity_email = worker.email.clone();
        worker.known_as = self.maybe(10, names::PREFERRED);
        worker.middle_name = self.maybe(10, names::FIRST);
        if !self.chance(8) {
            worker.phone = format!("+44 113 496 {:04}", index % 10_000);
        }
        worker.object_id = format!("5eed0000-0000-4000-8000-{id:012x}");
        let locations = self.units.locations.len();
        worker.location = Some(self.units.locations[self.random.random_range(0..locations)]);
        let hired = self.past_day(3000);
        worker.original_hire_date = Some(hired);
        company.workers.insert(id, worker);
        let (kind, entity) = (self.kind(), self.legal_entity());
        company.employ(id, entity, kind, midnight(hired), None).expect("just put in");
        self.chair(company, id, index, hired);
        let leaf = index * SPAN + 1 >= self.people;
        if leaf && self.chance(6) {
            let served = (self.today - hired).num_days().max(2).cast_unsigned();
            let left = self.past_day(served);
            company.terminate(id, left).expect("just put in");
        }
    }

    /// A position of their own, below the manager's, with a past for some.
    fn chair(&mut self, company: &mut Company, id: u64, index: usize, hired: NaiveDate) {
        let chair = company.next_position;
        company.next_position += 1;
        let manager =
            index.checked_sub(1).map(|before| chair - index as u64 + (before / SPAN) as u64);
        let title = self.job_title(index);
        let job = company.job(title);
        let mut position = Position::new(chair, &job, midnight(hired));
        position.title = title.to_owned();
        let above = manager.and_then(|id| company.positions.get(&id));
        position.department = Some(self.department(index, above.and_then(|one| one.department)));
        if self.chance(10) {
            position.full_time_equivalent = 0.5;
        }
        company.positions.insert(chair, position);
        company.assign(chair, id, Span::since(hired), true).expect("just put in");
        let Some(manager) = manager else {
            return;
        };
        let changed =
            (self.chance(15) && manager > chair - index as u64).then(|| self.past_day(200));
        let first = match changed.filter(|day| *day > hired) {
            Some(day) => {
                let before = Span::between(hired, day - Days::new(1));
                company.link(chair, LINE, chair - index as u64, before).expect("just put in");
                day
            }
            None => hired,
        };
        company.link(chair, LINE, manager, Span::since(first)).expect("just put in");
    }

    /// Unique, with a number behind the name from the second namesake on.
    fn mailbox(&mut self, first: &str, last: &str) -> String {
        let mailbox = names::mailbox(first, last);
        let count = self.mailboxes.entry(mailbox.clone()).or_default();
        *count += 1;
        match *count {
            1 => format!("{mailbox}@{}", self.domain),
            nth => format!("{mailbox}{nth}@{}", self.domain),
        }
    }

    /// Mostly the manager's own; the top has the first, its reports lead one each.
    fn department(&mut self, index: usize, own: Option<u64>) -> u64 {
        let departments = &self.units.departments;
        let (first, one) = (departments[0], departments[index % departments.len()]);
        match own {
            None => first,
            Some(own) if own != first && !self.chance(8) => own,
            Some(_) => one,
        }
    }

    fn job_title(&mut self, index: usize) -> &'static str {
        let chosen = match index {
            0 => 0,
            1..=SPAN => 1,
            _ if index * SPAN + 1 < self.people => 2,
            _ => self.random.random_range(3..names::JOB_TITLES.len()),
        };
        names::JOB_TITLES[chosen]
    }

    fn kind(&mut self) -> EmploymentKind {
        match self.chance(8) {
            true => EmploymentKind::Contractor,
            false => EmploymentKind::Employee,
        }
    }

    fn legal_entity(&mut self) -> &'static str {
        let other = self.chance(30);
        let chosen = if other { self.random.random_range(1..LEGAL_ENTITIES.len()) } else { 0 };
        LEGAL_ENTITIES[chosen].0
    }

    fn maybe(&mut self, percent: u32, words: &'static [&'static str]) -> String {
        match self.chance(percent) {
            true => self.one_of(words).to_owned(),
            false => String::new(),
        }
    }

    fn one_of(&mut self, words: &'static [&'static str]) -> &'static str {
        words[self.random.random_range(0..words.len())]
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn past_day(&mut self, within: u64) -> NaiveDate {
        self.today - Days::new(self.random.random_range(1..within))
    }
}

/// Somebody who starts next month, and somebody whose last day is next month; both at the end.
fn special_cases(company: &mut Company) {
    let soon = company.day(30);
    let mut last = company.workers.keys().rev().copied();
    let (Some(starter), Some(leaver)) = (last.next(), last.next()) else {
        return;
    };
    let begins = midnight(soon);
    let rejoined = [company.rehire(leaver), company.terminate(leaver, soon)];
    rejoined.into_iter().for_each(|done| done.expect("in the books"));
    let starts = company.alter(starter, |worker| {
        worker.original_hire_date = Some(soon);
        worker.employments.truncate(1);
        for one in &mut worker.employments {
            one.start = begins;
            one.end = None;
        }
    });
    starts.expect("in the books");
    for position in company.workers[&starter].positions.clone() {
        let starts = company.alter_position(position, |position| {
            position.held.iter_mut().for_each(|one| one.span = Span::since(soon));
        });
        starts.expect("in the books");
    }
}
