//! The content of a scenario that is made as a copy.

use rollcall_domain::{Fact, Recorded, scenario};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id};
use crate::tasks::{Copy, CopyScenario};
use crate::work::Task;

const NAME: &str = "scenario_copies";

/// From the beginning: the command line may have made one before the first worker ever ran.
pub(super) const SCENARIO_COPIES: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["scenario.created"],
    start: Start::Beginning,
    react,
};

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Scenario(scenario::Event::Created { scenario, copied_from: Some(_), .. }) =
                &recorded.fact
            else {
                return None;
            };
            let copy = Copy { scenario: scenario.clone(), position: recorded.position };
            Some(CopyScenario::intent(effect_id(NAME, recorded), &recorded.tenant, &copy))
        })
        .collect()
}
