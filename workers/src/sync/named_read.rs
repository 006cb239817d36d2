//! A run that was told of single employees: each is re-read, so the order of deliveries does not
//! matter, and brought in line in every target.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use rollcall_commands::Loaded;
use rollcall_domain::plan::{Employee, Observation, UnitOption, Unseen};
use rollcall_domain::receipt::{self, Receipt};
use rollcall_domain::run::{self, Failure, NoteReason, Run};
use rollcall_domain::vocabulary::{Counts, FailureCode};
use rollcall_domain::{Decider, Written};
use rollcall_store::{NewBlob, StoreError};

use super::apply::{Ending, Fetched};
use super::direct::names_units;
use super::execution::Execution;
use super::guard::Planned;
use super::outcome::Deliveries;
use super::plan::TargetPlan;
use super::reading::Observations;
use super::spill::Steps;
use super::target::options;
use super::{Engine, Halt};
use crate::providers::{Lookup, Named, ProviderError};

/// Employees asked for at a time.
const AT_ONCE: usize = 4;
/// Answers up to this size are written with the run's end.
const SMALL: usize = 1 << 20;

/// What is known of those whom the run is about.
#[derive(Default)]
struct Answers {
    /// By source id.
    observed: Vec<(String, Observation)>,
    recording: Vec<u8>,
    /// Whom the provider said nothing of that can be used, though it answered for others.
    silent: BTreeSet<String>,
    /// Whom it was not asked for.
    unasked: BTreeSet<String>,
    options: Arc<[UnitOption]>,
    /// What is said is about some fields and asks nothing of the others.
    in_part: bool,
}

impl Engine {
    pub(super) async fn sync_named(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
    ) -> Result<(), Halt> {
        let mut named = self.everybody_named(execution).await?;
        let known = run.state.known.as_ref();
        if let Some(before) = known.and_then(|known| known.spec.rerun_of.as_ref()) {
            for source_id in self.named_before(&execution.tenant, before).await? {
                named.people.entry(source_id).or_default();
            }
        }
        if named.people.is_empty() && named.unreadable > 0 {
            let summary = "the delivery is signed correctly but names no employee that can be \
                           read; check the webhook's format at the provider"
                .to_owned();
            let failure = Failure { code: FailureCode::MalformedDelivery, summary };
            return self.fail(&execution.tenant, run, failure, Deliveries::AreDone).await;
        }
        let planned = self.plan_named(execution, run, &named).await?;
        self.carry_out(execution, run, planned).await
    }

    /// Takes those who were named as deliveries tell of them or re-reads them, and plans every
    /// target; writes nothing.
    pub(super) async fn plan_named(
        &self,
        execution: &Execution,
        run: &Loaded<Run>,
        named: &Named,
    ) -> Result<Planned, Halt> {
        let applied = run.state.known.as_ref().is_some_and(|known| known.batches > 0);
        // What a crash left behind may have been re-read, and be newer than what deliveries tell.
        let told = if applied { None } else { self.told(execution).await? };
        let answers = match told {
            Some(told) => applied_directly(execution, told).await?,
            None => asked(execution, named).await?,
        };
        let Answers { observed, recording, mut silent, unasked, options, in_part } = answers;
        self.roster_is_current(execution).await?;

        let subjects = execution.subjects(observed.iter().map(|(id, _)| id.as_str()));
        let fetched = if in_part { 0 } else { observed.len() as u64 };
        let kept = observed.into_iter().map(|(_, seen)| seen).collect();
        let observed = Observations { kept, ..Observations::default() };
        let mut plans = Vec::with_capacity(execution.scenarios.len());
        for scenario in &execution.scenarios {
            let mut rules = execution.rules(scenario);
            rules.expected_fields.retain(|_| !in_part);
            let managers = self.managers_above(execution, &rules, &observed.kept).await?;
            let managers = Box::new(managers);
            let plan = self.plan(execution, rules, Unseen::Unknown, managers, &observed, &options);
            plans.push(plan.await?);
        }
        plans.iter().for_each(|plan| silent.extend(in_a_cycle(plan)));
        let changes = applied || plans.iter().any(TargetPlan::changes_anything);
        let recorded = if recording.is_empty() || !changes {
            None
        } else {
            Some(self.recorded(execution, fetched, recording, subjects).await?)
        };
        let untold = self.deliveries_naming(execution, &silent).await?;
        let open: BTreeSet<String> = silent.union(&unasked).cloned().collect();
        let ending = Ending {
            uncounted: Counts { fetched, errors: named.unreadable, ..Counts::default() },
            coverage: None,
            unread: unread(named),
            left_over: self.deliveries_naming(execution, &open).await?,
            given_up: self.given_up(execution, &untold, &silent).await?,
            untold,
            fetched: recorded,
        };
        Ok(Planned { plans, ending, everybody: None })
    }

