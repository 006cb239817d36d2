//! What a form says of a person, as it was typed, and what of it differs from the person.

use std::collections::BTreeMap;

use rollcall_domain::actor::KnownActor;
use rollcall_domain::field::{Field, Value, normalised};
use serde_json::{Map, Value as Json};

use crate::web::form::Fields;

/// A field that the form did not offer is not in it.
#[derive(Default)]
pub(super) struct Typed {
    texts: BTreeMap<Field, String>,
    departments: Option<Vec<String>>,
    active: Option<bool>,
}

/// Names the fields that come as boxes: one without a tick is not sent.
pub(super) const OFFERED: &str = "offered";

impl Typed {
    /// A person as they are.
    pub(super) fn of(known: &KnownActor) -> Typed {
        let texts = Field::ALL.into_iter().filter(|field| *field != Field::Departments);
        Typed {
            texts: texts.map(|field| (field, text_of(Some(known), field).to_owned())).collect(),
            departments: Some(list_of(Some(known)).to_vec()),
            active: Some(known.active),
        }
    }

    pub(super) fn posted(fields: &Fields) -> Typed {
        let texts = Field::ALL
            .into_iter()
            .filter(|field| *field != Field::Departments && fields.has(field.as_str()))
            .map(|field| (field, fields.raw(field.as_str()).to_owned()));
        let offered = |name: &str| fields.all(OFFERED).any(|one| one == name);
        let departments = || fields.all("departments").map(str::to_owned).collect();
        Typed {
            texts: texts.collect(),
            departments: offered("departments").then(departments),
            active: offered("active").then(|| fields.has("active")),
        }
    }

    /// The person with the fields that are named here as they were typed.
    pub(super) fn laid_on(self, known: &KnownActor, named: impl Fn(&str) -> bool) -> Typed {
        let mut all = Typed::of(known);
        all.texts.extend(self.texts.into_iter().filter(|(field, _)| named(field.as_str())));
        all.departments = self.departments.filter(|_| named("departments")).or(all.departments);
        all.active = self.active.filter(|_| named("active")).or(all.active);
        all
    }

    pub(super) fn text(&self, field: Field) -> Option<&str> {
        self.texts.get(&field).map(String::as_str)
    }
    pub(super) fn departments(&self) -> Option<&[String]> {
        self.departments.as_deref()
    }
    pub(super) fn active(&self) -> Option<bool> {
        self.active
    }
    pub(super) fn add_department(&mut self, unit: String) {
        let departments = self.departments.get_or_insert_default();
        if !departments.contains(&unit) {
            departments.push(unit);
        }
    }

    /// What differs from the person, in the API's words; of nobody everything that is not empty.
    pub(super) fn changes(&self, known: Option<&KnownActor>) -> Map<String, Json> {
        let mut changes = Map::new();
        for (field, text) in &self.texts {
            let said = normalised(text);
            if said != normalised(text_of(known, *field)) {
                let value = if said.is_empty() { Json::Null } else { text.as_str().into() };
                changes.insert(field.as_str().to_owned(), value);
            }
        }
        if let Some(departments) = self.departments.as_ref().filter(|now| *now != list_of(known)) {
            changes.insert("departments".to_owned(), departments.clone().into());
        }
        let was = known.is_none_or(|known| known.active);
        if let Some(active) = self.active.filter(|active| *active != was) {
            changes.insert("active".to_owned(), active.into());
        }
        changes
    }
}

fn text_of(known: Option<&KnownActor>, field: Field) -> &str {
    let value = known.and_then(|known| known.fields.get(&field));
    value.and_then(Value::text).unwrap_or_default()
}

fn list_of(known: Option<&KnownActor>) -> &[String] {
    let value = known.and_then(|known| known.fields.get(&Field::Departments));
    value.map_or(&[], Value::list)
}

#[cfg(test)]
mod tests {
    use rollcall_domain::field::Fields as Known;

    use super::*;

    fn ada() -> KnownActor {
        KnownActor {
            actor: "a".to_owned(),
            scenario: "s".to_owned(),
            subject: "p".to_owned(),
            source: None,
            source_id: None,
            claim: None,
            active: true,
            synced: false,
            out_of_sync_by_hand: false,
            on_hold: None,
            source_deleted: false,
            erased: false,
            fields: Known::from([
                (Field::FirstName, "Ada ".into()),
                (Field::Email, "ada@example.com".into()),
                (Field::Departments, Value::List(vec!["d1".to_owned()])),
            ]),
        }
    }

    #[test]
    fn a_form_that_nobody_touched_changes_nothing() {
        assert!(Typed::of(&ada()).changes(Some(&ada())).is_empty());
        assert!(Typed::posted(&Fields::default()).changes(Some(&ada())).is_empty());
    }

    #[test]
    fn only_what_was_typed_differs() {
        let body = b"first_name=Ada&email=&last_name=L&offered=departments&departments=d2\
            &departments=d1&offered=active";
        let changes = Typed::posted(&Fields::read(body)).changes(Some(&ada()));
        let expected = serde_json::json!({
            "email": null, "last_name": "L", "departments": ["d2", "d1"], "active": false,
        });
        assert_eq!(Json::Object(changes), expected);
    }
}
