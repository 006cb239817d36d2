//! What owners and admins are told of: one kind of news after the other, in `news`.

use chrono::NaiveDate;
use rollcall_domain::notification::{Kind, Raised};
use rollcall_domain::run::HELD_FOR;
use rollcall_domain::webhook_endpoint::Reason;
use rollcall_domain::webhook_endpoint::schedule::GIVEN_UP_AFTER;
use rollcall_domain::{Fact, Recorded, health, run, webhook_endpoint};
use rollcall_store::NewIntent;

use crate::follow::{Reactor, Start, effect_id, id_of};
use crate::tasks::{News, Notify};
use crate::work::Task;

const NAME: &str = "notifications";

/// From now on: an upgrade tells no old news.
pub(super) const NOTIFICATIONS: Reactor = Reactor {
    name: NAME,
    version: 1,
    reads: &["health.", "run.held", "webhook_endpoint."],
    start: Start::Now,
    react,
};

fn react(page: &[Recorded]) -> Vec<NewIntent> {
    page.iter()
        .filter_map(|recorded| {
            let news = News { raised: news(recorded)?, position: recorded.position };
            Some(Notify::intent(effect_id(NAME, recorded), &recorded.tenant, &news))
        })
        .collect()
}

fn news(recorded: &Recorded) -> Option<Raised> {
    match &recorded.fact {
        Fact::Health(happened) => of_health(recorded, happened),
        Fact::Run(run::Event::Held { failure, .. }) => Some(Raised {
            run: Some(id_of(recorded).to_owned()),
            code: Some(failure.code),
            until: Some(recorded.recorded_at + HELD_FOR),
            ..about(recorded, Kind::PlanHeld)
        }),
        Fact::WebhookEndpoint(happened) => of_endpoint(recorded, happened),
        Fact::Actor(_)
        | Fact::Connection(_)
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
        | Fact::Tenant(_)
        | Fact::Unit(_)
        | Fact::User(_) => None,
    }
}

/// What happens quietly, and what only ends a state, is no news.
fn of_health(recorded: &Recorded, happened: &health::Event) -> Option<Raised> {
    use health::Event::*;
    let of =
        |kind| Raised { connection: Some(id_of(recorded).to_owned()), ..about(recorded, kind) };
    Some(match happened {
        Failed { run, code, at, quiet: false, .. } => Raised {
            run: Some(run.clone()),
            code: Some(*code),
            since: Some(*at),
            ..of(Kind::IntegrationFailed)
        },
        StillFailing { run, code, since, .. } => Raised {
            run: Some(run.clone()),
            code: Some(*code),
            since: Some(*since),
            again: true,
            ..of(Kind::IntegrationFailed)
        },
        Recovered { run, since, at, quiet: false } => Raised {
            run: Some(run.clone()),
            since: Some(*since),
            until: Some(*at),
            ..of(Kind::IntegrationRecovered)
        },
        Flapping { at, .. } => Raised { since: Some(*at), ..of(Kind::IntegrationFlapping) },
        WentStale { since, .. } => Raised { since: Some(*since), ..of(Kind::IntegrationStale) },
        CredentialExpiring { on, days, .. } => {
            let on: Option<NaiveDate> = Some(*on);
            Raised { on, days: Some(*days), ..of(Kind::CredentialExpiring) }
        }
        Failed { quiet: true, .. }
        | Recovered { quiet: true, .. }
        | Spread { .. }
        | Calmed { .. }
        | Freshened { .. } => return None,
    })
}

/// What somebody did to it is no news.
fn of_endpoint(recorded: &Recorded, happened: &webhook_endpoint::Event) -> Option<Raised> {
    use webhook_endpoint::Event::*;
    let of = |kind| Raised { endpoint: Some(id_of(recorded).to_owned()), ..about(recorded, kind) };
    Some(match happened {
        Failing { since, .. } => Raised {
            since: Some(*since),
            until: Some(*since + GIVEN_UP_AFTER),
            ..of(Kind::WebhookFailing)
        },
        Disabled { reason: Reason::Gone | Reason::Failing, since, .. } => {
            Raised { since: *since, ..of(Kind::WebhookDisabled) }
        }
        Recovered { since, at } => {
            Raised { since: Some(*since), until: Some(*at), ..of(Kind::WebhookRecovered) }
        }
        Disabled { reason: Reason::Person, .. }
        | Created { .. }
        | Changed { .. }
        | HeadersReplaced { .. }
        | SecretRotated { .. }
        | Enabled { .. }
        | Removed => return None,
    })
}

