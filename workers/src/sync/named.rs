//! A run that was told of single employees: each is re-read, so the order of deliveries does not
//! matter, and brought in line.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use rollcall_commands::Loaded;
use rollcall_domain::delivery::{DeliveredAction, parse_delivery};
use rollcall_domain::field::Field;
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::{Employee, Known, ManagerOverlay, Rules, plan_units};
use rollcall_domain::receipt::{self, Receipt};
use rollcall_domain::run::{self, Failure, NoteReason, Run};
use rollcall_domain::vocabulary::{Counts, FailureCode};
use rollcall_domain::{Decider, Written};
use rollcall_store::{NewBlob, StoreError, Stored};

use super::apply::{Applying, Batch, Fetched, Item, Last, Scene, Told, decide};
use super::target::{EXPECTED, options, rules};
use super::{Engine, Halt, Job};
use crate::providers::{Lookup, Provider, ProviderError};

/// Employees asked for at a time.
const AT_ONCE: usize = 4;
/// Managers above somebody, at most; longer chains are cycles or mistakes.
const LEVELS: usize = 100;
/// Answers up to this size are written with the run's end.
const SMALL: usize = 1 << 20;

/// What the provider said of those it was asked for.
#[derive(Default)]
struct Answers {
    told: Vec<(String, Told)>,
    recording: Vec<u8>,
    /// Whom it said nothing of that can be used, though it answered for others.
    silent: BTreeSet<String>,
}

/// What deliveries name.
#[derive(Default)]
pub(super) struct Named {
    /// Source id, and whether a delivery says that the record was deleted.
    pub(super) people: BTreeMap<String, bool>,
    unreadable: u64,
}

impl Engine {
    pub(super) async fn sync_named(&self, job: &Job, run: Loaded<Run>) -> Result<(), Halt> {
        let named = self.named(job, &job.receipts).await?;
        if named.people.is_empty() && named.unreadable > 0 {
            let summary = "the delivery is signed correctly but names no employee that can be \
                           read; check the webhook's format at the provider"
                .to_owned();
            return self.fail(job, Failure { code: FailureCode::MalformedDelivery, summary }).await;
        }
        let provider = self.provider(job).await?;
        let Answers { told, recording, mut silent } = ask(&*provider, &named, job.attempts).await?;
        let options = options(&*provider).await?;
        self.roster_is_current(job).await?;

        let known = run.state.known.as_ref();
        let earlier = known.map(|known| known.counts).unwrap_or_default();
        let failure = (named.unreadable > 0).then(|| Failure {
            code: FailureCode::MalformedDelivery,
            summary: format!(
                "{} of what was delivered could not be read, the rest was applied; check the \
                 webhook's format at the provider, or sync now",
                named.unreadable
            ),
        });
        let counts = Counts {
            fetched: told.len() as u64,
            errors: earlier.errors + named.unreadable,
            ..earlier
        };
        let scenario = job.scenarios.first().ok_or(Halt::Broken("it has no target"))?;
        let deriver = Deriver::new(&job.connection.derivation_key);
        let rules = rules(job, scenario, &deriver, &EXPECTED);
        let units = plan_units(&options, &self.known_units(job, scenario).await?, &rules);
        let employees = told.len() as u64;
        let ids: Vec<String> = told.iter().map(|(id, _)| rules.actor_id(id)).collect();
        let known = self.rows(job, scenario, &ids).await?;
        let managers = self.settled_managers(job, scenario, &told, &known, &rules).await?;
        let subjects = told.iter().map(|(id, _)| rules.subject_id(id)).collect();
        let mut applying = Applying { job, run, counts };
        let scene = Scene { rules: &rules, managers: &managers };
        let mut batch = Batch { units, items: vec![] };
        for (id, told) in told {
            if batch.is_full() {
                self.apply(&mut applying, &scene, std::mem::take(&mut batch)).await?;
            }
            if let Some(decision) =
                decide(&told, known.get(&rules.actor_id(&id)), &managers, &rules)
            {
                // It may be only that a change above is still on its way.
                if decision.notes.iter().any(|note| note.reason == NoteReason::ManagerCycle) {
                    silent.insert(id);
                }
                batch.items.push(Item { told, decision });
            }
        }
        let fetched = self.recorded(job, employees, recording, subjects, &batch).await?;
        let left_over = self.deliveries_naming(job, &silent).await?;
        self.finish(applying, &scene, batch, Last { fetched, left_over, failure }).await
    }

