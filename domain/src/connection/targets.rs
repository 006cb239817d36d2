//! Where changes may apply: what can be chosen, what a change of it makes of it, and what it adds.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::scenario::{self, Kind, KnownScenario, Scenario};

/// Where incoming changes apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    pub live_baseline: bool,
    /// Scenarios chosen one by one. One that is archived later stays in the list and is not written.
    #[serde(default)]
    pub scenarios: Vec<String>,
    /// Whether scenarios created from now on are added.
    #[serde(default)]
    pub all_future: bool,
}

/// A change of some of it; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetsChange {
    pub live_baseline: Option<bool>,
    pub scenarios: Option<Vec<String>>,
    /// Scenarios to choose beside, and to choose no longer: whatever others change at the same time
    /// stays. What is in both is chosen.
    pub add: Vec<String>,
    pub remove: Vec<String>,
    pub all_future: Option<bool>,
}

/// Why a scenario can't be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    #[error("there is no such scenario")]
    Unknown,
    #[error("it is the live baseline, which has a switch of its own")]
    LiveBaseline,
    #[error("it is a snapshot, which never changes; make a scenario from it instead")]
    Snapshot,
    #[error("it is archived; choose another, or copy one anew")]
    Archived,
    #[error("it is still being copied; choose it when it is active")]
    Preparing,
}

/// A scenario that was chosen and can't be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    pub scenario: String,
    pub why: NotOffered,
}

impl Targets {
    /// Without repeats; refused where nothing is left to apply changes to.
    pub(super) fn chosen(mut self) -> Result<Targets, Refusal> {
        let mut seen = std::collections::HashSet::new();
        self.scenarios.retain(|scenario| seen.insert(scenario.clone()));
        if !self.live_baseline && self.scenarios.is_empty() && !self.all_future {
            return Err(Refusal::NoTarget);
        }
        Ok(self)
    }

    /// What a change makes of it.
    #[must_use]
    pub fn changed(&self, change: &TargetsChange) -> Targets {
        let mut scenarios = change.scenarios.as_ref().unwrap_or(&self.scenarios).clone();
        scenarios.retain(|one| !change.remove.contains(one));
        scenarios.extend(change.add.iter().cloned());
        Targets {
            live_baseline: change.live_baseline.unwrap_or(self.live_baseline),
            scenarios,
            all_future: change.all_future.unwrap_or(self.all_future),
        }
    }

    /// Whether changes apply to a scenario.
    pub fn include(&self, scenario: &KnownScenario) -> bool {
        match scenario.kind {
            Kind::LiveBaseline => self.live_baseline,
            Kind::Scenario => self.scenarios.contains(&scenario.scenario),
            Kind::Snapshot => false,
        }
    }

    /// Scenarios that were not chosen before.
    pub fn added<'a>(&'a self, old: &'a Targets) -> impl Iterator<Item = &'a str> {
        let new = self.scenarios.iter().filter(|one| !old.scenarios.contains(one));
        new.map(String::as_str)
    }

    /// Whether something is a target now that was none before, and so may be behind.
    pub fn adds_to(&self, old: &Targets) -> bool {
        (self.live_baseline && !old.live_baseline) || self.added(old).next().is_some()
    }
}

/// Whether a scenario may be chosen; if not, why.
pub fn offered(scenario: &Scenario) -> Result<(), NotOffered> {
    match scenario.writable() {
        Ok(known) => match known.kind {
            Kind::Scenario => Ok(()),
            Kind::LiveBaseline => Err(NotOffered::LiveBaseline),
            Kind::Snapshot => Err(NotOffered::Snapshot),
        },
        Err(scenario::Refusal::Archived) => Err(NotOffered::Archived),
        Err(scenario::Refusal::Snapshot) => Err(NotOffered::Snapshot),
        Err(scenario::Refusal::Preparing) => Err(NotOffered::Preparing),
        Err(
            scenario::Refusal::NotFound
            | scenario::Refusal::AlreadyExists
            | scenario::Refusal::NameEmpty
            | scenario::Refusal::NameInvalid
            | scenario::Refusal::LiveBaseline
            | scenario::Refusal::SnapshotOfNothing
            | scenario::Refusal::BatchOutOfOrder { .. },
        ) => Err(NotOffered::Unknown),
    }
}

/// Each with its reason, in one sentence.
pub(super) fn reasons(declined: &[Declined]) -> String {
    let reason =
        |one: &Declined| format!("scenario {} can't be a target: {}", one.scenario, one.why);
    declined.iter().map(reason).collect::<Vec<_>>().join(". Also, ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decider;
    use crate::scenario::Event;

    fn targets(live_baseline: bool, scenarios: &[&str], all_future: bool) -> Targets {
        let scenarios = scenarios.iter().map(|&one| one.to_owned()).collect();
        Targets { live_baseline, scenarios, all_future }
    }

    fn scenario(kind: Kind, more: &[Event]) -> Scenario {
        let (scenario, name) = ("s1".to_owned(), "Plan".to_owned());
        let created = Event::Created { scenario, kind, name, copied_from: None };
        [&[created], more].concat().iter().fold(Scenario::default(), Scenario::evolve)
    }

    #[test]
    fn only_an_active_scenario_is_offered() {
        let ready = Event::Ready { scenario: "s1".into() };
        let archived = Event::Archived { scenario: "s1".into() };
        let ready = std::slice::from_ref(&ready);
        assert_eq!(offered(&scenario(Kind::Scenario, ready)), Ok(()));
        for (known, why) in [
            (Scenario::default(), NotOffered::Unknown),
            (scenario(Kind::LiveBaseline, ready), NotOffered::LiveBaseline),
            (scenario(Kind::Snapshot, ready), NotOffered::Snapshot),
            (scenario(Kind::Scenario, &[]), NotOffered::Preparing),
            (scenario(Kind::Scenario, &[archived]), NotOffered::Archived),
        ] {
            assert_eq!(offered(&known), Err(why), "{known:?}");
        }
    }

    #[test]
    fn there_is_at_least_one_target() {
        assert_eq!(targets(false, &[], false).chosen(), Err(Refusal::NoTarget));
        for one in
            [targets(true, &[], false), targets(false, &["s1"], false), targets(false, &[], true)]
        {
            assert_eq!(one.clone().chosen(), Ok(one));
        }
    }

    #[test]
    fn what_a_change_does_not_name_stays() {
        let known = targets(true, &["s1"], false);
        assert_eq!(known.changed(&TargetsChange::default()), known);
        let on = TargetsChange { all_future: Some(true), ..TargetsChange::default() };
        assert_eq!(known.changed(&on), targets(true, &["s1"], true));
        let both = TargetsChange {
            add: vec!["s2".into()],
            remove: vec!["s1".into(), "s3".into()],
            ..TargetsChange::default()
        };
        assert_eq!(known.changed(&both), targets(true, &["s2"], false));
        let other = TargetsChange { scenarios: Some(vec![]), ..TargetsChange::default() };
        assert_eq!(known.changed(&other), targets(true, &[], false));
    }

    #[test]
    fn only_what_is_new_may_be_behind() {
        let known = targets(true, &["s1"], false);
        assert!(targets(true, &["s2", "s1"], false).adds_to(&known));
        assert!(known.adds_to(&targets(false, &["s1"], false)));
        for less in [targets(false, &["s1"], true), targets(true, &[], false), known.clone()] {
            assert!(!less.adds_to(&known), "{less:?}");
        }
    }
}
