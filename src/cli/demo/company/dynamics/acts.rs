//! What happens in a company with Dynamics 365 HR: people come at once or later, they and their
//! positions move, and some who left come back.

use std::collections::BTreeSet;

use chrono::Days;
use rollcall_simulators::dynamics::{Choice, Handle, ListKind, Person, Refusal, Span, Status};

use super::super::cast::{Dice, FIRST, LAST};
use crate::failure::Failure;

/// 50 changes.
pub(super) const SCRIPT: [(Act, u32); 10] = [
    (Act::Announce, 3),
    (Act::Terminate, 4),
    (Act::Hire, 8),
    (Act::Move, 8),
    (Act::NewManager, 6),
    (Act::Rename, 8),
    (Act::Transfer, 6),
    (Act::Start, 3),
    (Act::RenameDepartment, 2),
    (Act::Rehire, 2),
];
const TITLES: [&str; 6] = [
    "Senior Analyst",
    "Programme Lead",
    "Data Steward",
    "Site Planner",
    "Quality Advisor",
    "Release Coordinator",
];
/// The hierarchy that says who leads whom.
const LINE: &str = "Line";
/// When whoever is announced is to start.
const LATER: Days = Days::new(14);

/// One thing that happens, and is told by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Hire,
    /// Somebody is hired who starts later.
    Announce,
    /// The day has come for somebody who was to start later.
    Start,
    /// Their position goes to another department, and they with it.
    Move,
    /// They take a new position in another department, below another manager.
    Transfer,
    Rename,
    NewManager,
    Terminate,
    Rehire,
    RenameDepartment,
}

/// The company and the dice.
pub(super) struct Director {
    company: Handle,
    dice: Dice,
    hired: u32,
    /// Whom something has happened to: others come first.
    touched: BTreeSet<u64>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Failed(format!("the simulated company refused: {refusal}"))
    }
}

impl Director {
    pub(super) fn new(company: Handle, seed: u64) -> Director {
        Director { company, dice: Dice::new(seed), hired: 0, touched: BTreeSet::new() }
    }

    /// Lets it happen and says what it was.
    pub(super) fn perform(&mut self, act: Act) -> Result<String, Failure> {
        match act {
            Act::Hire => self.hire(),
            Act::Announce => self.announce(),
            Act::Start => self.start(),
            Act::Move => self.change_department(),
            Act::Transfer => self.transfer(),
            Act::Rename => self.rename(),
            Act::NewManager => self.change_manager(),
            Act::Terminate => self.terminate(),
            Act::Rehire => self.rehire(),
            Act::RenameDepartment => self.rename_department(),
        }
    }

    fn hire(&mut self) -> Result<String, Failure> {
        let today = self.company.clock().date_naive();
        let (name, department) = self.take_on(&today.to_string())?;
        Ok(format!("{name} is hired into {department}"))
    }

    fn announce(&mut self) -> Result<String, Failure> {
        let day = (self.company.clock().date_naive() + LATER).to_string();
        let (name, department) = self.take_on(&day)?;
        Ok(format!("{name} is hired into {department}, to start on {day}"))
    }

    /// Somebody new below a manager, in the manager's department: their name, and its.
    fn take_on(&mut self, first_day: &str) -> Result<(String, String), Failure> {
        let (first, last) = (self.dice.one_of(&FIRST), self.dice.one_of(&LAST));
        self.hired += 1;
        let mailbox = format!("{first}.{last}.{}@acme.example", self.hired).to_lowercase();
        let manager = self.manager(None)?;
        let department = self.option(ListKind::Department, manager.department)?;
        let location = self.option(ListKind::Location, manager.location)?;
        let manager = manager.id.to_string();
        let id = self.company.hire([
            ("firstName", *first),
            ("lastName", *last),
            ("workEmail", &mailbox),
            ("jobTitle", "Analyst"),
            ("department", &department),
            ("location", &location),
            ("supervisorEId", &manager),
            ("hireDate", first_day),
        ])?;
        self.touched.insert(id);
        Ok((format!("{first} {last}"), department))
    }

    fn start(&mut self) -> Result<String, Failure> {
        let mut people = self.company.people();
        people.retain(|one| one.status == Status::Pending);
        if people.is_empty() {
            return self.announce();
        }
        let person = self.dice.pick(&people)?;
        let today = self.company.clock().date_naive();
        self.company.update(person.id, [("hireDate", today.to_string())])?;
        self.touched.insert(person.id);
        Ok(format!("{} starts today already", person.full_name()))
    }

    fn change_department(&mut self) -> Result<String, Failure> {
        let person = self.somebody()?;
        let department = self.other_department(person.department)?.name;
        self.company.update(person.id, [("department", department.as_str())])?;
        Ok(format!("{} moves to {department}", person.full_name()))
    }

