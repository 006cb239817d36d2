//! A place among the targets of whoever wants all future scenarios, once one is ready.

use rollcall_domain::{Fact, Recorded, scenario};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id};
use crate::tasks::{AddFutureTarget, NewScenario};
use crate::work::Task;

const NAME: &str = "future_targets";

/// From the beginning: the command line may have made one before the first worker ever ran.
pub(super) const FUTURE_TARGETS: Reactor =
    Reactor { name: NAME, version: 1, reads: &["scenario.ready"], start: Start::Beginning, react };

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Scenario(scenario::Event::Ready { scenario }) = &recorded.fact else {
                return None;
            };
            let new = NewScenario { scenario: scenario.clone() };
            Some(AddFutureTarget::intent(effect_id(NAME, recorded), &recorded.tenant, &new))
        })
        .collect()
}
