//! What is told of a log on each database: what stood around an event, what is left of somebody who was
//! erased, and every message once and in order while others write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rollcall_domain::field::Field;
use rollcall_domain::message::{Detail, EndpointFace, Kind, Message, Scenarios, Selection, topic};
use rollcall_domain::run::{self, RunSpec};
use rollcall_domain::tenant::SYSTEM;
use rollcall_domain::vocabulary::{Counts, Provider, RunKind, Trigger};
use rollcall_domain::{Fact, connection, scenario, tenant, unit, user};
use rollcall_store::{Append, Cause, Expected, NewEvent};
use serde_json::{Value, json};

use super::{MessageReader, Messages, feed};
use crate::Projections;
use crate::testing::{
    PATIENCE, TENANT, World, change, founded, hired, id, on_both, renamed, stream_of, subject_of,
    written,
};

on_both!(
    a_message_tells_what_stood_around_its_event
    of_somebody_erased_nothing_personal_is_told_and_nothing_fails
    events_read_together_tell_what_they_tell_one_by_one
    a_feed_is_the_same_in_pieces_of_every_size
    every_message_comes_once_and_in_order_while_others_write
    another_scenario_is_told_where_it_is_asked_for
);

const USER: &str = "01USER";

async fn append(world: &World, tenant: &str, cause: Cause, stream: &str, events: Vec<NewEvent>) {
    let append = Append::new(tenant, cause).stream(stream, Expected::Any, events);
    world.store.append(append).await.unwrap();
}

/// A tenant with a live baseline, a connection that somebody made, and a run of it that has started.
async fn founded_office(world: &World) {
    let by = || Cause::by(format!("user:{USER}"));
    world.store.register_tenant(SYSTEM, SYSTEM).await.unwrap();
    let profile = |name: &str| {
        let email = Some("olga@acme.example".to_owned());
        Some(user::Profile { email, name: name.to_owned() })
    };
    let registered = user::Event::Registered { user: USER.into(), personal: profile("Olga One") };
    let registered = written(&registered, Some(USER.into()));
    append(world, SYSTEM, by(), &format!("user/{USER}"), vec![registered]).await;
    let (slug, name, plan) = ("acme".into(), "Acme".into(), tenant::Plan::Business);
    let created = written(&tenant::Event::Created { slug, name, plan }, None);
    append(world, TENANT, by(), &format!("tenant/{TENANT}"), vec![created]).await;
    for (scenario, kind, name) in [
        ("live", scenario::Kind::LiveBaseline, "Live Baseline"),
        ("draft", scenario::Kind::Scenario, "Draft"),
    ] {
        let (scenario, name) = (scenario.to_owned(), name.to_owned());
        let stream = format!("scenario/{scenario}");
        let created = scenario::Event::Created { scenario, kind, name, copied_from: None };
        append(world, TENANT, by(), &stream, vec![written(&created, None)]).await;
    }
    let targets = connection::Targets { live_baseline: true, ..Default::default() };
    let acme = connection::BambooHr::of("acme");
    let settings = connection::ProviderSettings::BambooHr(acme).into();
    let connected = connection::Event::Connected {
        connection: "c1".into(),
        settings,
        targets: targets.clone(),
        credentials: "v1".into(),
    };
    append(world, TENANT, by(), "connection/c1", vec![written(&connected, None)]).await;
    let queued = run::Event::Queued {
        run: "r1".into(),
        connection: "c1".into(),
        provider: Provider::BambooHr,
        spec: RunSpec::new(RunKind::ManualSync, "initial_sync", Trigger::Person),
    };
    let started = run::Event::Started { targets, scenarios: vec!["live".into()], receipts: vec![] };
    let events = vec![written(&queued, None), written(&started, None)];
    append(world, TENANT, Cause::by("engine"), "run/r1", events).await;
}

fn everything() -> Selection {
    Selection { kinds: Kind::ALL.into(), scenarios: Scenarios::default() }
}

fn body(message: &Message, detail: Detail) -> Value {
    let (webhook_id, url) = ("e1".to_owned(), "https://example.com".to_owned());
    message.body(&EndpointFace { webhook_id, url }, detail)
}

