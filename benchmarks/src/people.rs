//! Made-up people and their history, written by many at once; and an independent account of what
//! they are in the end.

use std::collections::HashMap;
use std::sync::Arc;

use rollcall_commands::written;
use rollcall_domain::actor::{Actor, Event, Personal};
use rollcall_domain::field::{Changes, Field, Fields, Value, apply};
use rollcall_domain::{Decider, Written};
use rollcall_store::{Append, Cause, Expected, Store, Stored};
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::node::{Customer, source};
use crate::yardstick::{COLUMNS, Clear, Folded, Parsed};

/// Events of each person: one creation, then changes.
pub(crate) const EVENTS: usize = 20;
const WRITERS: usize = 8;
/// People of one append.
const BATCH: usize = 250;
const PAGE: u32 = 2_000;

/// One person's place among all.
struct Person {
    number: usize,
    actor: String,
    subject: String,
    /// Whom they report to, by actor.
    manager: Option<String>,
}

/// Writes the history of so many people, by writers that work at the same time.
pub(crate) async fn write(
    store: &Store,
    customer: &Customer,
    people: usize,
) -> Result<(), Failure> {
    write_rounds(store, customer, people, EVENTS).await
}

/// The same with so many events each.
pub(crate) async fn write_rounds(
    store: &Store,
    customer: &Customer,
    people: usize,
    rounds: usize,
) -> Result<(), Failure> {
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, customer) = (store.clone(), customer.clone());
        let numbers = (writer..people).step_by(WRITERS);
        let own: Arc<[Person]> = numbers.map(|number| person(number, None)).collect();
        tasks.spawn(async move {
            for round in 0..rounds {
                for some in own.chunks(BATCH) {
                    let append = happened(&customer, some, round);
                    store.append(append).await?;
                }
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// Writes people who report to one another, so many to each, and who are nothing but there.
pub(crate) async fn write_teams(
    store: &Store,
    customer: &Customer,
    people: usize,
    to_each: usize,
) -> Result<(), Failure> {
    let mut all: Vec<Person> = Vec::with_capacity(people);
    for number in 0..people {
        let manager = number.checked_sub(1).map(|before| all[before / to_each].actor.clone());
        all.push(person(number, manager));
    }
    for some in all.chunks(BATCH) {
        store.append(happened(customer, some, 0)).await?;
    }
    Ok(())
}

fn person(number: usize, manager: Option<String>) -> Person {
    let id = || ulid::Ulid::generate().to_string();
    Person { number, actor: id(), subject: id(), manager }
}

fn happened(customer: &Customer, people: &[Person], round: usize) -> Append {
    let append = Append::new(customer.tenant.as_str(), Cause::by("engine"));
    people.iter().fold(append, |append, person| {
        let (event, expected) = match round {
            0 => (created(customer, person), Expected::NoStream),
            round => (changed(customer, person, round), Expected::Exact(round as u64)),
        };
        let events = written(&[event], Some(&person.subject));
        append.stream(Actor::stream(&person.actor), expected, events)
    })
}

fn created(customer: &Customer, person: &Person) -> Event {
    let n = person.number;
    let text = |text: String| Value::Text(text);
    let mut fields = Fields::from([
        (Field::EmployeeNumber, text(format!("{n:06}"))),
        (Field::FirstName, text(format!("First{}", n % 997))),
        (Field::LastName, text(format!("Last{}", n % 4_999))),
        (Field::Email, text(format!("person{n}@acme.example"))),
        (Field::Phone, text(title(n, 0))),
        (Field::JobTitle, text(title(n, 0))),
        (Field::Departments, Value::List(vec![format!("01J8Z3Q5G7H9K1M3N5P7R9T{:03}", n % 200)])),
        (Field::Location, text(format!("01J8Z3Q5G7H9K1M3N5P7R9V{:03}", n % 20))),
        (Field::EmploymentType, text("Full-Time".to_owned())),
        (Field::HireDate, text(format!("20{:02}-01-10", n % 25))),
    ]);
    fields.extend(person.manager.clone().map(|manager| (Field::Manager, text(manager))));
    let source_id = Some((n + 1).to_string());
    Event::created(
        person.actor.clone(),
        customer.live_baseline.clone(),
        person.subject.clone(),
        Some(source()),
        source_id,
        true,
        fields,
    )
}

/// A personal and a clear field change each time.
fn changed(customer: &Customer, person: &Person, round: usize) -> Event {
    let value = |round| Some(Value::Text(title(person.number, round)));
    let change = (value(round - 1), value(round));
    Event::FieldsChanged {
        actor: person.actor.clone(),
        scenario: customer.live_baseline.clone(),
        changes: Changes::from([(Field::JobTitle, change.clone())]),
        personal: Some(Personal::Changes(Changes::from([(Field::Phone, change)]))),
    }
}

fn title(number: usize, round: usize) -> String {
    format!("+44 20 7946 {:04} {round}", number % 10_000)
}

/// Who everybody is, by actor.
pub(crate) type Truth = HashMap<String, Fields>;

/// Folds the whole log once more, apart from the projections; copies it in the clear on the way.
pub(crate) async fn account(
    store: &Store,
    tenant: &str,
    clear: Option<&Folded>,
) -> Result<Truth, Failure> {
    let shard = store.shard_of(tenant).await?;
    let (mut truth, mut after) = (Truth::new(), 0);
    loop {
        let mut page = store.read_shard(shard, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        page.retain(|event| event.kind.starts_with("actor."));
        store.unseal(&mut page).await?;
        for event in &page {
            fold(&mut truth, event)?;
        }
        if let Some(clear) = clear {
            clear.add(&page.iter().map(in_the_clear).collect::<Vec<_>>()).await?;
        }
    }
    Ok(truth)
}

fn fold(truth: &mut Truth, event: &Stored) -> Result<(), Failure> {
    match Event::read(&event.payload, event.personal.as_deref())? {
        Event::Created { actor, fields, personal, .. } => {
            let mut all = fields;
            if let Some(Personal::Profile { fields, .. }) = personal {
                all.extend(fields);
            }
            truth.insert(actor, all);
        }
        Event::FieldsChanged { actor, changes, personal, .. } => {
            if let Some(known) = truth.get_mut(&actor) {
                apply(known, &changes);
                if let Some(Personal::Changes(changes)) = personal {
                    apply(known, &changes);
                }
            }
        }
        Event::Deactivated { .. }
        | Event::Reactivated { .. }
        | Event::Unsynced { .. }
        | Event::Resynced { .. }
        | Event::PutOnHold { .. }
        | Event::Released { .. }
        | Event::Identified { .. }
        | Event::LinkedTo { .. } => {}
    }
    Ok(())
}

fn in_the_clear(event: &Stored) -> Clear<'_> {
    Clear {
        pos: event.position,
        stream: &event.stream,
        version: event.version,
        kind: &event.kind,
        payload: &event.payload,
        personal: event.personal.as_deref(),
    }
}

/// What an event sets, for the yardstick.
pub(crate) fn parse(payload: &[u8], personal: Option<&[u8]>) -> Option<Parsed> {
    let mut columns = [const { None }; COLUMNS];
    let text = |value: Value| match value {
        Value::Text(text) => text,
        Value::List(items) => items.join(","),
    };
    let mut set = |field: Field, value: Option<Value>| columns[field as usize] = value.map(text);
    let key = match Event::read(payload, personal).ok()? {
        Event::Created { actor, fields, personal, .. } => {
            let personal = match personal {
                Some(Personal::Profile { fields, .. }) => fields,
                Some(Personal::Changes(_) | Personal::Identity { .. }) | None => Fields::new(),
            };
            fields.into_iter().chain(personal).for_each(|(field, value)| set(field, Some(value)));
            actor
        }
        Event::FieldsChanged { actor, changes, personal, .. } => {
            let personal = match personal {
                Some(Personal::Changes(changes)) => changes,
                Some(Personal::Profile { .. } | Personal::Identity { .. }) | None => Changes::new(),
            };
            changes.into_iter().chain(personal).for_each(|(field, (_, now))| set(field, now));
            actor
        }
        Event::Deactivated { actor, .. }
        | Event::Reactivated { actor, .. }
        | Event::Unsynced { actor, .. }
        | Event::Resynced { actor, .. }
        | Event::PutOnHold { actor, .. }
        | Event::Released { actor, .. }
        | Event::Identified { actor, .. }
        | Event::LinkedTo { actor, .. } => actor,
    };
    Some(Parsed { key, columns })
}
