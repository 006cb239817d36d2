//! The field dictionary: ids, aliases, names and types, and how a field reads for one employee.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde_json::Value;

use super::company::Company;
use super::lists::ListKind;
use super::people::{Person, Status};

/// What a field shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    FirstName,
    MiddleName,
    LastName,
    PreferredName,
    EmployeeNumber,
    WorkEmail,
    HomeEmail,
    BestEmail,
    WorkPhone,
    WorkPhoneExtension,
    MobilePhone,
    City,
    Country,
    HireDate,
    OriginalHireDate,
    TerminationDate,
    Status,
    JobTitle,
    Department,
    Division,
    Location,
    EmploymentStatus,
    JobTitleId,
    DepartmentId,
    DivisionId,
    LocationId,
    EmploymentStatusId,
    ReportsTo,
    Supervisor,
    SupervisorNumber,
    SupervisorId,
    SupervisorEmail,
    DisplayName,
    SortedName,
    LastChanged,
    PhotoUploaded,
    PhotoUrl,
    CostCentre,
    ShirtSize,
    Empty,
}

/// One entry of the dictionary.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) column: Column,
    /// Negative: calculated, not in `meta/fields`.
    pub(super) id: i32,
    pub(super) alias: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    /// A webhook may monitor it.
    pub(super) monitored: bool,
    /// Reports and datasets know it, not only `GET /employees/{id}`.
    pub(super) in_reports: bool,
}

impl Field {
    /// The field of that alias or numeric id.
    pub(super) fn named(text: &str) -> Option<&'static Field> {
        match text.parse::<i32>() {
            Ok(id) => super::dictionary::FIELDS.iter().find(|field| field.id == id),
            Err(_) => super::dictionary::FIELDS.iter().find(|field| field.alias == text),
        }
    }

    pub(super) fn of(column: Column) -> &'static Field {
        let found = super::dictionary::FIELDS.iter().find(|field| field.column == column);
        found.expect("the dictionary has every column")
    }

    pub(super) fn is_custom(&self) -> bool {
        self.id >= 4000
    }

    /// `Reporting to` has no alias of its own.
    pub(super) fn public_alias(&self) -> Option<&'static str> {
        (self.column != Column::ReportsTo).then_some(self.alias)
    }
}

/// The value of a field, before it is written as JSON, XML or a form.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Bool(bool),
    /// No date is written `0000-00-00`.
    Date(Option<NaiveDate>),
    Text(Cow<'a, str>),
    /// Something a switch put in its place.
    Odd(Value),
}

/// Which day it is, and whether the future shows as if it were now (`onlyCurrent=false`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct View {
    pub(super) today: NaiveDate,
    pub(super) future: bool,
}

impl Cell<'_> {
    pub(super) fn to_value(&self) -> Value {
        match self {
            Cell::Null => Value::Null,
            Cell::Bool(flag) => Value::Bool(*flag),
            Cell::Date(_) | Cell::Text(_) => Value::String(self.to_text()),
            Cell::Odd(value) => value.clone(),
        }
    }

    pub(super) fn to_text(&self) -> String {
        match self {
            Cell::Null => String::new(),
            Cell::Bool(flag) => flag.to_string(),
            Cell::Date(Some(date)) => date.to_string(),
            Cell::Date(None) => "0000-00-00".to_owned(),
            Cell::Text(text) => text.clone().into_owned(),
            Cell::Odd(value) => value.to_string(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Cell::Null | Cell::Date(None))
    }
}

