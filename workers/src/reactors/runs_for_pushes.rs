//! Runs that apply what was posted to an endpoint: one for each request, since each is a snapshot.

use rollcall_domain::receipt::{self, Verdict};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{Provider, Trigger};
use rollcall_domain::{Fact, Recorded};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{Request, RequestRun};
use crate::work::Task;

const NAME: &str = "runs_for_pushes";

pub(super) const RUNS_FOR_PUSHES: Reactor =
    Reactor { name: NAME, version: 1, reads: &["receipt."], start: Start::Beginning, react };

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter().filter_map(run_for).collect()
}

/// What came in test mode changes nothing. Whether it is still paused is looked at when the run starts:
/// a pause may have ended while somebody sent.
fn run_for(recorded: &Recorded) -> Option<NewIntent> {
    let Fact::Receipt(receipt::Event::Received(received)) = &recorded.fact else { return None };
    let applies = match received.verdict {
        Verdict::Accepted | Verdict::Paused => true,
        Verdict::Stale | Verdict::SkippedEntitlement | Verdict::Malformed | Verdict::Test => false,
    };
    if received.provider != Provider::HrisWebhook || !applies {
        return None;
    }
    let spec = RunSpec::of_push(id_of(recorded), Trigger::Delivery);
    let request = Request { connection: Some(received.connection.clone()), spec: Some(spec) };
    Some(RequestRun::intent(effect_id(NAME, recorded), &recorded.tenant, &request))
}