    /// The run's deliveries that name one of these.
    async fn deliveries_naming(
        &self,
        job: &Job,
        people: &BTreeSet<String>,
    ) -> Result<Vec<String>, Halt> {
        let mut found = Vec::new();
        if people.is_empty() {
            return Ok(found);
        }
        for receipt in &job.receipts {
            let named = self.named(job, std::slice::from_ref(receipt)).await?;
            if named.people.keys().any(|id| people.contains(id)) {
                found.push(receipt.clone());
            }
        }
        Ok(found)
    }

    /// Reads the deliveries again, as they arrived.
    pub(super) async fn named(&self, job: &Job, receipts: &[String]) -> Result<Named, Halt> {
        let mut named = Named::default();
        for id in receipts {
            for received in self.receipt(&job.tenant, id).await? {
                let body = match self.store.read_blob(&job.tenant, &received.blob).await {
                    Ok(body) => body,
                    // Expired, or somebody it named was erased.
                    Err(StoreError::NotFound(_)) => continue,
                    Err(error) => return Err(error.into()),
                };
                let Ok(delivery) = parse_delivery(&received.content_type, &body) else {
                    named.unreadable += 1;
                    continue;
                };
                named.unreadable += delivery.unreadable as u64;
                for person in delivery.people {
                    let deleted = person.action == DeliveredAction::Deleted;
                    *named.people.entry(person.source_id).or_default() |= deleted;
                }
            }
        }
        Ok(named)
    }

    /// The managers of everybody who is planned, and of everybody above their new managers.
    async fn settled_managers(
        &self,
        job: &Job,
        scenario: &str,
        told: &[(String, Told)],
        known: &HashMap<String, Known>,
        rules: &Rules<'_>,
    ) -> Result<ManagerOverlay<HashMap<String, String>>, Halt> {
        let employees: Vec<&Employee> =
            told.iter().filter_map(|(_, told)| told.employee()).collect();
        let mut above: HashMap<String, String> = HashMap::new();
        let mut asked: HashSet<String> = HashSet::new();
        let mut frontier: Vec<String> = Vec::new();
        for employee in &employees {
            let row = known.get(&rules.actor_id(&employee.source_id));
            let now = rules.translate(&employee.seen).remove(&Field::Manager).flatten();
            let before = row.and_then(|row| row.fields.get(&Field::Manager)).cloned();
            if now != before {
                frontier.extend(now.and_then(|value| value.text().map(str::to_owned)));
            }
        }
        for _ in 0..LEVELS {
            frontier.retain(|actor| asked.insert(actor.clone()));
            if frontier.is_empty() {
                break;
            }
            let rows = self.rows(job, scenario, &frontier).await?;
            frontier.clear();
            for (actor, row) in rows {
                if let Some(manager) =
                    row.fields.get(&Field::Manager).and_then(|value| value.text())
                {
                    frontier.push(manager.to_owned());
                    above.insert(actor, manager.to_owned());
                }
            }
        }
        let mut overlay = ManagerOverlay::new(above);
        for employee in employees {
            overlay.announce(employee, known.get(&rules.actor_id(&employee.source_id)), rules);
        }
        overlay.settle();
        Ok(overlay)
    }

