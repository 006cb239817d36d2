//! What runs keep is let go where they end away from their lane.

use rollcall_domain::{Fact, Recorded, run};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{EndedRun, LetGoOfRun};
use crate::work::Task;

const NAME: &str = "ended_runs";

pub(super) const ENDED_RUNS: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["run.rejected", "run.skipped", "run.cancelled"],
    start: Start::Beginning,
    react,
};

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Run(
                run::Event::Rejected { .. }
                | run::Event::Skipped { .. }
                | run::Event::Cancelled { .. },
            ) = &recorded.fact
            else {
                return None;
            };
            let ended = EndedRun { run: id_of(recorded).to_owned() };
            Some(LetGoOfRun::intent(effect_id(NAME, recorded), &recorded.tenant, &ended))
        })
        .collect()
}
