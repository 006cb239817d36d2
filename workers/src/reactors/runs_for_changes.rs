//! Runs that read everybody because a connection or the plan changed: the latest state wins over
//! whatever was delivered, or skipped, before.

use rollcall_domain::vocabulary::{Provider, RunKind, Trigger};
use rollcall_domain::{Fact, Recorded, connection, tenant};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{Request, RequestRun};
use crate::work::Task;

const NAME: &str = "runs_for_changes";

pub(super) const RUNS_FOR_CHANGES: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["connection.", "tenant."],
    start: Start::Beginning,
    react,
};

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let request = request(recorded)?;
            Some(RequestRun::intent(effect_id(NAME, recorded), &recorded.tenant, &request))
        })
        .collect()
}

fn request(recorded: &Recorded) -> Option<Request> {
    let connection = || Some(id_of(recorded).to_owned());
    match &recorded.fact {
        Fact::Connection(event) => match event {
            connection::Event::Connected { provider, .. } => Some(Request {
                connection: connection(),
                provider: *provider,
                kind: RunKind::ManualSync,
                event_type: "initial_sync".to_owned(),
                trigger: Trigger::Person,
                receipts: vec![],
            }),
            connection::Event::Resumed => Some(catch_up(connection())),
            connection::Event::SettingsChanged { .. }
            | connection::Event::TargetsChanged { .. }
            | connection::Event::CredentialsReplaced { .. }
            | connection::Event::WebhookSecretAdded(_)
            | connection::Event::WebhookSecretRemoved(_)
            | connection::Event::Paused
            | connection::Event::Disconnected => None,
        },
        Fact::Tenant(event) => match event {
            tenant::Event::PlanChanged { old, new } => {
                let gained = new.includes_live_sync() && !old.includes_live_sync();
                gained.then(|| catch_up(None))
            }
            tenant::Event::Created { .. } => None,
        },
        Fact::Actor(_)
        | Fact::Lane(_)
        | Fact::Receipt(_)
        | Fact::Run(_)
        | Fact::Scenario(_)
        | Fact::Slot(_)
        | Fact::Subject(_)
        | Fact::Unit(_) => None,
    }
}

/// Neither fact that calls for it carries a provider; only one of ours can be skipped or paused.
fn catch_up(connection: Option<String>) -> Request {
    Request {
        connection,
        provider: Provider::BambooHr,
        kind: RunKind::Reconcile,
        event_type: "manual_reconciliation".to_owned(),
        trigger: Trigger::CatchUp,
        receipts: vec![],
    }
}
