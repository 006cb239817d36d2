//! What can happen to the people of the company: hired, changed, terminated, rehired, erased.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};

use super::books::{Assignment, EmploymentKind, Span, Worker, midnight};
use super::company::{Company, LINE, Refusal};
use super::lists::ListKind;

/// What to write, by field alias; an empty text clears.
pub(super) type Fields = BTreeMap<String, String>;

/// Where who is hired works, unless it is said.
pub(super) const HOME: &str = "USMF";

impl Company {
    /// A worker with an employment, a position of their own and a place in the line.
    pub(super) fn hire(&mut self, fields: &Fields) -> Result<u64, Refusal> {
        let id = self.next_worker;
        self.hire_as(id, fields)?;
        self.next_worker += 1;
        Ok(id)
    }

    pub(super) fn hire_as(&mut self, id: u64, fields: &Fields) -> Result<(), Refusal> {
        let name = |alias: &str| fields.get(alias).filter(|text| !text.is_empty());
        let (Some(first), Some(last)) = (name("firstName"), name("lastName")) else {
            return Err(Refusal::NameMissing);
        };
        let now = self.clock.now();
        self.workers.insert(id, Worker::named(id, first, last, now));
        let hired = self.furnish(id, fields);
        if hired.is_err() {
            self.forget(id);
        }
        hired
    }

    /// What comes with somebody who starts.
    fn furnish(&mut self, id: u64, fields: &Fields) -> Result<(), Refusal> {
        let text = |alias: &str| fields.get(alias).map(String::as_str).unwrap_or_default();
        let start = match text("hireDate") {
            "" => self.clock.today(),
            day => day.parse().map_err(|_| invalid("hireDate", day))?,
        };
        let kind = match text("employmentType") {
            "" => EmploymentKind::Employee,
            name => kind_named(name).ok_or_else(|| invalid("employmentType", name))?,
        };
        let legal_entity = match text("legalEntity") {
            "" => HOME,
            code => code,
        };
        self.employ(id, legal_entity, kind, midnight(start), None)?;
        self.alter(id, |worker| worker.original_hire_date = Some(start))?;
        self.seat(id, start)?;
        let told = ["hireDate", "employmentType", "legalEntity"];
        let rest = fields.iter().filter(|(alias, _)| !told.contains(&alias.as_str()));
        self.update(id, &rest.map(|(alias, text)| (alias.clone(), text.clone())).collect())
    }

    /// A new position that the worker holds from a day on.
    pub(super) fn seat(&mut self, worker: u64, from: NaiveDate) -> Result<u64, Refusal> {
        let id = self.open_position("Employee");
        self.assign(id, worker, Span::since(from), true)?;
        Ok(id)
    }

    /// All the fields, or none of them.
    pub(super) fn update(&mut self, id: u64, fields: &Fields) -> Result<(), Refusal> {
        self.worker(id)?;
        for (alias, value) in fields {
            self.check(alias, value.trim_end())?;
        }
        for (alias, value) in fields {
            self.write_one(id, alias, value.trim_end())?;
        }
        Ok(())
    }

    /// Whether a field can be written so.
    fn check(&self, alias: &str, value: &str) -> Result<(), Refusal> {
        let fine = match alias {
            "firstName" | "lastName" => !value.is_empty(),
            "hireDate" => value.parse::<NaiveDate>().is_ok(),
            "terminationDate" => value.is_empty() || value.parse::<NaiveDate>().is_ok(),
            "employmentType" => kind_named(value).is_some(),
            "supervisorEId" => value.is_empty() || self.manager(value).is_some(),
            "middleName" | "lastNamePrefix" | "preferredName" | "workEmail" | "identityEmail"
            | "workPhone" | "jobTitle" | "department" | "location" => true,
            other => return Err(Refusal::NoSuchField(other.to_owned())),
        };
        fine.then_some(()).ok_or_else(|| invalid(alias, value))
    }