    /// The provider's answers as a blob of the run, if anything changes because of them.
    async fn recorded(
        &self,
        job: &Job,
        employees: u64,
        raw: Vec<u8>,
        subjects: Vec<String>,
        batch: &Batch,
    ) -> Result<Option<Fetched>, Halt> {
        if raw.is_empty() || !batch.changes_anything() {
            return Ok(None);
        }
        let id = ulid::Ulid::generate().to_string();
        let expires_at = self.clock.now() + TimeDelta::days(30);
        let command = run::Command::RecordFetched {
            blobs: vec![id.clone()],
            employees,
            complete: false,
            omitted: vec![],
        };
        let (mut blobs, mut attach) = (vec![], vec![]);
        if raw.len() <= SMALL {
            blobs.push(NewBlob { id, bytes: raw, subjects, expires_at, pinned: false });
        } else {
            let mut writer = self.store.write_blob(&job.tenant, &id, expires_at).await?;
            writer.push(&raw).await?;
            attach.push(writer.finish().await?);
            self.store.tag_blob(&job.tenant, &id, &subjects).await?;
        }
        Ok(Some(Fetched { command, blobs, attach }))
    }

    /// What arrived under this id.
    pub(super) async fn receipt(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Vec<receipt::Received>, Halt> {
        let stored = self.store.read_stream(tenant, &Receipt::stream(id), 0).await?;
        let read = |stored: Stored| match receipt::Event::read(&stored.payload, None) {
            Ok(receipt::Event::Received(received)) => Ok(received),
            Err(_) => Err(StoreError::Damaged("a receipt can't be read")),
        };
        Ok(stored.into_iter().map(read).collect::<Result<_, _>>()?)
    }
}

impl Told {
    fn employee(&self) -> Option<&Employee> {
        match self {
            Told::Employee(employee) => Some(employee),
            Told::Absent
            | Told::Duplicate { .. }
            | Told::Unreadable { .. }
            | Told::NotFound { .. }
            | Told::NotVisible { .. } => None,
        }
    }
}

/// Asks for everybody who was named, in the order of their ids. From the second attempt on, those
/// it says nothing of do not keep the others waiting, unless it says nothing at all.
async fn ask(
    provider: &dyn Provider,
    named: &Named,
    attempts: u32,
) -> Result<Answers, ProviderError> {
    let people: Vec<(String, bool)> =
        named.people.iter().map(|(id, deleted)| (id.clone(), *deleted)).collect();
    let asked = stream::iter(people).map(|(id, deleted)| async move {
        let answer = provider.read_one(&id).await;
        (id, deleted, answer)
    });
    let mut asked = asked.buffered(AT_ONCE);
    let mut answers = Answers::default();
    let mut outage = None;
    while let Some((source_id, deleted, answer)) = asked.next().await {
        let id = source_id.clone();
        let told = match answer {
            Ok(Lookup::Found { employee, raw }) => {
                answers.recording.extend_from_slice(&raw);
                Told::Employee(employee)
            }
            Ok(Lookup::NotVisible) => Told::NotVisible { source_id },
            Ok(Lookup::NotFound) => Told::NotFound { source_id, deleted },
            // One person's record must not keep the others from being read.
            Err(ProviderError::Rejected { .. }) => Told::Unreadable { source_id },
            Err(ProviderError::Malformed { .. }) => {
                answers.silent.insert(source_id.clone());
                Told::Unreadable { source_id }
            }
            // What it has said is not asked again; the others' deliveries ride on the next run.
            Err(ProviderError::RateLimited { .. }) if !answers.told.is_empty() => {
                let told: BTreeSet<&String> = answers.told.iter().map(|(id, _)| id).collect();
                let others = named.people.keys().filter(|id| !told.contains(id));
                answers.silent.extend(others.cloned());
                return Ok(answers);
            }
            Err(error @ ProviderError::Unavailable(_)) if attempts > 0 => {
                outage = Some(error);
                answers.silent.insert(source_id.clone());
                Told::Unreadable { source_id }
            }
            Err(error) => return Err(error),
        };
        answers.told.push((id, told));
        let answered = answers.told.len() - answers.silent.len();
        if let Some(error) = &outage
            && answers.silent.len() > answered + AT_ONCE
        {
            return Err(error.clone());
        }
    }
    match outage {
        Some(error) if answers.silent.len() == answers.told.len() => Err(error),
        Some(_) | None => Ok(answers),
    }
}
