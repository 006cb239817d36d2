//! Makes up a company of any size from a seed: the same seed gives the same people.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Config;
use super::company::Company;
use super::lists::{ListKind, Lists};
use super::people::{Person, Status};
use crate::clock::Clock;
use crate::names;

/// How many people report to one manager.
const SPAN: usize = 8;

/// The company of the configuration, with everybody in it.
pub(super) fn company(config: &Config) -> Company {
    let founded = founding_day();
    let mut company = Company::new(Lists::seeded(config.people, founded));
    let mut maker = Maker {
        random: StdRng::seed_from_u64(config.seed),
        options: ListKind::ALL.map(|kind| living_options(&company.lists, kind)),
        mailboxes: HashMap::new(),
        domain: format!("{}.example", config.company),
        people: config.people,
        today: Clock::default().today(),
        founded,
    };
    let mut people: Vec<Person> = Vec::with_capacity(config.people);
    for index in 0..config.people {
        let manager = index.checked_sub(1).map(|before| &people[before / SPAN]);
        let person = maker.person(index, manager);
        people.push(person);
    }
    special_cases(&mut people, maker.today);
    company.next_id = config.people as u64 + 1;
    let terminated = company.terminated();
    for mut person in people {
        if person.termination_date.is_some_and(|day| day <= maker.today) {
            person.status = Status::Inactive;
            person.employment_status = terminated;
        }
        let id = person.id;
        company.people.insert(id, person);
        company.schedule(id);
    }
    company
}

struct Maker {
    random: StdRng,
    options: [Vec<u64>; 5],
    mailboxes: HashMap<String, u32>,
    domain: String,
    people: usize,
    today: NaiveDate,
    founded: DateTime<Utc>,
}

impl Maker {
    /// Somebody on the `index`-th chair of the tree.
    fn person(&mut self, index: usize, manager: Option<&Person>) -> Person {
        let (first, last) = (self.one_of(names::FIRST), self.one_of(names::LAST));
        let mut person = Person::named(index as u64 + 1, first, last, self.founded);
        person.work_email = Some(self.mailbox(first, last));
        person.home_email =
            self.chance(30).then(|| format!("{}@home.example", names::mailbox(last, first)));
        // Plain numbers that often are somebody else's employee id: supervisorId is a trap.
        person.employee_number =
            (!self.chance(3)).then(|| (self.people - index + self.people / 2).to_string());
        person.preferred_name = self.chance(10).then(|| self.one_of(names::PREFERRED).to_owned());
        person.middle_name = self.chance(10).then(|| self.one_of(names::FIRST).to_owned());
        person.work_phone = (!self.chance(8)).then(|| format!("+44 113 496 {:04}", index % 10_000));
        person.work_phone_extension = self.chance(20).then(|| (100 + index % 900).to_string());
        person.mobile_phone = self
            .chance(60)
            .then(|| format!("+44 7700 900{:03}", self.random.random_range(0..1000)));
        person.country = Some("United Kingdom".to_owned());
        person.supervisor = manager.map(|manager| manager.id);
        person.job_title = Some(self.job_title(index));
        person.department = Some(self.department(index, manager));
        person.division = self.chance(90).then(|| self.option(ListKind::Division));
        person.location = Some(self.option(ListKind::Location));
        person.employment_status = Some(self.employment_status());
        person.hire_date = Some(self.past_day(3000));
        person.original_hire_date = person.hire_date;
        person.photo_uploaded = self.chance(50);
        person.cost_centre = Some(format!("CC-{}", 100 + index % 40));
        person.shirt_size = self.chance(70).then(|| self.one_of(&["S", "M", "L", "XL"]).to_owned());
        if index * SPAN + 1 >= self.people && self.chance(6) {
            let served = (self.today - person.hire_date.unwrap_or(self.today)).num_days();
            person.termination_date = Some(self.past_day(served.max(2).cast_unsigned()));
        }
        person
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
    fn department(&mut self, index: usize, manager: Option<&Person>) -> u64 {
        let departments = &self.options[ListKind::Department as usize];
        let (first, count) = (departments[0], departments.len());
        match manager.and_then(|manager| manager.department) {
            None => first,
            Some(own) if own != first && !self.chance(8) => own,
            Some(_) => self.options[ListKind::Department as usize][index % count],
        }
    }

    fn job_title(&mut self, index: usize) -> u64 {
        let count = names::JOB_TITLES.len();
        let chosen = match index {
            0 => 0,
            1..=SPAN => 1,
            _ if index * SPAN + 1 < self.people => 2,
            _ => self.random.random_range(3..count),
        };
        self.options[ListKind::JobTitle as usize][chosen]
    }

    fn employment_status(&mut self) -> u64 {
        let chosen = if self.chance(80) { 0 } else { self.random.random_range(0..4) };
        self.options[ListKind::EmploymentStatus as usize][chosen]
    }

    fn option(&mut self, list: ListKind) -> u64 {
        let options = &self.options[list as usize];
        options[self.random.random_range(0..options.len())]
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
fn special_cases(people: &mut [Person], today: NaiveDate) {
    let soon = today + Days::new(30);
    if people.len() < 5 {
        return;
    }
    let [.., leaver, starter] = people else {
        return;
    };
    leaver.termination_date = Some(soon);
    starter.termination_date = None;
    starter.hire_date = Some(soon);
    starter.original_hire_date = Some(soon);
    starter.status = Status::Inactive;
}

fn living_options(lists: &Lists, kind: ListKind) -> Vec<u64> {
    let choices = lists.choices(kind).values();
    choices.filter(|choice| choice.archived.is_none()).map(|choice| choice.id).collect()
}

fn founding_day() -> DateTime<Utc> {
    "2016-02-01T09:00:00Z".parse().expect("a valid time")
}
