//! What a test, the demo or a control call can make the company do.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::acts::Fields;
use super::books::{EmploymentKind, Span, midnight};
use super::company::{Company, Refusal};
use super::faults::Faults;
use super::lists::{Choice, ListKind};
use super::person::Person;
use super::shared::{Shared, locked};

/// The company behind a simulator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Handle {
        Handle { shared }
    }

    /// Hires somebody, by field alias (`firstName`, `lastName`, `workEmail`, `jobTitle`,
    /// `department`, `location`, `supervisorEId`, `hireDate`, `employmentType`, `legalEntity`, …);
    /// hired today unless it says else, into a new position. Makes departments, locations and jobs
    /// that do not exist.
    pub fn hire<N: Into<String>, V: Into<String>>(
        &self,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<u64, Refusal> {
        self.company(|company| company.hire(&collected(fields)))
    }

    /// Changes fields by alias; an empty text clears. `supervisorEId` puts the position they hold
    /// below that of the manager from today on.
    pub fn update<N: Into<String>, V: Into<String>>(
        &self,
        id: u64,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), Refusal> {
        self.company(|company| company.update(id, &collected(fields)))
    }

    /// From that day on they no longer work there, and their positions are vacant.
    pub fn terminate(&self, id: u64, on: NaiveDate) -> Result<(), Refusal> {
        self.company(|company| company.terminate(id, on))
    }

    /// They come back today, with the same number; who was to leave stays.
    pub fn rehire(&self, id: u64) -> Result<(), Refusal> {
        self.company(|company| company.rehire(id))
    }

    /// Their record is erased.
    pub fn delete(&self, id: u64) -> Result<(), Refusal> {
        self.company(|company| company.delete(id))
    }

    /// Renames a department or a location, given by alias; it keeps its id.
    pub fn rename_option(&self, list: &str, option: u64, name: &str) -> Result<(), Refusal> {
        let kind = ListKind::named(list).ok_or_else(|| Refusal::NoSuchField(list.to_owned()))?;
        self.company(|company| company.rename_option(kind, option, name))
    }

    /// Employs somebody in another legal entity too.
    pub fn employ(
        &self,
        id: u64,
        legal_entity: &str,
        kind: EmploymentKind,
        start: NaiveDate,
        end: Option<NaiveDate>,
    ) -> Result<(), Refusal> {
        let (start, end) = (midnight(start), end.map(midnight));
        self.company(|company| company.employ(id, legal_entity, kind, start, end))
    }

    /// Opens a position with a title, held by nobody yet.
    pub fn open_position(&self, title: &str, department: Option<u64>) -> u64 {
        self.company(|company| {
            let id = company.open_position(title);
            let described = company.alter_position(id, |position| {
                position.title = title.to_owned();
                position.department = department;
            });
            described.expect("it was just opened");
            id
        })
    }

    /// Somebody holds a position for a time, whatever else they or others hold.
    pub fn assign(&self, position: u64, id: u64, span: Span, primary: bool) -> Result<(), Refusal> {
        self.company(|company| company.assign(position, id, span, primary))
    }

    /// From today on somebody holds that position, and no other any more.
    pub fn transfer(&self, id: u64, position: u64) -> Result<(), Refusal> {
        self.company(|company| company.transfer(id, position))
    }

    /// Puts a position below another in a hierarchy (`Line`, `Matrix`, …) from a time on, and ends
    /// what was above it; without a parent it is at the top.
    pub fn place_below(
        &self,
        position: u64,
        hierarchy: &str,
        parent: Option<u64>,
        span: Span,
    ) -> Result<(), Refusal> {
        self.company(|company| {
            if !company.hierarchies.iter().any(|name| name == hierarchy) {
                company.hierarchies.push(hierarchy.to_owned());
            }
            company.place_below(position, hierarchy, parent, span)
        })
    }

    /// Everybody, by id, as they truly are now.
    pub fn people(&self) -> Vec<Person> {
        self.company(|company| company.workers.values().map(|one| company.person(one)).collect())
    }

    /// How many there are, terminated ones included.
    pub fn headcount(&self) -> usize {
        self.company(|company| company.workers.len())
    }

    /// One worker as they truly are now.
    pub fn person(&self, id: u64) -> Option<Person> {
        self.company(|company| company.workers.get(&id).map(|one| company.person(one)))
    }

    /// The options of a list.
    pub fn options(&self, list: ListKind) -> Vec<Choice> {
        self.company(|company| company.options(list))
    }

    /// What an option is called now.
    pub fn option_name(&self, list: ListKind, option: u64) -> Option<String> {
        self.company(|company| company.option_name(list, option).map(str::to_owned))
    }

    /// The switches as they are.
    pub fn faults(&self) -> Faults {
        locked(&self.shared.faults).clone()
    }

    /// Sets all switches; the default heals everything.
    pub fn set_faults(&self, faults: Faults) {
        *locked(&self.shared.faults) = faults;
    }

    /// Changes some switches; the closure must not call this handle.
    pub fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&self.shared.faults));
    }

    /// How often each page was asked: `GET /data/Workers`, `POST /token` and so on.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        locked(&self.shared.counts).by_page()
    }

    /// How often exactly this was asked: `GET /data/Workers('000041')`.
    pub fn requests_of(&self, method_and_path: &str) -> u64 {
        locked(&self.shared.counts).of(method_and_path)
    }

    /// How many tokens were given out.
    pub fn tokens_issued(&self) -> usize {
        locked(&self.shared.tokens).count()
    }

    /// Every token given out so far has expired.
    pub fn expire_tokens(&self) {
        locked(&self.shared.tokens).revoke();
    }

    /// What time it is in the company, and for tokens.
    pub fn clock(&self) -> DateTime<Utc> {
        self.shared.now()
    }

    /// Sets the time; first and last days that have come take effect, tokens expire.
    pub fn set_clock(&self, now: DateTime<Utc>) {
        self.company(|company| company.clock.set(now));
    }

    /// Moves the time on; first and last days that have come take effect, tokens expire.
    pub fn advance(&self, by: TimeDelta) {
        self.company(|company| company.clock.advance(by));
    }

    fn company<T>(&self, act: impl FnOnce(&mut Company) -> T) -> T {
        act(&mut self.shared.company())
    }
}

fn collected<N: Into<String>, V: Into<String>>(fields: impl IntoIterator<Item = (N, V)>) -> Fields {
    fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}
