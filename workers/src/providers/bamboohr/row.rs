//! One employee as BambooHR writes them in reports and alone, made into one of ours.

use std::borrow::Cow;

use chrono::NaiveDate;
use rollcall_domain::field::{Field, Seen, Value};
use rollcall_domain::plan::{Employee, Status};
use rollcall_domain::unit::Kind;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::lists::Lists;

/// Characters kept of one value.
const LONGEST: usize = 2_000;

/// The fields of [`super::fields::ASKED`], borrowed from the answer where they can be.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    pub(super) id: Cell<'a>,
    status: Cell<'a>,
    employee_number: Cell<'a>,
    first_name: Cell<'a>,
    last_name: Cell<'a>,
    preferred_name: Cell<'a>,
    work_email: Cell<'a>,
    work_phone: Cell<'a>,
    mobile_phone: Cell<'a>,
    job_title: Cell<'a>,
    department: Cell<'a>,
    division: Cell<'a>,
    location: Cell<'a>,
    employment_history_status: Cell<'a>,
    hire_date: Cell<'a>,
    termination_date: Cell<'a>,
    #[serde(rename = "supervisorEId")]
    supervisor: Cell<'a>,
    photo_url: Cell<'a>,
}

/// A value that was left out, is explicitly empty, or says something.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Also what cannot be read: a value we do not understand must not clear ours.
    #[default]
    Omitted,
    /// `null`, blanks.
    Empty,
    Text(Cow<'a, str>),
}

impl Row<'_> {
    /// Nobody without an id.
    pub(super) fn employee(&self, lists: &Lists) -> Option<Employee> {
        let source_id = self.id.text()?.to_owned();
        let mut seen = Seen::new();
        self.plain(&mut seen);
        for (field, kind, cell) in [
            (Field::Departments, Kind::Department, &self.department),
            (Field::Division, Kind::Division, &self.division),
            (Field::Location, Kind::Location, &self.location),
        ] {
            let id = cell.text().map(|name| lists.id(kind, name));
            // A name that stands for nothing we know must not replace what is there.
            if id == Some(None) {
                continue;
            }
            let id = id.flatten().unwrap_or_default();
            cell.tell(&mut seen, field, |_| match kind {
                Kind::Department => Value::List(vec![id.to_owned()]),
                Kind::Division | Kind::Location => Value::Text(id.to_owned()),
            });
        }
        let starts_on = day(&self.hire_date, &mut seen, Field::HireDate);
        let ends_on = day(&self.termination_date, &mut seen, Field::TerminationDate);
        Some(Employee { source_id, status: self.status(), starts_on, ends_on, seen })
    }

    /// The names of the units it shows, for whoever has to look them up later.
    pub(super) fn units(&self) -> impl Iterator<Item = (Kind, &str)> {
        let cells = [
            (Kind::Department, &self.department),
            (Kind::Division, &self.division),
            (Kind::Location, &self.location),
        ];
        cells.into_iter().filter_map(|(kind, cell)| Some((kind, cell.text()?)))
    }

    fn plain(&self, seen: &mut Seen) {
        for (field, cell) in [
            (Field::EmployeeNumber, &self.employee_number),
            (Field::FirstName, &self.first_name),
            (Field::LastName, &self.last_name),
            (Field::PreferredName, &self.preferred_name),
            (Field::Email, &self.work_email),
            (Field::Phone, self.phone()),
            (Field::JobTitle, &self.job_title),
            (Field::EmploymentType, &self.employment_history_status),
            (Field::PhotoUrl, &self.photo_url),
        ] {
            cell.tell(seen, field, text);
        }
        match self.supervisor.text() {
            // Nobody has this id; it is how some answers write "no manager".
            Some("0") => _ = seen.insert(Field::Manager, None),
            Some(_) | None => self.supervisor.tell(seen, Field::Manager, text),
        }
    }

    /// The work phone, else the mobile one. If what comes first was left out, nothing is said.
    fn phone(&self) -> &Cell<'_> {
        match &self.work_phone {
            Cell::Omitted | Cell::Text(_) => &self.work_phone,
            Cell::Empty => &self.mobile_phone,
        }
    }

    /// Anything but the two known words is unknown; never active by default.
    fn status(&self) -> Status {
        match self.status.text() {
            Some(word) if word.eq_ignore_ascii_case("active") => Status::Active,
            Some(word) if word.eq_ignore_ascii_case("inactive") => Status::Inactive,
            Some(_) | None => Status::Unknown,
        }
    }
}

impl<'a> Cell<'a> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            Cell::Omitted | Cell::Empty => None,
        }
    }

    fn tell(&self, seen: &mut Seen, field: Field, value: impl Fn(&str) -> Value) {
        match self {
            Cell::Omitted => {}
            Cell::Empty => _ = seen.insert(field, None),
            Cell::Text(text) => _ = seen.insert(field, Some(value(text))),
        }
    }

    /// Blanks at the end mean nothing to BambooHR; blanks alone are empty. What no database takes as
    /// text (NUL) or no person wrote (thousands of characters) is left out.
    fn trimmed(text: Cow<'a, str>) -> Self {
        let text = if text.len() > LONGEST || text.contains('\0') {
            Cow::Owned(text.chars().filter(|c| *c != '\0').take(LONGEST).collect())
        } else {
            text
        };
        let kept = text.trim_end().len();
        match text {
            _ if kept == 0 => Cell::Empty,
            Cow::Borrowed(text) => Cell::Text(Cow::Borrowed(&text[..kept])),
            Cow::Owned(mut text) => {
                text.truncate(kept);
                Cell::Text(Cow::Owned(text))
            }
        }
    }
}

fn text(text: &str) -> Value {
    Value::from(text)
}

/// `0000-00-00` is no day; what is no date at all says nothing.
fn day(cell: &Cell<'_>, seen: &mut Seen, field: Field) -> Option<NaiveDate> {
    match cell {
        Cell::Omitted => None,
        Cell::Empty => {
            seen.insert(field, None);
            None
        }
        Cell::Text(text) if text == "0000-00-00" => {
            seen.insert(field, None);
            None
        }
        Cell::Text(text) => {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            seen.insert(field, Some(Value::Text(day.to_string())));
            Some(day)
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the value of a field")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell::trimmed(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell::trimmed(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Empty)
    }
    fn visit_u64<E>(self, number: u64) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(number.to_string())))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(number.to_string())))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(number.to_string())))
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(flag.to_string())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Omitted)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Omitted)
    }
}
