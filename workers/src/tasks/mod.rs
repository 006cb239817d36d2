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
    let (store, gates, lanes) = (engine.store.clone(), engine.gates.clone(), engine.lanes.clone());
    Tasks::default().with(RequestRun { store, gates, lanes }).with(TakeTurn { engine })
}
