//! What a field-based delivery tells of people, where its values are all that is needed.
//!
//! A value counts only under a name that is BambooHR's own for one of our fields (its alias, or its
//! English name), and only of a field that has changed: what else is sent along says nothing new. A
//! field that is empty now is read again, since a value of a kind we don't know looks empty, too.

use std::collections::BTreeMap;

use rollcall_domain::delivery::{DeliveredAction, DeliveredPerson, Family, parse_delivery};
use rollcall_domain::json::DAMAGED;
use rollcall_domain::plan::{Employee, Status};
use serde_json::{Map, Value};

use super::BambooHr;
use super::row::Row;
use crate::providers::{ProviderError, Told};

/// Names as deliveries spell them, without blanks and in lower case, and the alias they stand for.
///
/// What decides whether somebody works there (status, dates, employment) is not among them, nor the
/// manager, who is named and not identified: that is read again. So is a phone number, which may be
/// one of two.
const PLAIN: [(&str, &str); 16] = [
    ("firstname", "firstName"),
    ("lastname", "lastName"),
    ("preferredname", "preferredName"),
    ("employee#", "employeeNumber"),
    ("employeenumber", "employeeNumber"),
    ("workemail", "workEmail"),
    ("jobtitle", "jobTitle"),
    ("department", "department"),
    ("division", "division"),
    ("location", "location"),
    // Of no concern to us: a change of them changes nobody here.
    ("city", ""),
    ("state", ""),
    ("zipcode", ""),
    ("country", ""),
    ("homeemail", ""),
    ("homephone", ""),
];

impl BambooHr {
    pub(super) async fn told(
        &self,
        content_type: &str,
        body: &[u8],
    ) -> Result<Option<Vec<Told>>, ProviderError> {
        let Ok(delivery) = parse_delivery(content_type, body) else { return Ok(None) };
        if delivery.family != Family::FieldBased || delivery.unreadable > 0 {
            return Ok(None);
        }
        let mut told = Vec::with_capacity(delivery.people.len());
        for person in &delivery.people {
            let Some(one) = self.told_of(person).await? else { return Ok(None) };
            told.push(one);
        }
        Ok(Some(told))
    }

    async fn told_of(&self, person: &DeliveredPerson) -> Result<Option<Told>, ProviderError> {
        let Some((values, at)) = changed_values(person).zip(person.at) else { return Ok(None) };
        let record = record(person, &values);
        let Some(row) = Row::read(&record) else { return Ok(None) };
        let lists = match row.units().next() {
            Some(_) => self.lists_with(&row).await?,
            None => Default::default(),
        };
        let Some(employee) = row.employee(&lists) else { return Ok(None) };
        // A department nobody has heard of is left out: then only a read can tell.
        let whole = employee.unreadable.is_empty() && employee.seen.len() == values.len();
        let employee = Employee { status: Status::Active, ..employee };
        Ok(whole.then_some(Told { employee, at }))
    }
}

/// What changed by alias; `None` if anything that changed is not plain, or came without its value.
fn changed_values(person: &DeliveredPerson) -> Option<BTreeMap<&'static str, &str>> {
    if person.action != DeliveredAction::Updated || person.changed_fields.is_empty() {
        return None;
    }
    let is_gone = |(name, value): (&String, &Option<String>)| {
        name.eq_ignore_ascii_case("status") && value.as_deref() != Some("Active")
    };
    if person.values.iter().any(is_gone) {
        return None;
    }
    let mut values = BTreeMap::new();
    for name in &person.changed_fields {
        let alias = plain(name)?;
        if !alias.is_empty() {
            let value = person.values.get(name)?.as_deref()?;
            if value.contains(DAMAGED) {
                return None;
            }
            // Two names of one field that say different things say nothing.
            if values.insert(alias, value).is_some_and(|other| other != value) {
                return None;
            }
        }
    }
    Some(values)
}

fn plain(name: &str) -> Option<&'static str> {
    let spelled: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    let spelled = spelled.to_lowercase();
    PLAIN.iter().find(|(known, _)| *known == spelled).map(|(_, alias)| *alias)
}

/// As the provider would write it, so that it is read by the same rules.
fn record(person: &DeliveredPerson, values: &BTreeMap<&'static str, &str>) -> Vec<u8> {
    let fields = values.iter().map(|(alias, value)| ((*alias).to_owned(), Value::from(*value)));
    let id = ("id".to_owned(), Value::from(person.source_id.as_str()));
    Value::Object(fields.chain([id]).collect::<Map<_, _>>()).to_string().into_bytes()
}
