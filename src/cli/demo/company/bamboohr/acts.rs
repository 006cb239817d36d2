//! What happens in a company with BambooHR: people come, move, marry, change managers and go, and
//! some deliveries are not as they should be.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rollcall_simulators::bamboohr::{Handle, ListKind, Outcome, Person, Refusal, Status};

use super::super::cast::{Dice, FIRST, LAST};
use crate::failure::Failure;

/// 50 changes.
pub(super) const SCRIPT: [(Act, u32); 8] = [
    (Act::Hire, 10),
    (Act::Move, 12),
    (Act::Rename, 10),
    (Act::NewManager, 8),
    (Act::Terminate, 6),
    (Act::Duplicate, 2),
    (Act::Stale, 1),
    (Act::Forged, 1),
];
/// Older than any connection takes for fresh.
const STALE: TimeDelta = TimeDelta::minutes(20);

/// One thing that happens, and is told by webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Hire,
    Move,
    Rename,
    NewManager,
    Terminate,
    /// A delivery that was taken in comes once more, byte for byte.
    Duplicate,
    /// Told with a correct signature that is too old.
    Stale,
    /// Told with a signature made with a wrong key.
    Forged,
}

/// The company and the dice.
pub(super) struct Director {
    company: Handle,
    dice: Dice,
    hired: u32,
    /// Whom something has happened to: others come first. Times in deliveries have whole seconds,
    /// so nobody can tell two equal changes of one person within a second from one told twice.
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
    pub(super) async fn perform(&mut self, act: Act) -> Result<String, Failure> {
        Ok(match act {
            Act::Hire => self.hire()?,
            Act::Move => self.change_department()?,
            Act::Rename => self.rename()?,
            Act::NewManager => self.change_manager()?,
            Act::Terminate => self.terminate()?,
            Act::Duplicate => self.duplicate().await?,
            Act::Stale => self.stale().await?,
            Act::Forged => self.forged()?,
        })
    }

    fn hire(&mut self) -> Result<String, Failure> {
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
        ])?;
        self.touched.insert(id);
        Ok(format!("{first} {last} is hired into {department}"))
    }

    fn change_department(&mut self) -> Result<String, Failure> {
        let person = self.somebody()?;
        let mut others = self.company.options(ListKind::Department);
        others.retain(|one| one.archived.is_none() && Some(one.id) != person.department);
        let department = self.dice.one_of(&others).name.clone();
        self.company.update(person.id, [("department", department.as_str())])?;
        Ok(format!("{} moves to {department}", person.full_name()))
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

    async fn duplicate(&mut self) -> Result<String, Failure> {
        self.settle().await?;
        let sent = self.company.deliveries();
        let taken = sent.iter().filter(|one| one.outcome == Outcome::Delivered);
        let Some(last) = taken.last() else {
            return Err(Failure::failed("nothing was delivered that could be delivered twice"));
        };
        self.company.resend(last.index)?;
        Ok("a delivery comes a second time".to_owned())
    }

    /// The only delivery that tells of this change is stale: it has to be read again to be seen.
    async fn stale(&mut self) -> Result<String, Failure> {
        self.settle().await?;
        let age = STALE.num_seconds().unsigned_abs();
        self.company.change_faults(|faults| faults.stale_timestamp_seconds = Some(age));
        let done = self.change_department();
        let settled = self.settle().await;
        self.company.change_faults(|faults| faults.stale_timestamp_seconds = None);
        settled?;
        Ok(format!("{}, told twenty minutes late", done?))
    }

    fn forged(&mut self) -> Result<String, Failure> {
        let person = self.somebody()?;
        self.company.send_forged(person.id)?;
        Ok(format!("somebody forges a delivery about {}", person.full_name()))
    }

    /// Waits until everything was delivered or given up.
    pub(super) async fn settle(&self) -> Result<(), Failure> {
        self.company.settle().await.map_err(|error| Failure::Failed(error.to_string()))
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

    /// A manager at work, but not this one, and no namesake: the watched field shows a name, so
    /// going from one to the other is told by no webhook.
    fn manager(&mut self, not: Option<u64>) -> Result<Person, Failure> {
        let mut people = self.at_work();
        let managers: BTreeSet<u64> = people.iter().filter_map(|one| one.supervisor).collect();
        let not = not.and_then(|id| self.company.person(id)).map(|one| one.sorted_name());
        people.retain(|one| managers.contains(&one.id) && Some(one.sorted_name()) != not);
        self.dice.pick(&people)
    }

    /// Who works there today and has not given notice.
    fn at_work(&self) -> Vec<Person> {
        let mut people = self.company.people();
        people.retain(|one| one.status == Status::Active && one.termination_date.is_none());
        people
    }

    fn option(&self, list: ListKind, option: Option<u64>) -> Result<String, Failure> {
        let name = option.and_then(|option| self.company.option_name(list, option));
        name.ok_or_else(|| Failure::failed("a manager of the simulated company has no unit"))
    }

    /// What happens next in a company where nobody is in a hurry.
    pub(super) fn any(&mut self) -> Act {
        const USUAL: [Act; 12] = [
            Act::Hire,
            Act::Hire,
            Act::Move,
            Act::Move,
            Act::Move,
            Act::Rename,
            Act::Rename,
            Act::NewManager,
            Act::NewManager,
            Act::Terminate,
            Act::Duplicate,
            Act::Forged,
        ];
        *self.dice.one_of(&USUAL)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::cast;
    use super::SCRIPT;

    #[test]
    fn the_script_has_fifty_changes() {
        assert_eq!(cast::mixed(&SCRIPT).len(), 50);
    }
}