/// Named by the event that is the news, so that telling twice is telling once.
fn about(recorded: &Recorded, kind: Kind) -> Raised {
    Raised {
        notification: recorded.event_id.clone(),
        kind,
        connection: None,
        provider: None,
        run: None,
        endpoint: None,
        code: None,
        summary: None,
        again: false,
        since: None,
        until: None,
        on: None,
        days: None,
        recipients: vec![],
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use rollcall_domain::health::{self, Reach};
    use rollcall_domain::run::{Failure, StoredPlan};
    use rollcall_domain::vocabulary::{Counts, FailureCode};

    use super::*;

    fn told_of(event: health::Event) -> Option<Raised> {
        told("health/c1", Fact::Health(event))
    }

    fn told(stream: &str, fact: Fact) -> Option<Raised> {
        news(&Recorded {
            shard: 7,
            position: 1,
            tenant: "acme".into(),
            stream: stream.into(),
            version: 1,
            event_id: "event 1".to_owned(),
            kind: "not.looked_at".into(),
            recorded_at: DateTime::UNIX_EPOCH,
            effective_at: None,
            principal: "test".into(),
            causation: None,
            correlation: None,
            subject: None,
            fact,
        })
    }

    fn failed(quiet: bool) -> health::Event {
        let (run, code, at) = ("r1".to_owned(), FailureCode::Storage, DateTime::UNIX_EPOCH);
        health::Event::Failed { run, code, reach: Reach::Everybody, at, quiet }
    }

    #[test]
    fn a_failure_is_told_under_the_id_of_its_event() {
        let raised = told_of(failed(false)).unwrap();
        assert_eq!(
            (raised.notification.as_str(), raised.kind),
            ("event 1", Kind::IntegrationFailed)
        );
        assert_eq!(raised.connection.as_deref(), Some("c1"));
        assert!(!raised.again);
    }

    #[test]
    fn what_happens_while_it_flaps_is_not_told() {
        assert_eq!(told_of(failed(true)), None);
        assert_eq!(told_of(health::Event::Calmed { at: DateTime::UNIX_EPOCH }), None);
    }

    #[test]
    fn a_plan_that_is_held_is_told_with_its_run_its_reason_and_its_last_moment() {
        let failure = Failure { code: FailureCode::Brake, summary: "61 would leave".to_owned() };
        let plan = StoredPlan::of(vec![], None, Counts::default());

        let raised = told("run/r1", Fact::Run(run::Event::Held { plan, failure })).unwrap();

        assert_eq!((raised.kind, raised.run.as_deref()), (Kind::PlanHeld, Some("r1")));
        assert_eq!(raised.code, Some(FailureCode::Brake));
        assert_eq!(raised.until, Some(DateTime::UNIX_EPOCH + HELD_FOR));
        let rejected = run::Event::Rejected { hash: "00".to_owned() };
        assert_eq!(told("run/r1", Fact::Run(rejected)), None);
    }

    #[test]
    fn an_endpoint_that_stopped_by_itself_is_told_and_one_that_was_stopped_is_not() {
        let (at, since) = (DateTime::UNIX_EPOCH, None);
        let disabled = |reason| {
            let event = webhook_endpoint::Event::Disabled { reason, at, since };
            told("webhook_endpoint/e1", Fact::WebhookEndpoint(event))
        };
        let raised = disabled(Reason::Gone).unwrap();
        assert_eq!((raised.kind, raised.endpoint.as_deref()), (Kind::WebhookDisabled, Some("e1")));
        assert_eq!(disabled(Reason::Person), None);
    }
}
