//! What can be done. One file per kind of work; `tasks` lists them.

mod add_future_target;
mod assess_health;
mod close_connection;
mod copy_scenario;
mod find_missed_deliveries;
mod forget_replies;
mod let_go_of_deliveries;
mod let_go_of_run;
mod notify;
mod perform_operation;
mod queue_messages;
mod request_run;
mod send_mail;
mod send_messages;
mod take_turn;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::copy::{Copies, Limits};
use crate::mail::Mailer;
use crate::sync::Engine;
use crate::work::Tasks;

pub(crate) use add_future_target::{AddFutureTarget, NewScenario};
pub(crate) use assess_health::{AssessHealth, OverRun};
pub(crate) use close_connection::{CloseConnection, GoneConnection};
pub(crate) use copy_scenario::{Copy, CopyScenario};
pub(crate) use find_missed_deliveries::{FindMissedDeliveries, Sender};
pub(crate) use forget_replies::{ErasedSubject, ForgetReplies};
pub(crate) use let_go_of_deliveries::{Deliveries, LetGoOfDeliveries};
pub(crate) use let_go_of_run::{EndedRun, LetGoOfRun};
pub(crate) use notify::{News, Notify};
pub(crate) use perform_operation::PerformOperation;
pub(crate) use queue_messages::{QueueMessages, SendMissedMessages, Told};
pub(crate) use request_run::{RECEIPTS, Request, RequestRun};
pub(crate) use send_mail::SendMail;
pub(crate) use send_messages::{Look, LookLater, SendMessages};
pub(crate) use take_turn::{TakeTurn, Turn};

/// Every kind of work of this binary.
pub fn tasks(engine: Arc<Engine>, mailer: Mailer) -> Tasks {
    let request_run = RequestRun {
        store: engine.store.clone(),
        inbound_policies: engine.inbound_policies.clone(),
        runs: engine.runs.clone(),
        providers: engine.providers.clone(),
    };
    let (store, projections) = (engine.store.clone(), engine.projections.clone());
    let future = AddFutureTarget { store: store.clone(), projections: projections.clone() };
    let send_mail = SendMail { store: store.clone(), mailer, clock: engine.clock.clone() };
    let outbound = engine.outbound.clone();
    let copies = Copies { store, projections, limits: Limits::default() };
    Tasks::default()
        .with(request_run)
        .with(CloseConnection { engine: engine.clone() })
        .with(LetGoOfDeliveries { engine: engine.clone() })
        .with(LetGoOfRun { engine: engine.clone() })
        .with(PerformOperation { engine: engine.clone() })
        .with(FindMissedDeliveries { engine: engine.clone() })
        .with(AssessHealth { engine: engine.clone() })
        .with(Notify { store: engine.store.clone() })
        .with(TakeTurn { engine })
        .with(CopyScenario { copies })
        .with(future)
        .with(send_mail)
        .with(QueueMessages { outbound: outbound.clone() })
        .with(SendMissedMessages { outbound: outbound.clone() })
        .with(SendMessages { outbound: outbound.clone() })
        .with(LookLater { outbound: outbound.clone() })
        .with(ForgetReplies { outbound })
}
