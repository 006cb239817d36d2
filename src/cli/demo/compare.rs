//! Whether the roster is what the company's books say: every field of every person, read through
//! the API, against the simulator's own memory.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rollcall_simulators::bamboohr::{Handle, ListKind, Person, Status};
use serde_json::{Value, json};

use super::setup::Demo;
use crate::failure::Failure;

/// The books, and what of them should be in the roster.
pub(super) struct Truth {
    /// Everybody who worked there at a time we looked, as they were last while they did.
    at_work: BTreeMap<u64, Person>,
}

impl Truth {
    /// To be called before the first sync: who has left by now, or starts later, is not taken over.
    pub(super) fn begin(company: &Handle) -> Truth {
        let mut truth = Truth { at_work: BTreeMap::new() };
        truth.look(company);
        truth
    }

    /// To be called after each change: of somebody who leaves, sources blank what we keep.
    pub(super) fn look(&mut self, company: &Handle) {
        let working = |one: &Person| one.status == Status::Active;
        self.at_work.extend(company.people().into_iter().filter(working).map(|one| (one.id, one)));
    }

    /// Everything that differs in a scenario, in words.
    pub(super) async fn differences(
        &self,
        demo: &Demo,
        scenario: &str,
    ) -> Result<Vec<String>, Failure> {
        let roster = roster(demo, scenario).await?;
        let mut differences = Vec::new();
        let now: HashMap<u64, Person> =
            demo.company.people().into_iter().map(|one| (one.id, one)).collect();
        for (id, person) in &self.at_work {
            match (roster.people.get(&id.to_string()), now.get(id)) {
                (Some(actor), Some(now)) => {
                    let expected = self.expected(&demo.company, person, now);
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
        let known = |id: &&String| id.parse().is_ok_and(|id| self.at_work.contains_key(&id));
        let strangers = roster.people.keys().filter(|id| !known(id));
        differences.extend(strangers.map(|id| format!("{id} should not be there")));
        differences.extend(roster.others.iter().map(|id| format!("the actor {id} has no source")));
        Ok(differences)
    }

    /// What the API should say. Whoever left is as they were last, but for activity and last day.
    fn expected(
        &self,
        company: &Handle,
        at_work: &Person,
        now: &Person,
    ) -> Vec<(&'static str, Value)> {
        let active = now.status == Status::Active;
        let person = if active { now } else { at_work };
        let option = |list| person.option(list).and_then(|id| company.option_name(list, id));
        let day = |day: Option<NaiveDate>| json!(day.map(|day| day.to_string()));
        // A manager who was never taken over is not there (yet).
        let manager = person.supervisor.filter(|id| self.at_work.contains_key(id));
        vec![
            ("active", json!(active)),
            ("source_hris", json!("bamboohr")),
            ("employee_number", json!(person.employee_number)),
            ("first_name", json!(person.first_name)),
            ("last_name", json!(person.last_name)),
            ("preferred_name", json!(person.preferred_name)),
            ("email", json!(person.work_email)),
            ("phone", json!(person.work_phone.as_ref().or(person.mobile_phone.as_ref()))),
            ("job_title", json!(option(ListKind::JobTitle))),
            ("departments", json!(Vec::from_iter(option(ListKind::Department)))),
            ("division", json!(option(ListKind::Division))),
            ("location", json!(option(ListKind::Location))),
            ("employment_type", json!(option(ListKind::EmploymentStatus))),
            ("hire_date", day(person.hire_date)),
            ("termination_date", day(now.termination_date)),
            ("manager", json!(manager.map(|id| id.to_string()))),
            ("photo_url", json!(photo(person))),
            ("synced", json!(true)),
            ("erased", json!(false)),
        ]
    }
}

/// The address the simulator gives a photo, or the placeholder it has instead.
fn photo(person: &Person) -> String {
    match person.photo_uploaded {
        true => format!("https://images.example/photos/{}.jpg", person.id),
        false => "https://images.example/photo_person_160x160.png".to_owned(),
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
