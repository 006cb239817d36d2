//! What was delivered and then let go by a person is kept no longer than anything else.

use rollcall_domain::{Fact, Recorded, lane};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id};
use crate::tasks::{Deliveries, LetGoOfDeliveries};
use crate::work::Task;

const NAME: &str = "skipped_deliveries";

pub(super) const SKIPPED_DELIVERIES: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["lane.deliveries_skipped"],
    start: Start::Beginning,
    react,
};

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Lane(lane::Event::DeliveriesSkipped { receipts }) = &recorded.fact else {
                return None;
            };
            let skipped = Deliveries { receipts: receipts.clone() };
            let effect = effect_id(NAME, recorded);
            Some(LetGoOfDeliveries::intent(effect, &recorded.tenant, &skipped))
        })
        .collect()
}
