//! One employee as BambooHR writes them in reports and alone, made into one of ours.

use std::fmt;

use chrono::NaiveDate;
use rollcall_domain::field::{Field, Value};
use rollcall_domain::json;
use rollcall_domain::plan::{Employee, Status};
use rollcall_domain::unit::Kind;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lists::Lists;
use crate::providers::cell::Cell;
use crate::providers::said::Said;

/// The fields of [`super::fields::ASKED`] and the id, as they stand in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Id,
    Status,
    EmployeeNumber,
    FirstName,
    LastName,
    PreferredName,
    WorkEmail,
    WorkPhone,
    MobilePhone,
    JobTitle,
    Department,
    Division,
    Location,
    EmploymentHistoryStatus,
    HireDate,
    TerminationDate,
    #[serde(rename = "supervisorEId")]
    Supervisor,
    PhotoUrl,
    #[serde(other)]
    Other,
}

/// What an answer says of one employee, borrowed from it where it can be.
#[derive(Debug, Default)]
pub(super) struct Row<'a>([Cell<'a>; Key::Other as usize]);

impl<'a> Row<'a> {
    /// Reads a record. One that is not quite JSON is read value by value, as far as it goes; `None`
    /// for what is no record at all.
    pub(super) fn read(record: &'a [u8]) -> Option<Row<'a>> {
        let record = json::without_mark(record);
        match serde_json::from_slice(record) {
            Ok(row) => Some(row),
            Err(_) => mended(record),
        }
    }

    /// Nobody without an id.
    pub(super) fn employee(&self, lists: &Lists) -> Option<Employee> {
        let source_id = self.id()?.to_owned();
        let mut told = Said::default();
        self.plain(&mut told);
        self.in_units(&mut told, lists);
        let starts_on = day(&mut told, Field::HireDate, self.cell(Key::HireDate));
        let ends_on = day(&mut told, Field::TerminationDate, self.cell(Key::TerminationDate));
        let Said { seen, unreadable } = told;
        Some(Employee { source_id, status: self.status(), starts_on, ends_on, seen, unreadable })
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.cell(Key::Id).text()
    }

    /// The names of the units it shows, for whoever has to look them up later.
    pub(super) fn units(&self) -> impl Iterator<Item = (Kind, &str)> {
        UNITS.into_iter().filter_map(|(_, kind, key)| Some((kind, self.cell(key).text()?)))
    }

    fn plain(&self, told: &mut Said) {
        for (field, cell) in [
            (Field::EmployeeNumber, self.cell(Key::EmployeeNumber)),
            (Field::FirstName, self.cell(Key::FirstName)),
            (Field::LastName, self.cell(Key::LastName)),
            (Field::PreferredName, self.cell(Key::PreferredName)),
            (Field::Email, self.cell(Key::WorkEmail)),
            (Field::Phone, self.phone()),
            (Field::JobTitle, self.cell(Key::JobTitle)),
            (Field::EmploymentType, self.cell(Key::EmploymentHistoryStatus)),
            (Field::Manager, self.manager()),
            (Field::PhotoUrl, self.cell(Key::PhotoUrl)),
        ] {
            told.of(field, cell, |text| Some(Value::from(text)));
        }
    }

    /// A name that stands for nothing we know must not replace what is there.
    fn in_units(&self, told: &mut Said, lists: &Lists) {
        for (field, kind, key) in UNITS {
            told.of(field, self.cell(key), |text| {
                let id = lists.id(kind, text)?.to_owned();
                Some(match kind {
                    Kind::Department => Value::List(vec![id]),
                    Kind::Division | Kind::Location => Value::Text(id),
                })
            });
        }
    }

    /// Nobody has the id 0; it is how some answers write "no manager".
    fn manager(&self) -> &Cell<'a> {
        match self.cell(Key::Supervisor) {
            Cell::Text(id) if id == "0" => &Cell::Empty,
            cell @ (Cell::Omitted | Cell::Empty | Cell::Unreadable | Cell::Text(_)) => cell,
        }
    }

    /// The work phone, else the mobile one. If what comes first was left out, nothing is said.
    fn phone(&self) -> &Cell<'a> {
        match self.cell(Key::WorkPhone) {
            Cell::Empty => self.cell(Key::MobilePhone),
            cell @ (Cell::Omitted | Cell::Unreadable | Cell::Text(_)) => cell,
        }
    }

    /// Anything but the known words is unknown; never active by default.
    fn status(&self) -> Status {
        let word = self.cell(Key::Status).text().unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            "active" => Status::Active,
            "inactive" => Status::Inactive,
            "pending" => Status::Pending,
            _ => Status::Unknown,
        }
    }

    fn cell(&self, key: Key) -> &Cell<'a> {
        &self.0[key as usize]
    }

    /// Which of two different values for one key counts, nobody knows.
    fn put(&mut self, key: Key, cell: Cell<'a>) {
        let Some(place) = self.0.get_mut(key as usize) else { return };
        *place = match std::mem::take(place) {
            Cell::Omitted => cell,
            before if before == cell => before,
            Cell::Empty | Cell::Text(_) | Cell::Unreadable => Cell::Unreadable,
        };
    }
}

const UNITS: [(Field, Kind, Key); 3] = [
    (Field::Departments, Kind::Department, Key::Department),
    (Field::Division, Kind::Division, Key::Division),
    (Field::Location, Kind::Location, Key::Location),
];

/// `0000-00-00` is no day; what is no date at all says nothing.
fn day(told: &mut Said, field: Field, cell: &Cell<'_>) -> Option<NaiveDate> {
    let cell = if cell.text() == Some("0000-00-00") { &Cell::Empty } else { cell };
    let day = cell.text().and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
    told.of(field, cell, |_| Some(Value::Text(day?.to_string())));
    day
}

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cells<'a>(Row<'a>);
        impl<'de: 'a, 'a> Visitor<'de> for Cells<'a> {
            type Value = Row<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record")
            }
            fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Row<'a>, A::Error> {
                while let Some(key) = map.next_key::<Key>()? {
                    if key == Key::Other {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        self.0.put(key, map.next_value()?);
                    }
                }
                Ok(self.0)
            }
        }
        deserializer.deserialize_map(Cells(Row::default()))
    }
}

/// Reads a record whose strings have to be mended first, or whose values are odd. If it breaks off
/// in between, only its id is worth something.
fn mended(record: &[u8]) -> Option<Row<'static>> {
    struct Values<'r>(&'r mut Row<'static>);
    impl<'de> DeserializeSeed<'de> for Values<'_> {
        type Value = ();
        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_map(self)
        }
    }
    impl<'de> Visitor<'de> for Values<'_> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a record")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<Key>()? {
                let value = map.next_value::<&RawValue>()?;
                self.0.put(key, Cell::mended(value.get()));
            }
            Ok(())
        }
    }
    let text = json::mended(record);
    let mut row = Row::default();
    let mut reader = serde_json::Deserializer::from_str(&text);
    let whole = Values(&mut row).deserialize(&mut reader).and_then(|()| reader.end());
    if whole.is_err() {
        let id = std::mem::take(&mut row.0[Key::Id as usize]);
        row = Row(std::array::from_fn(|_| Cell::Unreadable));
        row.0[Key::Id as usize] = id;
    }
    text.trim_start().starts_with('{').then_some(row)
}