/// All of a feed, in pieces.
async fn all(
    projections: &Projections,
    reader: &MessageReader,
    wanted: &Selection,
    limit: u32,
) -> Vec<Message> {
    let (mut after, mut found) = (None::<String>, vec![]);
    loop {
        let cursor = after.as_deref();
        let page = feed(projections.db(), reader, TENANT, wanted, cursor, limit).await.unwrap();
        assert!(page.rows.len() <= limit as usize);
        found.extend(page.rows.into_iter().map(|fed| fed.message));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// Followed to the end of what is written.
async fn followed(world: &World) -> (Projections, crate::Followers) {
    let projections = world.only::<Messages>().await;
    let followers = projections.start();
    projections.settle(PATIENCE).await.unwrap();
    (projections, followers)
}

/// What the log itself says is to be told of the live baseline.
async fn expected(world: &World) -> Vec<(u64, Kind)> {
    let shard = world.store.shard_of(TENANT).await.unwrap();
    let mut log = world.store.read_shard(shard, 0, 100_000).await.unwrap();
    log.retain(|event| &*event.tenant == TENANT);
    let mut told = vec![];
    for event in log {
        let fact = Fact::read(&event.kind, &event.payload, None).unwrap();
        let elsewhere = super::scenario_of(&fact).is_some_and(|scenario| scenario != "live");
        let kinds = Kind::ALL.into_iter().filter(|kind| {
            let topics = rollcall_domain::message::Topic::of(*kind);
            topic(&fact).is_some_and(|topic| topics.contains(&topic))
        });
        told.extend(kinds.filter(|_| !elsewhere).map(|kind| (event.position, kind)));
    }
    told
}

fn places(messages: &[Message]) -> Vec<(u64, Kind)> {
    messages.iter().map(|message| (message.position, message.kind)).collect()
}

async fn a_message_tells_what_stood_around_its_event(world: World) {
    founded_office(&world).await;
    world.append_one(&stream_of(1), hired(1)).await;
    let renamed = user::Event::Renamed {
        user: USER.into(),
        personal: Some(user::Profile { email: None, name: "Olga Two".into() }),
    };
    let renamed = written(&renamed, Some(USER.into()));
    append(&world, SYSTEM, Cause::by("x"), &format!("user/{USER}"), vec![renamed]).await;
    let by_hand = vec![written(&change(1, Field::JobTitle, "Engineer", "Chief"), None)];
    append(&world, TENANT, Cause::by("user:x"), &stream_of(1), by_hand).await;
    let ended =
        run::Event::Succeeded { counts: Counts::default(), targets: vec![], coverage: None };
    append(&world, TENANT, Cause::by("engine"), "run/r1", vec![written(&ended, None)]).await;
    let (projections, _followers) = followed(&world).await;

    let told = all(&projections, &MessageReader::new(&world.store), &everything(), 200).await;

    let kinds: Vec<Kind> = told.iter().map(|message| message.kind).collect();
    let person = [Kind::EmployeeChanged, Kind::DataModified];
    let wanted = [&[Kind::SyncStarted], &person[..], &person[..], &[Kind::Synced]].concat();
    assert_eq!(kinds, wanted);
    let hired = body(&told[1], Detail::Full);
    assert_eq!(
        hired["connector"],
        json!({
            "id": "c1",
            "display_name": "BambooHR",
            "categories": ["HRIS"],
            "org_name": "Acme",
            "connector_status": "SYNCING",
            "end_user_name": "Olga One",
            "end_user_email": "olga@acme.example",
        })
    );
    assert_eq!(hired["data"]["record"]["first_name"], "First1");
    assert_eq!(
        (&hired["data"]["run"], &hired["data"]["initial_sync"]),
        (&json!("r1"), &json!(true))
    );
    assert!(hired["data"]["last_sync_start_time"].is_string());
    assert_eq!(hired["data"]["scenario"]["name"], "Live Baseline");
    let by_hand = body(&told[3], Detail::Full);
    assert_eq!(by_hand["connector"], Value::Null);
    let change = json!([{ "field": "job_title", "old": "Engineer", "new": "Chief" }]);
    assert_eq!(by_hand["data"]["changes"], change);
    let ended = body(&told[5], Detail::Full);
    assert_eq!(ended["connector"]["end_user_name"], "Olga Two", "as they were called then");
    assert_eq!(ended["connector"]["connector_status"], "COMPLETE");
}

async fn of_somebody_erased_nothing_personal_is_told_and_nothing_fails(world: World) {
    founded_office(&world).await;
    world.append_one(&stream_of(1), hired(1)).await;
    world.append_one(&stream_of(1), renamed(1, "Last00001", "Married")).await;
    world.store.erase(TENANT, &subject_of(1)).await.unwrap();
    let (projections, _followers) = followed(&world).await;

    let told = all(&projections, &MessageReader::new(&world.store), &everything(), 200).await;

    assert_eq!(told.len(), 5);
    for message in &told {
        for detail in Detail::ALL {
            let text = body(message, detail).to_string();
            assert!(!text.contains("Married") && !text.contains("First1"), "{text}");
        }
    }
    let renamed = body(&told[3], Detail::Full);
    assert_eq!(renamed["data"]["record"]["last_name"], Value::Null);
    assert_eq!(renamed["data"]["record"]["job_title"], "Engineer");
    assert_eq!(renamed["data"]["record"]["erased"], true);
}

async fn events_read_together_tell_what_they_tell_one_by_one(world: World) {
    founded_office(&world).await;
    world.hire(0, 5).await;
    world.append_one(&stream_of(2), renamed(2, "Last00002", "B")).await;
    world.append_one("unit/u-Sales", founded("Sales")).await;
    world.append_one(&stream_of(2), renamed(2, "B", "C")).await;
    world.append_one(&stream_of(2), renamed(2, "C", "D")).await;
    let shard = world.store.shard_of(TENANT).await.unwrap();
    let head = world.store.head(shard).await.unwrap();
    let positions: Vec<u64> = (0..=head + 3).collect();

    let together = MessageReader::new(&world.store).at(TENANT, &positions).await.unwrap();

    let mut one_by_one = vec![];
    for position in positions {
        let reader = MessageReader::new(&world.store);
        one_by_one.extend(reader.at(TENANT, &[position]).await.unwrap());
    }
    assert_eq!(together, one_by_one);
    assert_eq!(together.len(), 1 + 2 * 8 + 1);
    let last = together.last().unwrap();
    let found = MessageReader::new(&world.store).one(TENANT, last.position, &last.id).await;
    assert_eq!(found.unwrap().as_ref(), Some(last));
    let elsewhere = MessageReader::new(&world.store).at(SYSTEM, &[1, 2]).await.unwrap();
    assert_eq!(elsewhere, [], "users are nobody's employees");
}

fn located(n: usize) -> NewEvent {
    let (unit, scenario) = (format!("l{n}"), "live".to_owned());
    let (old, new) = ("Here".to_owned(), format!("There {n}"));
    written(&unit::Event::Renamed { unit, scenario, old, new }, None)
}

async fn a_feed_is_the_same_in_pieces_of_every_size(world: World) {
    founded_office(&world).await;
    let place = unit::Event::Created {
        unit: "l1".into(),
        scenario: "live".into(),
        kind: unit::Kind::Location,
        name: "Here".into(),
        source: None,
        source_key: None,
        copied_from: None,
        parent: None,
    };
    world.append_one("unit/l1", written(&place, None)).await;
    world.hire(0, 3).await;
    world.append_one("unit/l1", located(1)).await;
    world.append_one("unit/u-Sales", founded("Sales")).await;
    world.append_one("unit/l1", located(2)).await;
    world.append_one(&stream_of(1), renamed(1, "Last00001", "B")).await;
    world.append_one("unit/l1", located(3)).await;
    let (projections, _followers) = followed(&world).await;
    let reader = MessageReader::new(&world.store);

    let whole = all(&projections, &reader, &everything(), 200).await;

    assert_eq!(whole.len(), 1 + 2 * 4 + 1, "of locations nothing is told");
    for limit in 1..=11 {
        assert_eq!(all(&projections, &reader, &everything(), limit).await, whole, "{limit}");
    }
    for kind in Kind::ALL {
        let one = Selection { kinds: [kind].into(), ..everything() };
        let only: Vec<Message> = whole.iter().filter(|one| one.kind == kind).cloned().collect();
        assert_eq!(all(&projections, &reader, &one, 2).await, only, "{}", kind.as_str());
    }
    let wrong = [crate::db::cursor(&(u64::MAX, 0_u8)), "zz".to_owned()];
    for cursor in wrong {
        let page = feed(projections.db(), &reader, TENANT, &everything(), Some(&cursor), 5).await;
        assert!(matches!(page, Err(crate::ReadError::Cursor)), "{cursor}");
    }
}

/// Six writers in the tenant and in another one on its shard, and somebody who reads all the while.
async fn every_message_comes_once_and_in_order_while_others_write(world: World) {
    founded_office(&world).await;
    let beside = beside(&world).await;
    let (projections, _followers) = followed(&world).await;
    let world = Arc::new(world);
    let done = Arc::new(AtomicBool::new(false));
    let reading = {
        let (projections, done) = (projections.clone(), done.clone());
        let reader = MessageReader::new(&world.store);
        tokio::spawn(async move {
            let (mut after, mut found) = (None::<String>, vec![]);
            loop {
                // Looked at first: whatever was written before is in the next page.
                let last = done.load(Ordering::SeqCst);
                let limit = 1 + found.len() as u32 % 7;
                let (db, cursor) = (projections.db(), after.as_deref());
                let page = feed(db, &reader, TENANT, &everything(), cursor, limit).await.unwrap();
                let empty = page.rows.is_empty();
                after = page.rows.last().map(|fed| fed.cursor.clone()).or(after);
                found.extend(page.rows.into_iter().map(|fed| fed.message));
                if empty && last {
                    return found;
                }
                if empty {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let writers = (0..6_usize).map(|writer| {
        let (world, beside) = (world.clone(), beside.clone());
        tokio::spawn(async move {
            for round in 0..20 {
                let tenant = if (writer + round) % 3 == 0 { beside.as_str() } else { TENANT };
                let n = writer * 100 + round;
                let cause = Cause::by("engine").correlation("r1");
                append(&world, tenant, cause, &stream_of(n), vec![hired(n)]).await;
            }
        })
    });
    for writer in Vec::from_iter(writers) {
        writer.await.unwrap();
    }
    projections.settle(PATIENCE).await.unwrap();
    done.store(true, Ordering::SeqCst);

    let found = reading.await.unwrap();

    assert_eq!(places(&found), expected(&world).await);
    let ids: std::collections::BTreeSet<&str> = found.iter().map(|one| &*one.id).collect();
    assert_eq!(ids.len(), found.len(), "each has an id of its own");
}

/// Another tenant on the shard of the first.
async fn beside(world: &World) -> String {
    let shard = world.store.shard_of(TENANT).await.unwrap();
    for n in 0.. {
        let (id, slug) = (format!("t-other-{n}"), format!("other-{n}"));
        world.store.register_tenant(&id, &slug).await.unwrap();
        if world.store.shard_of(&id).await.unwrap() == shard {
            return id;
        }
    }
    unreachable!("tenants are spread over all shards")
}

async fn another_scenario_is_told_where_it_is_asked_for(world: World) {
    founded_office(&world).await;
    world.append_one(&stream_of(1), hired(1)).await;
    let draft = rollcall_domain::actor::Event::created(
        id(2),
        "draft".into(),
        subject_of(2),
        None,
        None,
        true,
        crate::testing::person(2),
    );
    world.append_one(&stream_of(2), written(&draft, Some(subject_of(2)))).await;
    let (projections, _followers) = followed(&world).await;
    let reader = MessageReader::new(&world.store);
    let of = |scenarios| Selection { scenarios, ..everything() };

    for _ in 0..2 {
        let live = all(&projections, &reader, &everything(), 3).await;
        assert_eq!(places(&live), expected(&world).await, "also once the baseline is known");
    }
    let draft = of(Scenarios::These(["draft".to_owned()].into()));
    let told = all(&projections, &reader, &draft, 3).await;

    let streams: Vec<&str> = told.iter().map(|one| &*one.order_key).collect();
    let person = stream_of(2);
    assert_eq!(streams, ["connection/c1", &*person, &*person], "runs are told of in any case");
    let scenario = &body(&told[1], Detail::Thin)["data"]["scenario"];
    assert_eq!(scenario, &json!({ "id": "draft", "name": "Draft", "kind": "scenario" }));
}
