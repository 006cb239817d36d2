//! What can be done. One file per kind of work; `tasks` lists them.

mod request_run;
mod take_turn;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::sync::Engine;
use crate::work::Tasks;

pub(crate) use request_run::{RECEIPTS, Request, RequestRun};
pub(crate) use take_turn::{TakeTurn, Turn};

/// Every kind of work of this binary.
pub fn tasks(engine: Arc<Engine>) -> Tasks {
    let request_run = RequestRun {
        store: engine.store.clone(),
        inbound_policies: engine.inbound_policies.clone(),
        runs: engine.runs.clone(),
        providers: engine.providers.clone(),
    };
    Tasks::default().with(request_run).with(TakeTurn { engine })
}
