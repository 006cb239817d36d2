//! Whether the roster is what the company's books say: every field of every person, read through
//! the API, against the simulator's own memory.

use std::collections::{BTreeMap, HashMap};

use rollcall_domain::unit::Kind;
use serde_json::{Value, json};

use super::company::{Company, Person};
use super::setup::Demo;
use crate::failure::Failure;

/// The books, and what of them should be in the roster.
pub(super) struct Truth {
    /// Everybody who worked there at a time we looked, as they were last while they did.
    at_work: BTreeMap<String, Person>,
}

impl Truth {
    /// To be called before the first sync: who has left by now, or starts later, is not taken over.
    pub(super) fn begin(company: &dyn Company) -> Truth {
        let mut truth = Truth { at_work: BTreeMap::new() };
        truth.look(company);
        truth
    }

    /// To be called whenever we hear of changes: of somebody who leaves, sources blank what we keep.
    pub(super) fn look(&mut self, company: &dyn Company) {
        let working = company.people().into_iter().filter(|one| one.active);
        self.at_work.extend(working.map(|one| (one.source_id.clone(), one)));
    }

    /// Everything that differs in a scenario, in words.
    pub(super) async fn differences(
        &self,
        demo: &Demo,
        scenario: &str,
    ) -> Result<Vec<String>, Failure> {
        let roster = roster(demo, scenario).await?;
        let mut differences = Vec::new();
        let people = demo.company.people().into_iter();
        let now: HashMap<String, Person> = people.map(|one| (one.source_id.clone(), one)).collect();
        for (id, person) in &self.at_work {
            match (roster.people.get(id), now.get(id)) {
                (Some(actor), Some(now)) => {
                    let expected = self.expected(&*demo.company, person, now);
                    let found = roster.found(actor);
                    let each = expected.into_iter().filter(|(name, value)| found[*name] != *value);
                    differences.extend(each.map(|(name, value)| {
                        format!("{name} of {id} is {}, not {value}", found[name])
                    }));
                }
                (None, _) => differences.push(format!("{id} is missing")),
                (Some(_), None) => differences.push(format!("{id} is gone from the books")),
            }
        }
        let strangers = roster.people.keys().filter(|id| !self.at_work.contains_key(*id));
        differences.extend(strangers.map(|id| format!("{id} should not be there")));
        differences.extend(roster.others.iter().map(|id| format!("the actor {id} has no source")));
        Ok(differences)
    }

    /// What the API should say. Whoever left is as they were last, but for activity and last day.
    fn expected(
        &self,
        company: &dyn Company,
        at_work: &Person,
        now: &Person,
    ) -> Vec<(&'static str, Value)> {
        let person = if now.active { now } else { at_work };
        let units = |kind| {
            let of_kind = person.units.iter().filter(move |(other, _)| *other == kind);
            of_kind.map(|(kind, id)| company.unit(*kind, *id))
        };
        // A manager who was never taken over is not there (yet).
        let manager = person.supervisor.as_ref().filter(|id| self.at_work.contains_key(*id));
        let mut expected = vec![
            ("active", json!(now.active)),
            ("departments", json!(Vec::from_iter(units(Kind::Department)))),
            ("division", json!(units(Kind::Division).next())),
            ("location", json!(units(Kind::Location).next())),
            ("termination_date", json!(now.last_day.map(|day| day.to_string()))),
            ("manager", json!(manager)),
            ("synced", json!(true)),
            ("erased", json!(false)),
        ];
        expected.extend(person.told.iter().cloned());
        expected
    }
}

/// A scenario as the API tells it.
struct Roster {
    /// By the source's own id.
    people: BTreeMap<String, Value>,
    /// Those without one.
    others: Vec<String>,
    /// Which source id an actor has.
    sources: HashMap<String, String>,
}

async fn roster(demo: &Demo, scenario: &str) -> Result<Roster, Failure> {
    let mut roster = Roster { people: BTreeMap::new(), others: vec![], sources: HashMap::new() };
    for actor in demo.api.list(&format!("/api/v1/scenarios/{scenario}/actors"), usize::MAX).await? {
        let id = actor["id"].as_str().unwrap_or_default().to_owned();
        match actor["source_hris_id"].as_str().map(str::to_owned) {
            Some(source) => {
                roster.sources.insert(id.clone(), source.clone());
                if roster.people.insert(source, actor).is_some() {
                    roster.others.push(id);
                }
            }
            None => roster.others.push(id),
        }
    }
    Ok(roster)
}

impl Roster {
    /// What is said of somebody, with names and source ids in place of our own ids.
    fn found(&self, actor: &Value) -> Value {
        let mut found = actor.clone();
        for unit in ["division", "location"] {
            found[unit] = actor[unit]["name"].clone();
        }
        let departments = actor["departments"].as_array().into_iter().flatten();
        found["departments"] = departments.map(|one| one["name"].clone()).collect();
        let manager = actor["manager"]["id"].as_str().and_then(|id| self.sources.get(id));
        found["manager"] = json!(manager);
        found
    }
}