    fn transfer(&mut self) -> Result<String, Failure> {
        let person = self.somebody()?;
        let manager = self.manager(person.supervisor)?;
        let above = manager.position.as_deref().and_then(|number| number.parse().ok());
        let department = self.other_department(person.department)?;
        let title = *self.dice.one_of(&TITLES);
        let today = self.company.clock().date_naive();
        let position = self.company.open_position(title, Some(department.id));
        self.company.place_below(position, LINE, above, Span::since(today))?;
        self.company.transfer(person.id, position)?;
        let (name, above) = (person.full_name(), manager.full_name());
        Ok(format!("{name} becomes {title} in {}, below {above}", department.name))
    }

    fn rename(&mut self) -> Result<String, Failure> {
        let person = self.somebody()?;
        let names: Vec<&str> = LAST.into_iter().filter(|name| *name != person.last_name).collect();
        let last = *self.dice.one_of(&names);
        let mailbox = format!("{}.{last}.{}@acme.example", person.first_name, person.id);
        let mailbox = mailbox.to_lowercase();
        self.company.update(person.id, [("lastName", last), ("workEmail", mailbox.as_str())])?;
        Ok(format!("{} is now called {} {last}", person.full_name(), person.first_name))
    }

    fn change_manager(&mut self) -> Result<String, Failure> {
        let person = self.somebody()?;
        let manager = self.manager(person.supervisor)?;
        self.company.update(person.id, [("supervisorEId", manager.id.to_string())])?;
        Ok(format!("{} reports to {}", person.full_name(), manager.full_name()))
    }

    fn terminate(&mut self) -> Result<String, Failure> {
        let person = self.somebody()?;
        self.company.terminate(person.id, self.company.clock().date_naive())?;
        Ok(format!("{} leaves", person.full_name()))
    }

    /// Whoever left last.
    fn rehire(&mut self) -> Result<String, Failure> {
        let people = self.company.people();
        let gone = people.into_iter().filter(|one| one.status == Status::Terminated);
        let last = gone.max_by_key(|one| (one.termination_date, one.id));
        let person = last.ok_or_else(|| Failure::failed("nobody has left who could come back"))?;
        self.company.rehire(person.id)?;
        self.touched.insert(person.id);
        Ok(format!("{} comes back", person.full_name()))
    }

    /// It gets another name, or the one it had before.
    fn rename_department(&mut self) -> Result<String, Failure> {
        let department = self.other_department(None)?;
        let name = match department.name.strip_prefix("New ") {
            Some(before) => before.to_owned(),
            None => format!("New {}", department.name),
        };
        self.company.rename_option("department", department.id, &name)?;
        Ok(format!("{} is now called {name}", department.name))
    }

    /// Somebody at work whom nobody reports to: they can go, and report to anybody.
    fn somebody(&mut self) -> Result<Person, Failure> {
        let mut people = self.at_work();
        let managers: BTreeSet<u64> = people.iter().filter_map(|one| one.supervisor).collect();
        people.retain(|one| !managers.contains(&one.id));
        if people.iter().all(|one| self.touched.contains(&one.id)) {
            self.touched.clear();
        }
        people.retain(|one| !self.touched.contains(&one.id));
        let person = self.dice.pick(&people)?;
        self.touched.insert(person.id);
        Ok(person)
    }

    /// A manager at work, but not this one.
    fn manager(&mut self, not: Option<u64>) -> Result<Person, Failure> {
        let mut people = self.at_work();
        let managers: BTreeSet<u64> = people.iter().filter_map(|one| one.supervisor).collect();
        people.retain(|one| managers.contains(&one.id) && Some(one.id) != not);
        self.dice.pick(&people)
    }

    /// Who works there today and has not given notice.
    fn at_work(&self) -> Vec<Person> {
        let mut people = self.company.people();
        people.retain(|one| one.status == Status::Employed && one.termination_date.is_none());
        people
    }

    fn other_department(&mut self, not: Option<u64>) -> Result<Choice, Failure> {
        let mut all = self.company.options(ListKind::Department);
        all.retain(|one| Some(one.id) != not);
        self.dice.pick(&all)
    }

    fn option(&self, list: ListKind, option: Option<u64>) -> Result<String, Failure> {
        let name = option.and_then(|option| self.company.option_name(list, option));
        name.ok_or_else(|| Failure::failed("a manager of the simulated company has no unit"))
    }

    /// What happens next in a company where nobody is in a hurry.
    pub(super) fn any(&mut self) -> Act {
        const USUAL: [Act; 14] = [
            Act::Hire,
            Act::Hire,
            Act::Announce,
            Act::Start,
            Act::Move,
            Act::Move,
            Act::Transfer,
            Act::Transfer,
            Act::Rename,
            Act::Rename,
            Act::NewManager,
            Act::Terminate,
            Act::Rehire,
            Act::RenameDepartment,
        ];
        *self.dice.one_of(&USUAL)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::cast;
    use super::super::EVERY;
    use super::SCRIPT;

    #[test]
    fn the_script_has_fifty_changes_and_ends_with_a_reconciliation() {
        let acts = cast::mixed(&SCRIPT).len();
        assert_eq!((acts, acts % EVERY), (50, 0));
    }
}