    /// The run's deliveries that name one of these.
    async fn deliveries_naming(
        &self,
        execution: &Execution,
        people: &BTreeSet<String>,
    ) -> Result<Vec<String>, Halt> {
        let mut found = Vec::new();
        if people.is_empty() {
            return Ok(found);
        }
        for receipt in &execution.receipts {
            let named = self.named(execution, std::slice::from_ref(receipt)).await?;
            if named.people.keys().any(|id| people.contains(id)) {
                found.push(receipt.clone());
            }
        }
        Ok(found)
    }

    /// Whom the run's deliveries name, and whoever changed since the moment it is about.
    pub(super) async fn everybody_named(&self, execution: &Execution) -> Result<Named, Halt> {
        let mut named = self.named(execution, &execution.receipts).await?;
        if let Some(since) = execution.changed_since {
            named.extend(Named::from(execution.provider.changed_since(since).await?));
        }
        Ok(named)
    }

    /// What is noted of those whose deliveries go no further, in every target.
    async fn given_up(
        &self,
        execution: &Execution,
        untold: &[String],
        silent: &BTreeSet<String>,
    ) -> Result<Vec<run::Command>, Halt> {
        let (tenant, connection) = (&execution.tenant, &execution.connection.id);
        let lane = self.runs.lane(&self.store, tenant, connection).await?.state;
        let spent: Vec<String> =
            lane.would_give_up(untold).into_iter().map(str::to_owned).collect();
        let named = self.named(execution, &spent).await?;
        let people = named.people.keys().map(String::as_str).filter(|id| silent.contains(*id));
        let subjects = execution.subjects(people);
        let note = |scenario: &String, subject: &String| run::Command::Note {
            reason: NoteReason::GivenUp,
            scenario: scenario.clone(),
            subject: subject.clone(),
            actor: None,
            fields: vec![],
            with: vec![],
            matched_by: None,
            person: None,
        };
        let all = execution.scenarios.iter();
        Ok(all.flat_map(|scenario| subjects.iter().map(move |who| note(scenario, who))).collect())
    }

