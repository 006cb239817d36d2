//! People by hand, on a store of their own: what is refused, and what two at once can't do.

use rollcall_domain::actor::Refusal as No;
use rollcall_domain::connection::{BambooHr, ProviderSettings, Targets};
use rollcall_domain::field::Value;
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::tenant::Plan;
use rollcall_domain::unit::{self, Kind};
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_domain::{Decider, Written};
use rollcall_store::{Append, Expected, Location, OperatorKey, Options};
use secrecy::SecretString;

use super::*;
use crate::unit_of_work::written as as_stored;
use crate::{
    Connect, NewTenant, NewUnit, connect, create_tenant, create_unit, handle, load, rename_unit,
};

mod closed;

const ACME: &str = "01ACME";
const LIVE: &str = "01LIVE";
const CONNECTION: &str = "01CONNECTION";

struct Home {
    _directory: tempfile::TempDir,
    store: Store,
}

fn cause() -> Cause {
    Cause::by("token:1")
}

fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}

impl Home {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(Options {
            location: Location::Sqlite(directory.path().to_owned()),
            operator_key: OperatorKey::generate(),
            migrate: true,
            clock: rollcall_store::Clock::system(),
        });
        let store = store.await.unwrap();
        let acme = NewTenant {
            id: ACME.to_owned(),
            live_baseline: LIVE.to_owned(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        create_tenant(&store, acme, cause()).await.unwrap();
        let home = Home { _directory: directory, store };
        home.scenario(LIVE, || scenario::Command::MarkReady).await;
        home
    }

    async fn connected() -> Self {
        let home = Home::new().await;
        let new = Connect {
            id: CONNECTION.to_owned(),
            settings: ProviderSettings::BambooHr(BambooHr::of("acme")).into(),
            targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
            credentials: SecretString::from("key"),
        };
        connect(&home.store, ACME, new, &cause()).await.unwrap();
        home
    }

    async fn scenario(&self, id: &str, command: impl Fn() -> scenario::Command + Sync) {
        handle::<Scenario>(&self.store, ACME, id, command, &cause()).await.unwrap();
    }

    async fn create(&self, id: &str, fields: Fields) -> Result<Vec<Event>, CommandError> {
        let new = NewPerson {
            scenario: LIVE.to_owned(),
            actor: id.to_owned(),
            subject: format!("S{id}"),
            active: true,
            fields,
        };
        create_person(&self.store, ACME, &new, &cause()).await.map(|handled| handled.events)
    }

    async fn hire(&self, id: &str) {
        self.create(id, Fields::from([(Field::FirstName, id.into())])).await.unwrap();
    }

    async fn edit(&self, id: &str, seen: Seen) -> Result<Vec<Event>, CommandError> {
        let edit = PersonEdit { seen, active: None, version: None };
        let edited = edit_person(&self.store, ACME, LIVE, id, &edit, &cause()).await;
        edited.map(|handled| handled.events)
    }

    async fn report(&self, id: &str, manager: &str) -> Result<Vec<Event>, CommandError> {
        self.edit(id, Seen::from([(Field::Manager, Some(manager.into()))])).await
    }

    async fn unit(&self, id: &str, kind: Kind) {
        let (scenario, unit) = (LIVE.to_owned(), id.to_owned());
        let new = NewUnit { scenario, unit, kind, name: id.to_owned(), parent: None };
        create_unit(&self.store, ACME, &new, &cause()).await.unwrap();
    }

    /// As a run would write it.
    async fn append<D: Decider>(&self, id: &str, expected: Expected, events: Vec<D::Event>)
    where
        D::Event: Written,
    {
        let events = as_stored(&events, Some("Synced"));
        let append = Append::new(ACME, Cause::by("engine").correlation("01RUN"));
        self.store.append(append.stream(D::stream(id), expected, events)).await.unwrap();
    }

    /// Somebody the connection brought.
    async fn synced(&self, id: &str) {
        let fields = Fields::from([(Field::FirstName, "Ada".into())]);
        let (scenario, subject) = (LIVE.to_owned(), "Synced".to_owned());
        let source_id = Some("7".to_owned());
        let event =
            Event::created(id.into(), scenario, subject, Some(acme()), source_id, true, fields);
        self.append::<Actor>(id, Expected::NoStream, vec![event]).await;
    }

    async fn manager(&self, id: &str) -> Option<String> {
        let loaded: Loaded<Actor> = load(&self.store, ACME, id).await.unwrap();
        loaded.state.known.unwrap().manager().map(str::to_owned)
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, CommandError>) -> Refusal {
    match answer {
        Err(CommandError::Refused(refusal)) => refusal,
        other => panic!("it was not refused: {other:?}"),
    }
}

fn list(ids: &[&str]) -> Value {
    Value::List(ids.iter().map(|id| (*id).to_owned()).collect())
}

#[tokio::test]
async fn a_person_by_hand_has_a_key_of_their_own_and_an_author() {
    let home = Home::new().await;

    home.hire("A").await;

    let stored = home.store.read_stream(ACME, "actor/A", 0).await.unwrap().remove(0);
    assert_eq!((&*stored.principal, stored.subject.as_deref()), ("token:1", Some("SA")));
    assert_eq!(stored.correlation, None);
    assert!(stored.sealed.is_some() && !String::from_utf8_lossy(&stored.payload).contains("first"));
    let nobody = home.create("B", Fields::new()).await;
    assert_eq!(refused(nobody), Refusal::Actor(No::Nameless));
}

#[tokio::test]
async fn what_somebody_is_put_in_has_to_be_there() {
    let home = Home::new().await;
    home.unit("D", Kind::Department).await;
    home.unit("L", Kind::Location).await;
    home.hire("A").await;

    let fine =
        Seen::from([(Field::Departments, Some(list(&["D"]))), (Field::Location, Some("L".into()))]);
    assert_eq!(home.edit("A", fine).await.unwrap().len(), 1);
    let odd = Seen::from([
        (Field::Departments, Some(list(&["D", "L", "X"]))),
        (Field::Division, Some("D".into())),
    ]);
    let missing = vec![
        (Field::Departments, "L".to_owned()),
        (Field::Departments, "X".to_owned()),
        (Field::Division, "D".to_owned()),
    ];
    assert_eq!(refused(home.edit("A", odd).await), Refusal::Actor(No::NotThere(missing)));
    let missing = vec![(Field::Manager, "X".to_owned())];
    assert_eq!(refused(home.report("A", "X").await), Refusal::Actor(No::NotThere(missing)));
}

#[tokio::test]
async fn nobody_is_above_themselves_however_far_up() {
    let home = Home::new().await;
    for id in ["A", "B", "C", "D"] {
        home.hire(id).await;
    }
    let above = || Refusal::Actor(No::AboveThemselves);

    assert_eq!(refused(home.report("A", "A").await), above());
    home.report("A", "B").await.unwrap();
    home.report("B", "C").await.unwrap();
    home.report("C", "D").await.unwrap();
    assert_eq!(refused(home.report("D", "A").await), above());
    assert_eq!(refused(home.report("D", "C").await), above());
    assert!(home.report("A", "B").await.unwrap().is_empty(), "it is so already");
    home.report("A", "D").await.unwrap();
    assert_eq!(home.manager("A").await.as_deref(), Some("D"));
}

#[tokio::test]
async fn of_two_edits_at_once_one_closes_no_cycle() {
    let home = Home::new().await;
    for id in ["A", "B", "C"] {
        home.hire(id).await;
    }
    home.report("B", "C").await.unwrap();

    let (one, other) = tokio::join!(home.report("A", "B"), home.report("C", "A"));

    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(won.unwrap().len(), 1);
    assert_eq!(refused(lost), Refusal::Actor(No::AboveThemselves));
}

#[tokio::test]
async fn a_manager_is_the_same_under_their_claim_and_their_own_id() {
    let home = Home::new().await;
    home.hire("A").await;
    home.hire("B").await;
    let (actor, scenario) = ("A".to_owned(), LIVE.to_owned());
    let linked = Event::LinkedTo { actor: "CLAIM".into(), scenario, to: actor.clone() };
    home.append::<Actor>("CLAIM", Expected::NoStream, vec![linked]).await;
    let matched_by = rollcall_domain::actor::MatchedBy::Email;
    let (source, source_id, claim) = (acme(), "7".to_owned(), "CLAIM".to_owned());
    let identify = || Command::Identify {
        source: source.clone(),
        source_id: source_id.clone(),
        claim: claim.clone(),
        matched_by,
    };
    let loaded: Loaded<Actor> = load(&home.store, ACME, "A").await.unwrap();
    let events = loaded.state.decide(identify()).unwrap();
    let events = as_stored(&events, Some("SA"));
    let append = Append::new(ACME, cause()).stream("actor/A", Expected::Exact(1), events);
    home.store.append(append).await.unwrap();

    home.report("B", "CLAIM").await.unwrap();

    assert_eq!(home.manager("B").await.as_deref(), Some("A"), "their own id is kept");
    assert!(home.report("B", "A").await.unwrap().is_empty());
    assert_eq!(refused(home.report("A", "B").await), Refusal::Actor(No::AboveThemselves));
}

#[tokio::test]
async fn what_a_connection_tells_is_locked_until_they_are_out_of_sync() {
    let home = Home::connected().await;
    home.synced("A").await;
    let rename = || Seen::from([(Field::FirstName, Some("Eve".into()))]);

    let locked = Refusal::Actor(No::Synced {
        connection: CONNECTION.to_owned(),
        run: Some("01RUN".to_owned()),
        fields: vec!["first_name"],
    });
    assert_eq!(refused(home.edit("A", rename()).await), locked);
    let unsynced = unsync_person(&home.store, ACME, LIVE, "A", &cause()).await.unwrap();
    assert_eq!(unsynced.events.len(), 1);
    assert_eq!(home.edit("A", rename()).await.unwrap().len(), 1);
    let back = resync_person(&home.store, ACME, LIVE, "A", &cause()).await.unwrap();
    assert_eq!(back.events.len(), 1);
    assert!(home.edit("A", Seen::from([(Field::FirstName, None)])).await.is_err());
    home.hire("B").await;
    let by_hand = unsync_person(&home.store, ACME, LIVE, "B", &cause()).await;
    assert_eq!(refused(by_hand), Refusal::Actor(No::EnteredByHand));
}

#[tokio::test]
async fn a_unit_of_the_connected_source_keeps_its_name() {
    let home = Home::connected().await;
    home.unit("D", Kind::Department).await;
    let created = unit::Event::Created {
        unit: "S".into(),
        scenario: LIVE.into(),
        kind: Kind::Department,
        name: "Sales".into(),
        source: Some(acme()),
        source_key: Some("1".into()),
        copied_from: None,
        parent: None,
    };
    home.append::<unit::Unit>("S", Expected::NoStream, vec![created]).await;
    let rename = async |scenario: &str, id: &str| {
        rename_unit(&home.store, ACME, scenario, id, "Other", &cause()).await
    };

    let (connection, run) = (CONNECTION.to_owned(), Some("01RUN".to_owned()));
    let locked = Refusal::Unit(unit::Refusal::Synced { connection, run });
    assert_eq!(refused(rename(LIVE, "S").await), locked);
    assert_eq!(rename(LIVE, "D").await.unwrap().events.len(), 1);
    assert_eq!(refused(rename("01X", "D").await), Refusal::Scenario(scenario::Refusal::NotFound));
    assert_eq!(refused(rename(LIVE, "X").await), Refusal::Unit(unit::Refusal::NotFound));
}

#[tokio::test]
async fn only_what_may_be_written_is_written() {
    let home = Home::new().await;
    let create = |kind, copied_from: Option<&'static str>| {
        move || scenario::Command::Create {
            scenario: "01S".to_owned(),
            kind,
            name: "Plan".to_owned(),
            copied_from: copied_from.map(str::to_owned),
        }
    };
    home.scenario("01S", create(scenario::Kind::Scenario, Some(LIVE))).await;
    let fields = Fields::from([(Field::FirstName, "Ada".into())]);
    let new = |actor: &str| NewPerson {
        scenario: "01S".to_owned(),
        actor: actor.to_owned(),
        subject: format!("S{actor}"),
        active: true,
        fields: fields.clone(),
    };
    let hire = async |actor: &str| create_person(&home.store, ACME, &new(actor), &cause()).await;

    let preparing = Refusal::Scenario(scenario::Refusal::Preparing);
    assert_eq!(refused(hire("A").await), preparing);
    home.scenario("01S", || scenario::Command::MarkReady).await;
    hire("A").await.unwrap();
    let elsewhere = unsync_person(&home.store, ACME, LIVE, "A", &cause()).await;
    assert_eq!(refused(elsewhere), Refusal::Actor(No::NotFound));
    home.scenario("01S", || scenario::Command::Archive).await;
    let archived = Refusal::Scenario(scenario::Refusal::Archived);
    assert_eq!(refused(hire("B").await), archived);
    let edit = PersonEdit { active: Some(false), ..PersonEdit::default() };
    let edited = edit_person(&home.store, ACME, "01S", "A", &edit, &cause()).await;
    assert_eq!(refused(edited), archived);
}
