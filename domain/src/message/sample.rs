//! Messages of each type about people nobody ever was: for trying a URL out, and for the golden files.

use chrono::{DateTime, Utc};

use super::{
    ConnectorFace, Context, EndUser, Kind, Message, Reached, RunFace, ScenarioFace, messages,
};
use crate::actor::{self, Actor};
use crate::decider::{Decider, Written};
use crate::field::{Field, Fields, Value};
use crate::recorded::{Fact, Recorded};
use crate::vocabulary::{Counts, FailureCode, Provider, RunKind, Source, Trigger};
use crate::{run, scenario};

const ACTOR: &str = "01JZ0000000000000000000PER";
const RUN: &str = "01JZ0000000000000000000RVN";
const CONNECTION: &str = "01JZ0000000000000000000CNX";
const SCENARIO: &str = "01JZ0000000000000000000SCE";

/// A made-up message of a type, as if it had happened at an instant. It is at no place of the log:
/// position 0 is before all.
pub fn sample(kind: Kind, at: DateTime<Utc>) -> Message {
    let mut context = context(at);
    let (stream, fact) = match kind {
        Kind::SyncStarted => (format!("run/{RUN}"), Fact::Run(started())),
        Kind::SyncError => (format!("run/{RUN}"), Fact::Run(failed())),
        Kind::Synced => (format!("run/{RUN}"), Fact::Run(succeeded())),
        Kind::EmployeeChanged | Kind::DataModified => {
            let (reached, fact) = promoted();
            context.scenario = Some(ScenarioFace {
                scenario: SCENARIO.to_owned(),
                kind: scenario::Kind::LiveBaseline,
                name: "Live Baseline".to_owned(),
            });
            context.reached = Some(reached);
            (Actor::stream(ACTOR), fact)
        }
    };
    let recorded = recorded(stream, fact, at);
    let mut made = messages(&recorded, &context);
    let place = made.iter().position(|message| message.kind == kind);
    made.swap_remove(place.expect("each type was given an event that makes it"))
}

fn recorded(stream: String, fact: Fact, at: DateTime<Utc>) -> Recorded {
    let kind = if let Fact::Run(event) = &fact {
        event.kind()
    } else if let Fact::Actor(event) = &fact {
        event.kind()
    } else {
        ""
    };
    Recorded {
        shard: 0,
        position: 0,
        tenant: "sample".into(),
        stream: stream.into(),
        version: 2,
        event_id: String::new(),
        kind: kind.into(),
        recorded_at: at,
        effective_at: None,
        principal: "engine".into(),
        causation: None,
        correlation: Some(RUN.into()),
        subject: None,
        fact,
    }
}

fn context(at: DateTime<Utc>) -> Context {
    let provider = Provider::BambooHr;
    Context {
        org_name: "Example Organisation".to_owned(),
        run: Some(RunFace {
            run: RUN.to_owned(),
            connection: CONNECTION.to_owned(),
            provider,
            kind: RunKind::ManualSync,
            event_type: "initial_sync".to_owned(),
            trigger: Trigger::Person,
            started_at: Some(at),
        }),
        connector: Some(ConnectorFace {
            connection: CONNECTION.to_owned(),
            provider,
            paused: false,
            end_user: EndUser {
                name: Some("Sam Sample".to_owned()),
                email: Some("sam@example.com".to_owned()),
            },
        }),
        scenario: None,
        reached: None,
    }
}

fn started() -> run::Event {
    let targets = crate::connection::Targets { live_baseline: true, ..Default::default() };
    run::Event::Started { targets, scenarios: vec![SCENARIO.to_owned()], receipts: vec![] }
}

fn failed() -> run::Event {
    let summary = "the provider does not accept the credentials; enter new ones".to_owned();
    let failure = run::Failure { code: FailureCode::Authentication, summary };
    run::Event::Failed { failure, counts: Counts::default(), targets: vec![] }
}

fn succeeded() -> run::Event {
    let counts = Counts { fetched: 3, created: 1, updated: 1, unchanged: 1, ..Counts::default() };
    run::Event::Succeeded { counts, targets: vec![], coverage: None }
}

/// Somebody who has another title than before.
fn promoted() -> (Reached, Fact) {
    let (actor, scenario) = (ACTOR.to_owned(), SCENARIO.to_owned());
    let source = Some(Source::new(Provider::BambooHr, "example"));
    let fields: Fields = [
        (Field::EmployeeNumber, "4711"),
        (Field::FirstName, "Ada"),
        (Field::LastName, "Example"),
        (Field::Email, "ada@example.com"),
        (Field::JobTitle, "Engineer"),
    ]
    .map(|(field, text)| (field, Value::from(text)))
    .into();
    let subject = "01JZ0000000000000000000SVB".to_owned();
    let number = Some("4711".to_owned());
    let (on_file, to) = (scenario.clone(), actor.clone());
    let created = actor::Event::created(to, on_file, subject, source, number, true, fields);
    let changes = [(Field::JobTitle, (Some("Engineer".into()), Some("Lead Engineer".into())))];
    let changed =
        actor::Event::FieldsChanged { actor, scenario, changes: changes.into(), personal: None };
    let before = Actor::default().evolve(&created);
    let after = before.clone().evolve(&changed);
    let after = Box::new(after.known.expect("it was created"));
    let reached = Reached::Person { before: before.known.map(Box::new), after };
    (reached, Fact::Actor(changed))
}