impl Company {
    /// How a field of an employee reads.
    pub(super) fn cell<'a>(&'a self, person: &'a Person, column: Column, view: View) -> Cell<'a> {
        match column {
            Column::FirstName => Cell::Text(Cow::Borrowed(&person.first_name)),
            Column::MiddleName => text(&person.middle_name),
            Column::LastName => Cell::Text(Cow::Borrowed(&person.last_name)),
            Column::PreferredName => text(&person.preferred_name),
            Column::EmployeeNumber => text(&person.employee_number),
            Column::WorkEmail => text(&person.work_email),
            Column::HomeEmail => text(&person.home_email),
            Column::BestEmail if person.work_email.is_some() => text(&person.work_email),
            Column::BestEmail => text(&person.home_email),
            Column::WorkPhone => text(&person.work_phone),
            Column::WorkPhoneExtension => text(&person.work_phone_extension),
            Column::MobilePhone => text(&person.mobile_phone),
            Column::City => text(&person.city),
            Column::Country => text(&person.country),
            Column::HireDate => Cell::Date(person.hire_date),
            Column::OriginalHireDate => Cell::Date(person.original_hire_date),
            Column::TerminationDate => Cell::Date(person.termination_date),
            Column::Status => Cell::Text(Cow::Borrowed(status(person, view).as_str())),
            Column::DisplayName => Cell::Text(Cow::Owned(person.full_name())),
            Column::SortedName => Cell::Text(Cow::Owned(person.sorted_name())),
            Column::LastChanged => Cell::Text(Cow::Owned(super::times::iso(person.last_changed))),
            Column::PhotoUploaded => Cell::Bool(person.photo_uploaded),
            Column::PhotoUrl => Cell::Text(Cow::Owned(photo_url(person))),
            Column::CostCentre => text(&person.cost_centre),
            Column::ShirtSize => text(&person.shirt_size),
            Column::Empty => Cell::Null,
            Column::JobTitle
            | Column::Department
            | Column::Division
            | Column::Location
            | Column::EmploymentStatus
            | Column::JobTitleId
            | Column::DepartmentId
            | Column::DivisionId
            | Column::LocationId
            | Column::EmploymentStatusId
            | Column::ReportsTo
            | Column::Supervisor
            | Column::SupervisorNumber
            | Column::SupervisorId
            | Column::SupervisorEmail => self.historic(person, column, view),
        }
    }

    /// Fields with a history are blank until the first day.
    fn historic<'a>(&'a self, person: &'a Person, column: Column, view: View) -> Cell<'a> {
        if !view.future && person.hire_date.is_some_and(|day| day > view.today) {
            return Cell::Null;
        }
        if let Some((list, shows_id)) = column.list() {
            let leaves = list == ListKind::EmploymentStatus && leaves_later(person, view);
            let option = if leaves { self.terminated() } else { person.option(list) };
            return match (option, shows_id) {
                (None, _) => Cell::Null,
                (Some(id), true) => Cell::Text(Cow::Owned(id.to_string())),
                (option, false) => borrowed(self.lists.name(list, option)),
            };
        }
        let Some(manager) = person.supervisor.and_then(|id| self.people.get(&id)) else {
            return Cell::Null;
        };
        if column == Column::SupervisorNumber {
            text(&manager.employee_number)
        } else if column == Column::SupervisorEmail {
            text(&manager.work_email)
        } else if column == Column::SupervisorId {
            Cell::Text(Cow::Owned(manager.id.to_string()))
        } else if column == Column::ReportsTo {
            Cell::Text(Cow::Owned(manager.full_name()))
        } else {
            Cell::Text(Cow::Owned(manager.sorted_name()))
        }
    }
}

impl Column {
    /// The list a column shows an option of, and whether it shows the option's id.
    pub(super) fn list(self) -> Option<(ListKind, bool)> {
        const LISTS: [(Column, ListKind, bool); 10] = [
            (Column::JobTitle, ListKind::JobTitle, false),
            (Column::Department, ListKind::Department, false),
            (Column::Division, ListKind::Division, false),
            (Column::Location, ListKind::Location, false),
            (Column::EmploymentStatus, ListKind::EmploymentStatus, false),
            (Column::JobTitleId, ListKind::JobTitle, true),
            (Column::DepartmentId, ListKind::Department, true),
            (Column::DivisionId, ListKind::Division, true),
            (Column::LocationId, ListKind::Location, true),
            (Column::EmploymentStatusId, ListKind::EmploymentStatus, true),
        ];
        let found = LISTS.iter().find(|(column, ..)| *column == self);
        found.map(|(_, list, shows_id)| (*list, *shows_id))
    }
}

/// The status as the view has it: future starters and leavers show early when the future shows.
pub(super) fn status(person: &Person, view: View) -> Status {
    if leaves_later(person, view) {
        return Status::Inactive;
    }
    if view.future && person.hire_date.is_some_and(|day| day > view.today) {
        return Status::Active;
    }
    person.status
}

fn leaves_later(person: &Person, view: View) -> bool {
    view.future && person.termination_date.is_some_and(|day| day > view.today)
}

/// Somebody without a photo has a placeholder image.
fn photo_url(person: &Person) -> String {
    match person.photo_uploaded {
        true => format!("https://images.example/photos/{}.jpg", person.id),
        false => "https://images.example/photo_person_160x160.png".to_owned(),
    }
}

fn text(value: &Option<String>) -> Cell<'_> {
    borrowed(value.as_deref())
}

fn borrowed(value: Option<&str>) -> Cell<'_> {
    value.map_or(Cell::Null, |text| Cell::Text(Cow::Borrowed(text)))
}
