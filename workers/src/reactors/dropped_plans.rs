//! The end of held plans whose connection is gone.

use rollcall_domain::{Fact, Recorded, connection};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{DropHeldPlans, GoneConnection};
use crate::work::Task;

const NAME: &str = "dropped_plans";

pub(super) const DROPPED_PLANS: Reactor = Reactor {
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
            let gone = GoneConnection { connection: id_of(recorded).to_owned() };
            Some(DropHeldPlans::intent(effect_id(NAME, recorded), &recorded.tenant, &gone))
        })
        .collect()
}