    fn write_one(&mut self, id: u64, alias: &str, value: &str) -> Result<(), Refusal> {
        let text = value.to_owned();
        match alias {
            "firstName" => self.alter(id, |worker| worker.first_name = text),
            "middleName" => self.alter(id, |worker| worker.middle_name = text),
            "lastNamePrefix" => self.alter(id, |worker| worker.last_name_prefix = text),
            "lastName" => self.alter(id, |worker| worker.last_name = text),
            "preferredName" => self.alter(id, |worker| worker.known_as = text),
            "workEmail" => self.alter(id, |worker| worker.email = text),
            "identityEmail" => self.alter(id, |worker| worker.identity_email = text),
            "workPhone" => self.alter(id, |worker| worker.phone = text),
            "location" => {
                let named = (!text.is_empty()).then(|| self.option(ListKind::Location, &text));
                self.alter(id, |worker| worker.location = named)
            }
            "department" => {
                let named = (!text.is_empty()).then(|| self.option(ListKind::Department, &text));
                let position = self.position_of(id)?;
                self.alter_position(position, |position| position.department = named)
            }
            "jobTitle" => {
                let (job, position) = (self.job(value), self.position_of(id)?);
                self.alter_position(position, |position| {
                    position.job = job;
                    position.title = text;
                })
            }
            "supervisorEId" => {
                let manager = self.manager(value);
                self.report_to(id, manager)
            }
            "hireDate" => match value.parse() {
                Ok(day) => self.start_on(id, day),
                Err(_) => Err(invalid(alias, value)),
            },
            "terminationDate" => match value.parse() {
                Ok(day) => self.terminate(id, day),
                Err(_) => self.rehire(id),
            },
            "employmentType" => {
                let (kind, now) = (kind_named(value), self.clock.now());
                let current = |worker: &mut Worker| {
                    let mut open = worker.employments.iter_mut();
                    let last = open.rfind(|one| one.end.is_none_or(|end| end > now));
                    if let (Some(kind), Some(last)) = (kind, last) {
                        last.kind = kind;
                    }
                };
                self.alter(id, current)
            }
            other => Err(Refusal::NoSuchField(other.to_owned())),
        }
    }

    /// The last employment begins on another day, and what they hold from the old one on with it.
    fn start_on(&mut self, id: u64, day: NaiveDate) -> Result<(), Refusal> {
        let day_before = self.alter(id, |worker| {
            let last = worker.employments.last_mut();
            let before = last.map(|last| std::mem::replace(&mut last.start, midnight(day)));
            worker.original_hire_date = worker.original_hire_date.map(|first| first.min(day));
            before
        })?;
        for position in self.worker(id)?.positions.clone() {
            self.alter_position(position, |position| {
                let mine = position.held.iter_mut().filter(|one| one.worker == id);
                for one in mine.filter(|one| Some(one.span.from) == day_before) {
                    one.span.from = midnight(day);
                }
            })?;
        }
        Ok(())
    }

    /// The position a change is about: the primary one, one to come, or a new one.
    fn position_of(&mut self, id: u64) -> Result<u64, Refusal> {
        let now = self.clock.now();
        let worker = self.worker(id)?;
        if let Some(position) = self.primary_position(worker, now) {
            return Ok(position.id);
        }
        let coming = |one: &Assignment| one.worker == id && one.span.from > now;
        let positions = worker.positions.iter().filter_map(|id| self.positions.get(id));
        let next = positions.filter(|position| position.held.iter().any(coming)).map(|one| one.id);
        match next.min() {
            Some(position) => Ok(position),
            None => self.seat(id, self.clock.today()),
        }
    }

    /// From today on; what was above before is history.
    pub(super) fn report_to(&mut self, id: u64, manager: Option<u64>) -> Result<(), Refusal> {
        let (position, today) = (self.position_of(id)?, self.clock.today());
        let parent = manager.map(|manager| self.position_of(manager)).transpose()?;
        self.place_below(position, LINE, parent, Span::since(today))
    }

    /// Puts a position below another for a time, and ends what was true before.
    pub(super) fn place_below(
        &mut self,
        position: u64,
        hierarchy: &str,
        parent: Option<u64>,
        span: Span,
    ) -> Result<(), Refusal> {
        let eve = span.from - TimeDelta::seconds(1);
        self.alter_position(position, |position| {
            position.above.retain(|link| link.hierarchy != hierarchy || link.span.from < span.from);
            for link in position.above.iter_mut().filter(|link| link.hierarchy == hierarchy) {
                link.span.to = Some(link.span.to.map_or(eve, |to| to.min(eve)));
            }
        })?;
        match parent {
            Some(parent) => self.link(position, hierarchy, parent, span),
            None => Ok(()),
        }
    }

    /// The manager of that id, personnel number or `First Last`.
    fn manager(&self, text: &str) -> Option<u64> {
        match text.parse() {
            Ok(id) => self.workers.contains_key(&id).then_some(id),
            Err(_) => {
                let named = |worker: &&Worker| worker.name() == text;
                self.workers.values().find(named).map(|worker| worker.id)
            }
        }
    }

    /// A day so many days from today.
    pub(super) fn day(&self, days: i64) -> NaiveDate {
        let (today, apart) = (self.clock.today(), Days::new(days.unsigned_abs()));
        if days < 0 { today - apart } else { today + apart }
    }
}

fn kind_named(text: &str) -> Option<EmploymentKind> {
    let kinds = [EmploymentKind::Employee, EmploymentKind::Contractor];
    kinds.into_iter().find(|kind| kind.as_str() == text)
}

fn invalid(field: &str, value: &str) -> Refusal {
    Refusal::InvalidValue { field: field.to_owned(), value: value.to_owned() }
}
