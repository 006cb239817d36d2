//! Messages for the endpoints that want to hear of an event. Which those are is found out when they
//! are queued, as of the event's position: so nothing old is sent however far back this begins.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_domain::message::topic;
use rollcall_domain::{Fact, Recorded, subject};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id};
use crate::tasks::{ErasedSubject, ForgetReplies, QueueMessages, Told};
use crate::work::Task;

const NAME: &str = "outbound_messages";
const REPLIES: &str = "forgotten_replies";

/// Personal parts stay sealed: only where something happened is passed on.
pub(super) const OUTBOUND_MESSAGES: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["actor.", "run.", "unit."],
    start: Start::Beginning,
    react,
};

/// One intent per tenant and page.
fn react(page: &[Recorded]) -> Vec<NewIntent> {
    let mut told: BTreeMap<&Arc<str>, Vec<&Recorded>> = BTreeMap::new();
    for recorded in page.iter().filter(|recorded| topic(&recorded.fact).is_some()) {
        told.entry(&recorded.tenant).or_default().push(recorded);
    }
    let intent = |(tenant, events): (&Arc<str>, Vec<&Recorded>)| {
        let first = *events.first()?;
        let positions = events.iter().map(|recorded| recorded.position).collect();
        Some(QueueMessages::intent(effect_id(NAME, first), tenant, &Told { positions }))
    };
    told.into_iter().filter_map(intent).collect()
}

pub(super) const FORGOTTEN_REPLIES: Reactor = Reactor {
    name: REPLIES,
    version: 1,
    reads: &["subject.erased"],
    start: Start::Beginning,
    react: forget,
};

fn forget(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let Fact::Subject(subject::Event::Erased { subject }) = &recorded.fact else {
                return None;
            };
            let erased = ErasedSubject { subject: subject.clone() };
            Some(ForgetReplies::intent(effect_id(REPLIES, recorded), &recorded.tenant, &erased))
        })
        .collect()
}
