//! The end of what runs, waits or is held on a connection that is disconnected.

use rollcall_domain::{Fact, Recorded, connection};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{EndRuns, Ended};
use crate::work::Task;

const NAME: &str = "ends_of_runs";

pub(super) const ENDS_OF_RUNS: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["connection.disconnected"],
    start: Start::Beginning,
    react,
};

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Connection(connection::Event::Disconnected) = &recorded.fact else {
                return None;
            };
            let ended = Ended { connection: id_of(recorded).to_owned() };
            Some(EndRuns::intent(effect_id(NAME, recorded), &recorded.tenant, &ended))
        })
        .collect()
}
