//! Runs that read everybody because a connection or the plan changed: the latest state wins over
//! whatever was delivered, or skipped, before.

use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{RunKind, Trigger};
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
            // It sends when it sends.
            connection::Event::Connected { settings, .. } if settings.is_pushed() => None,
            connection::Event::Connected { .. } => Some(Request {
                connection: connection(),
                spec: Some(RunSpec::new(RunKind::ManualSync, "initial_sync", Trigger::Person)),
            }),
            connection::Event::Resumed => Some(catch_up(connection())),
            connection::Event::TargetsChanged { old, new } => {
                new.adds_to(old).then(|| catch_up(connection()))
            }
            connection::Event::SettingsChanged { .. }
            | connection::Event::CredentialsReplaced { .. }
            | connection::Event::CredentialExpiryChanged { .. }
            | connection::Event::WebhookSecretAdded(_)
            | connection::Event::WebhookSecretRemoved(_)
            | connection::Event::Paused
            | connection::Event::Enabled
            | connection::Event::Disabled
            | connection::Event::ReturnedToTest
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
        | Fact::Health(_)
        | Fact::Identity(_)
        | Fact::Inbox(_)
        | Fact::Lane(_)
        | Fact::Mail(_)
        | Fact::Members(_)
        | Fact::Notification(_)
        | Fact::Pushes(_)
        | Fact::Receipt(_)
        | Fact::Run(_)
        | Fact::Scenario(_)
        | Fact::SigningKey(_)
        | Fact::Slot(_)
        | Fact::Subject(_)
        | Fact::Unit(_)
        | Fact::User(_)
        | Fact::WebhookEndpoint(_) => None,
    }
}

/// What that means is the provider's to say. A connection that is paused gets one when it is resumed.
fn catch_up(connection: Option<String>) -> Request {
    Request { connection, spec: None }
}