    /// Reads deliveries again, as they arrived.
    pub(super) async fn named(
        &self,
        execution: &Execution,
        receipts: &[String],
    ) -> Result<Named, Halt> {
        let mut named = Named::default();
        for id in receipts {
            let Some(received) = self.receipt(&execution.tenant, id).await? else { continue };
            match self.store.read_blob(&execution.tenant, &received.blob).await {
                Ok(body) => {
                    named.extend(execution.provider.named_in(&received.content_type, &body));
                }
                // Expired, or somebody it named was erased.
                Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(named)
    }

    /// The provider's answers as a blob of the run.
    async fn recorded(
        &self,
        execution: &Execution,
        employees: u64,
        raw: Vec<u8>,
        subjects: Vec<String>,
    ) -> Result<Fetched, Halt> {
        let id = ulid::Ulid::generate().to_string();
        let expires_at = self.clock.now() + TimeDelta::days(30);
        let blobs = vec![id.clone()];
        let command = run::Command::RecordFetched { blobs, employees, coverage: None };
        let (mut blobs, mut attach) = (vec![], vec![]);
        if raw.len() <= SMALL {
            blobs.push(NewBlob { id, bytes: raw, subjects, expires_at, pinned: false });
        } else {
            let mut writer = self.store.write_blob(&execution.tenant, &id, expires_at).await?;
            writer.push(&raw).await?;
            attach.push(writer.finish().await?);
            self.store.tag_blob(&execution.tenant, &id, &subjects).await?;
        }
        Ok(Fetched { command, blobs, attach })
    }

    /// What arrived under this id.
    pub(super) async fn receipt(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Option<receipt::Received>, Halt> {
        Ok(self.arrived(tenant, id).await?.map(|(received, _)| received))
    }

    /// The same, and when.
    pub(super) async fn arrived(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Option<(receipt::Received, DateTime<Utc>)>, Halt> {
        let stored = self.store.read_stream(tenant, &Receipt::stream(id), 0).await?;
        let Some(stored) = stored.first() else { return Ok(None) };
        match receipt::Event::read(&stored.payload, None) {
            Ok(receipt::Event::Received(received)) => Ok(Some((received, stored.recorded_at))),
            Err(_) => Err(StoreError::Damaged("a receipt can't be read").into()),
        }
    }
}

/// Those whose manager was refused for a cycle: it may be only that a change above is still on its
/// way. Deliveries of one run name fewer people than are kept in memory.
fn in_a_cycle(plan: &TargetPlan) -> Vec<String> {
    let Steps::Kept(steps) = &plan.steps else { return vec![] };
    let refused = steps.iter().map(|step| &step.decision).filter(|decision| {
        decision.notes.iter().any(|note| note.reason == NoteReason::ManagerCycle)
    });
    refused.filter_map(|decision| decision.source_id.clone()).collect()
}

fn unread(named: &Named) -> Option<Failure> {
    (named.unreadable > 0).then(|| Failure {
        code: FailureCode::MalformedDelivery,
        summary: format!(
            "{} of what was delivered could not be read, the rest was applied; check the \
             webhook's format at the provider, or sync now",
            named.unreadable
        ),
    })
}

/// What deliveries said themselves.
async fn applied_directly(execution: &Execution, told: Vec<Employee>) -> Result<Answers, Halt> {
    let options = match names_units(&told) {
        true => options(&*execution.provider).await?,
        false => Arc::default(),
    };
    let observed = |one: Employee| (one.source_id.clone(), Observation::Present(Arc::new(one)));
    let observed = told.into_iter().map(observed).collect();
    Ok(Answers { observed, options, in_part: true, ..Answers::default() })
}

/// What the provider says of them.
async fn asked(execution: &Execution, named: &Named) -> Result<Answers, Halt> {
    let provider = &*execution.provider;
    // First, since a provider that limits us in the middle of the people tells nothing more. It
    // may have looked again at what it lists while it was asked for them.
    let listed = options(provider).await?;
    // Nobody else takes those along whom no delivery of ours names.
    let may_ride = execution.changed_since.is_none();
    execution.teller.expects(Some(named.people.len() as u64));
    let answers = ask(execution, named, may_ride).await?;
    Ok(Answers { options: options(provider).await.unwrap_or(listed), ..answers })
}

/// Asks for everybody who was named, in the order of their ids. From the second attempt on, those
/// it says nothing of do not keep the others waiting, unless it says nothing at all.
async fn ask(
    execution: &Execution,
    named: &Named,
    may_ride: bool,
) -> Result<Answers, ProviderError> {
    let (provider, teller) = (&*execution.provider, &execution.teller);
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
        let observation = match answer {
            Ok(Lookup::Found { employee, raw }) => {
                answers.recording.extend_from_slice(&raw);
                Observation::Present(Arc::new(employee))
            }
            Ok(Lookup::NotVisible) => Observation::NotVisible { source_id },
            Ok(Lookup::NotFound) => Observation::NotFound { source_id, deleted },
            // One person's record must not keep the others from being read.
            Err(ProviderError::Rejected { .. }) => Observation::Unreadable { source_id },
            Err(ProviderError::Malformed { .. }) => {
                answers.silent.insert(source_id.clone());
                Observation::Unreadable { source_id }
            }
            // What it has said is not asked again; the others' deliveries ride on the next run.
            Err(ProviderError::RateLimited { .. }) if may_ride && !answers.observed.is_empty() => {
                let told: BTreeSet<&String> = answers.observed.iter().map(|(id, _)| id).collect();
                let others = named.people.keys().filter(|id| !told.contains(id));
                answers.unasked.extend(others.cloned());
                return Ok(answers);
            }
            Err(error @ ProviderError::Unavailable(_)) if execution.attempts > 0 => {
                outage = Some(error);
                answers.silent.insert(source_id.clone());
                Observation::Unreadable { source_id }
            }
            Err(error) => return Err(error),
        };
        answers.observed.push((id, observation));
        teller.has_read(answers.observed.len());
        let answered = answers.observed.len() - answers.silent.len();
        if let Some(error) = &outage
            && answers.silent.len() > answered + AT_ONCE
        {
            return Err(error.clone());
        }
    }
    match outage {
        Some(error) if answers.silent.len() == answers.observed.len() => Err(error),
        Some(_) | None => Ok(answers),
    }
}
