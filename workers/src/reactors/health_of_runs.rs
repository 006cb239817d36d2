//! A look at a connection's health whenever a run of it is over.

use rollcall_domain::{Fact, Recorded, lane};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{AssessHealth, OverRun};
use crate::work::Task;

const NAME: &str = "health_of_runs";

/// From now on: what failed long ago is not told as if it had failed today.
pub(super) const HEALTH_OF_RUNS: Reactor =
    Reactor { name: NAME, version: 1, reads: &["lane.run_ended"], start: Start::Now, react };

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Lane(lane::Event::RunEnded { run, .. }) = &recorded.fact else {
                return None;
            };
            // The run's own end stands before it, in the same append.
            let over = OverRun {
                connection: id_of(recorded).to_owned(),
                run: run.clone(),
                position: recorded.position,
                at: recorded.recorded_at,
            };
            Some(AssessHealth::intent(effect_id(NAME, recorded), &recorded.tenant, &over))
        })
        .collect()
}
