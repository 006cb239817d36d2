//! What is left of a connection that was disconnected is brought to its end.

use rollcall_domain::{Fact, Recorded, connection};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{CloseConnection, GoneConnection};
use crate::work::Task;

const NAME: &str = "closed_connections";

pub(super) const CLOSED_CONNECTIONS: Reactor = Reactor {
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
            Some(CloseConnection::intent(effect_id(NAME, recorded), &recorded.tenant, &gone))
        })
        .collect()
}
