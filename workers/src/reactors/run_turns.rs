//! A turn for every run that was put on a lane.

use rollcall_domain::{Fact, Recorded, lane};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{TakeTurn, Turn};
use crate::work::Task;

const NAME: &str = "run_turns";
const READS: &[&str] = &["lane.run_queued", "lane.run_returned"];

pub(super) const RUN_TURNS: Reactor =
    Reactor { name: NAME, version: 1, reads: READS, start: Start::Beginning, react };

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Lane(
                lane::Event::RunQueued { run, .. } | lane::Event::RunReturned { run, .. },
            ) = &recorded.fact
            else {
                return None;
            };
            let turn = Turn { connection: id_of(recorded).to_owned(), run: run.clone() };
            Some(TakeTurn::intent(effect_id(NAME, recorded), &recorded.tenant, &turn))
        })
        .collect()
}
