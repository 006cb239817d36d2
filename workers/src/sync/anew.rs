//! What people are planned anew with whose streams have moved since their plan was made.

use rollcall_domain::plan::{Decision, Planner, Step};
use rollcall_domain::undo::Undo;

use super::execution::Course;
use super::plan::RosterManagers;
use super::{Engine, Halt};

/// Where the people of one target come from.
pub(super) enum Anew {
    /// A source told of them.
    Observed(Box<Planner<RosterManagers>>),
    /// A run that is taken back touched them.
    TakenBack(Box<Undo<RosterManagers>>),
}

impl Anew {
    pub(super) fn scenario(&self) -> &str {
        match self {
            Anew::Observed(planner) => &planner.rules.scenario,
            Anew::TakenBack(undo) => &undo.terms.scenario,
        }
    }

    /// What happens to the person of a step by their streams, as they are now.
    pub(super) async fn decide(
        &self,
        engine: &Engine,
        course: &Course,
        step: &Step,
    ) -> Result<Option<Decision>, Halt> {
        match self {
            Anew::Observed(planner) => {
                let found = engine.candidates_now(course, &planner.rules, step).await?;
                Ok(planner.decide(&step.observation, &found))
            }
            Anew::TakenBack(undo) => {
                let history = engine.history(&course.tenant, &step.decision.actor).await?;
                Ok(undo.decide(&history).map(|undone| undone.decision))
            }
        }
    }
}
