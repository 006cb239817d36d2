//! What can happen to the people of the company: hired, changed, terminated, rehired, deleted.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::company::{Action, Change, Company, Refusal};
use super::fields::Field;
use super::lists::ListKind;
use super::people::{Person, Status};

/// What to write, by field alias; an empty text clears.
pub(super) type Fields = BTreeMap<String, String>;

/// What to do with the name of a list option that does not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewOptions {
    /// A control call makes it.
    Create,
    /// The API refuses it.
    Refuse,
}

impl Company {
    pub(super) fn hire(
        &mut self,
        fields: &Fields,
        options: NewOptions,
    ) -> Result<(u64, Vec<Change>), Refusal> {
        let name = |alias: &str| fields.get(alias).filter(|text| !text.is_empty());
        let (Some(first), Some(last)) = (name("firstName"), name("lastName")) else {
            return Err(Refusal::NameMissing);
        };
        let (id, today) = (self.next_id, self.clock.today());
        let mut person = Person::named(id, first, last, self.clock.now());
        person.hire_date = Some(today);
        person.employment_status = self.lists.find(ListKind::EmploymentStatus, "Full-Time");
        self.write(&mut person, fields, options)?;
        person.original_hire_date = person.original_hire_date.or(person.hire_date);
        if person.hire_date.is_some_and(|day| day > today) {
            person.status = Status::Inactive;
        }
        self.next_id += 1;
        let columns = self.filled_columns(&person);
        self.people.insert(id, person);
        self.touched(id, Action::Inserted);
        self.schedule(id);
        let created = Change { employee: id, action: Action::Inserted, columns: vec![] };
        let updated = Change { employee: id, action: Action::Updated, columns };
        Ok((id, vec![created, updated]))
    }

    pub(super) fn update(
        &mut self,
        id: u64,
        fields: &Fields,
        options: NewOptions,
    ) -> Result<Vec<Change>, Refusal> {
        self.alter(id, |company, person| company.write(person, fields, options))
    }

    /// The last day; from it on the status is Inactive.
    pub(super) fn terminate(&mut self, id: u64, on: NaiveDate) -> Result<Vec<Change>, Refusal> {
        self.alter(id, |company, person| {
            person.termination_date = Some(on);
            if on <= company.clock.today() {
                person.status = Status::Inactive;
                person.employment_status = company.terminated();
            }
            Ok(())
        })
    }

    /// The same employee id works there again, hired today.
    pub(super) fn rehire(&mut self, id: u64) -> Result<Vec<Change>, Refusal> {
        self.alter(id, |company, person| {
            person.status = Status::Active;
            person.termination_date = None;
            person.hire_date = Some(company.clock.today());
            person.employment_status = company.lists.find(ListKind::EmploymentStatus, "Full-Time");
            Ok(())
        })
    }

    /// Erases the record; whoever reported to them reports to nobody.
    pub(super) fn delete(&mut self, id: u64) -> Result<Vec<Change>, Refusal> {
        self.person(id)?;
        let reports: Vec<u64> = self
            .people
            .values()
            .filter(|person| person.supervisor == Some(id))
            .map(|person| person.id)
            .collect();
        let mut changes = Vec::new();
        for report in reports {
            changes.extend(self.alter(report, |_, person| {
                person.supervisor = None;
                Ok(())
            })?);
        }
        self.people.remove(&id);
        self.touched(id, Action::Deleted);
        changes.push(Change { employee: id, action: Action::Deleted, columns: vec![] });
        Ok(changes)
    }

    /// The option keeps its id; nobody's `lastChanged` moves and no webhook fires.
    pub(super) fn rename_option(
        &mut self,
        list: &str,
        option: u64,
        name: &str,
    ) -> Result<(), Refusal> {
        let kind = ListKind::named(list).ok_or_else(|| Refusal::NoSuchList(list.to_owned()))?;
        self.lists.rename(kind, option, name)?;
        self.version += 1;
        Ok(())
    }

    fn write(
        &mut self,
        person: &mut Person,
        fields: &Fields,
        options: NewOptions,
    ) -> Result<(), Refusal> {
        for (alias, value) in fields {
            self.write_one(person, alias, value.trim_end(), options)?;
        }
        Ok(())
    }

    fn write_one(
        &mut self,
        person: &mut Person,
        alias: &str,
        value: &str,
        options: NewOptions,
    ) -> Result<(), Refusal> {
        let invalid = || Refusal::InvalidValue { field: alias.to_owned(), value: value.to_owned() };
        let filled = Some(value).filter(|text| !text.is_empty()).map(str::to_owned);
        let date = || match value {
            "" | "0000-00-00" => Ok(None),
            text => text.parse().map(Some).map_err(|_| invalid()),
        };
        let field = Field::named(alias).ok_or_else(|| Refusal::NoSuchField(alias.to_owned()))?;
        if let Some((list, by_id)) = field.column.list() {
            *person.option_mut(list) = match (filled, by_id) {
                (None, _) => None,
                (Some(id), true) => Some(id.parse().map_err(|_| invalid())?),
                (Some(name), false) => Some(self.option(list, &name, options).ok_or_else(invalid)?),
            };
            return Ok(());
        }
        match field.alias {
            "firstName" => person.first_name = filled.ok_or_else(invalid)?,
            "lastName" => person.last_name = filled.ok_or_else(invalid)?,
            "middleName" => person.middle_name = filled,
            "preferredName" => person.preferred_name = filled,
            "employeeNumber" => person.employee_number = filled,
            "workEmail" => person.work_email = filled,
            "homeEmail" => person.home_email = filled,
            "workPhone" => person.work_phone = filled,
            "workPhoneExtension" => person.work_phone_extension = filled,
            "mobilePhone" => person.mobile_phone = filled,
            "city" => person.city = filled,
            "country" => person.country = filled,
            "customCostCentre" => person.cost_centre = filled,
            "customShirtSize" => person.shirt_size = filled,
            "hireDate" => person.hire_date = date()?,
            "originalHireDate" => person.original_hire_date = date()?,
            "terminationDate" => person.termination_date = date()?,
            "photoUploaded" => person.photo_uploaded = value == "true",
            "status" => person.status = status_named(value).ok_or_else(invalid)?,
            "supervisorEId" | "reportsToId" | "reportsTo" => {
                person.supervisor = match filled {
                    None => None,
                    Some(text) => Some(self.manager(&text).ok_or_else(invalid)?),
                }
            }
            other => return Err(Refusal::NoSuchField(other.to_owned())),
        }
        Ok(())
    }

    fn option(&mut self, list: ListKind, name: &str, options: NewOptions) -> Option<u64> {
        let at = self.clock.now();
        self.lists.find(list, name).or_else(|| match options {
            NewOptions::Create => Some(self.lists.create(list, name, at)),
            NewOptions::Refuse => None,
        })
    }

    /// The manager of that employee id, or of that `First Last`.
    fn manager(&self, text: &str) -> Option<u64> {
        match text.parse() {
            Ok(id) => self.people.contains_key(&id).then_some(id),
            Err(_) => {
                let named = |person: &&Person| person.full_name() == text;
                self.people.values().find(named).map(|person| person.id)
            }
        }
    }
}

fn status_named(text: &str) -> Option<Status> {
    [Status::Active, Status::Inactive].into_iter().find(|status| status.as_str() == text)
}
