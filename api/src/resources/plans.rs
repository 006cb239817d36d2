//! How a plan that was written down is shown, person by person; the same for a held and for a
//! previewed one.

use std::collections::{BTreeSet, HashMap, HashSet};
use utoipa::ToSchema;

use axum::Json;
use rollcall_commands::StepsReader;
use rollcall_domain::actor::{Event, Personal};
use rollcall_domain::field::{Changes, Field, Fields, Value};
use rollcall_domain::plan::{Decision, Expected, Step, is_error};
use rollcall_domain::run::{NoteReason, StoredPlan};
use rollcall_domain::vocabulary::Source;
use rollcall_projections::ReadError;
use rollcall_projections::actors::{self, Actor};
use rollcall_store::StoreError;
use serde::Serialize;

use super::plan_units::{MadeUnits, NewUnit};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::openapi::{self, shapes};
use crate::params::{Params, Piece};

/// What a plan does to one person.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanRow)]
pub(crate) struct Row {
    pub(crate) scenario: String,
    pub(crate) actor: String,
    pub(crate) source_hris_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    /// `create`, `update`, `deactivate`, `reactivate`, `unsync`, `unchanged`, `skip`.
    pub(crate) action: &'static str,
    pub(crate) matched_by: Option<&'static str>,
    pub(crate) fields: Vec<Change>,
    pub(crate) reasons: Vec<Reason>,
    /// The version of the person that it rests on; `null` for somebody new.
    pub(crate) version: Option<u64>,
}

/// A field with what it was and what it becomes.
#[derive(Serialize, ToSchema)]
#[schema(as = PlannedChange)]
pub(crate) struct Change {
    pub(crate) field: &'static str,
    #[schema(value_type = Option<shapes::FieldValue>)]
    pub(crate) old: Option<Value>,
    #[schema(value_type = Option<shapes::FieldValue>)]
    pub(crate) new: Option<Value>,
}

impl Change {
    pub(super) fn all(changes: &Changes) -> impl Iterator<Item = Change> {
        changes.iter().map(|(field, (old, new))| Change {
            field: field.as_str(),
            old: old.clone(),
            new: new.clone(),
        })
    }
}

/// A piece of a plan's people, and the hash of the plan that they are of.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanRows)]
pub(crate) struct Rows {
    pub(crate) hash: String,
    pub(crate) data: Vec<Row>,
    /// Departments, divisions and locations that these rows name and the plan makes.
    pub(crate) units: Vec<NewUnit>,
    pub(crate) next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PlanReason)]
pub(crate) struct Reason {
    pub(crate) reason: &'static str,
    pub(crate) fields: Vec<&'static str>,
    pub(crate) with: Vec<String>,
}

/// Which of a plan's people; nothing set means all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    action: Option<String>,
    scenario: Option<String>,
    reason: Option<String>,
    errors: Option<bool>,
}

pub(crate) const ACTIONS: [&str; 7] =
    ["create", "update", "deactivate", "reactivate", "unsync", "unchanged", "skip"];

impl Wanted {
    pub(crate) fn read(params: &mut Params) -> Wanted {
        Wanted {
            action: params.word("action", &ACTIONS),
            scenario: params.text("scenario"),
            reason: params.word("reason", &NoteReason::ALL.map(NoteReason::as_str)),
            errors: params.flag("errors"),
        }
    }

    pub(crate) fn described() -> [serde_json::Value; 4] {
        let reasons = NoteReason::ALL.map(NoteReason::as_str);
        [
            openapi::word("action", "Only these.", &ACTIONS),
            openapi::text("scenario", "Only in this scenario."),
            openapi::word("reason", "Only those with this reason.", &reasons),
            openapi::flag("errors", "Only those with whom something is wrong, or only the others."),
        ]
    }

    fn takes(&self, decision: &Decision) -> bool {
        let has = |reason: &String| {
            decision.notes.iter().any(|note| note.reason.as_str() == reason.as_str())
        };
        let is_wrong = decision.notes.iter().any(|note| is_error(note.reason));
        self.action.as_ref().is_none_or(|one| decision.action.as_str() == one.as_str())
            && self.reason.as_ref().is_none_or(has)
            && self.errors.is_none_or(|errors| errors == is_wrong)
    }
}

/// A piece of a plan, in its own order. A cursor goes on in the plan that it was told of, with the same
/// people wanted, and in no other.
pub(crate) async fn rows(
    app: &App,
    reader: &Reader,
    plan: &StoredPlan,
    wanted: &Wanted,
    piece: &Piece,
) -> Result<Json<Rows>, Problem> {
    let skip = match piece.after() {
        None => 0,
        Some(cursor) => place_in(plan, cursor).ok_or(ReadError::Cursor)?,
    };
    let (store, tenant, limit) = (&app.store, reader.id(), piece.limit as usize);
    let (mut seen, mut found) = (0, Vec::new());
    let mut made = MadeUnits::default();
    let is_meant = |scenario: &String| wanted.scenario.as_ref().is_none_or(|one| one == scenario);
    'plan: for target in plan.targets.iter().filter(|one| is_meant(&one.scenario)) {
        let opened = StepsReader::of_plan(store, tenant, &target.blob).await;
        let (header, mut reader) = opened.map_err(gone)?;
        made.of(&header);
        while let Some(page) = reader.next(store, tenant).await.map_err(gone)? {
            for step in page.into_iter().filter(|step: &Step| wanted.takes(&step.decision)) {
                seen += 1;
                if seen > skip {
                    found.push((header.scenario.clone(), step.decision));
                }
                if found.len() > limit {
                    break 'plan;
                }
            }
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = piece.next(more.then(|| format!("{}:{}", plan.hash, skip + found.len())));
    let known = known(reader, &found).await?;
    let data = found.into_iter().map(|(scenario, decision)| row(scenario, decision, &known));
    let data: Vec<Row> = data.collect();
    let units = made.named_by(reader, &data).await?;
    Ok(Json(Rows { hash: plan.hash.clone(), data, units, next_cursor }))
}

/// How many of its people a cursor has behind it, if it is of this plan.
fn place_in(plan: &StoredPlan, cursor: &str) -> Option<usize> {
    cursor.strip_prefix(&plan.hash)?.strip_prefix(':')?.parse().ok()
}

/// The subjects of those whom these name: a source id, an actor or a subject. What names nobody of the
/// plan is refused.
pub(crate) async fn subjects(
    app: &App,
    reader: &Reader,
    plan: &StoredPlan,
    identities: &[String],
) -> Result<Vec<String>, Problem> {
    let (store, tenant) = (&app.store, reader.id());
    // One source id may be several subjects: in a target where they were linked they have their own.
    let (mut found, mut subjects) = (HashSet::new(), BTreeSet::new());
    for target in &plan.targets {
        let opened = StepsReader::of_plan(store, tenant, &target.blob).await;
        let (header, mut steps) = opened.map_err(gone)?;
        while let Some(page) = steps.next(store, tenant).await.map_err(gone)? {
            let page = page.into_iter().map(|step| (header.scenario.clone(), step.decision));
            let page: Vec<_> = page.collect();
            // Of somebody absent nothing was read, so that only the roster knows the source id.
            let known = known(reader, &page).await?;
            for (scenario, Decision { source_id, actor, subject, .. }) in &page {
                let there = known.get(&(scenario.clone(), actor.clone()));
                let source_id = source_id.as_ref().or(there.and_then(|row| row.source_id.as_ref()));
                let is = |id: &&String| source_id == Some(*id) || actor == *id || subject == *id;
                for id in identities.iter().filter(is) {
                    found.insert(id);
                    subjects.insert(subject.clone());
                }
            }
        }
    }
    let strangers = identities.iter().enumerate().filter(|(_, id)| !found.contains(id));
    let problem = strangers.fold(Problem::new(Code::InvalidRequest), |problem, (at, _)| {
        problem.violation(format!("/identities/{at}"), "The plan says nothing of this person.")
    });
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    Ok(subjects.into_iter().collect())
}

/// Somebody in it was erased, or it is no longer kept.
fn gone(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound(_) => Code::Gone.into(),
        StoreError::Unavailable(_)
        | StoreError::LeaseLost
        | StoreError::Exists(_)
        | StoreError::Damaged(_)
        | StoreError::Setup(_) => error.into(),
    }
}

type Known = HashMap<(String, String), Actor>;

pub(crate) async fn known(reader: &Reader, found: &[(String, Decision)]) -> Result<Known, Problem> {
    let mut by_scenario: HashMap<&str, Vec<String>> = HashMap::new();
    for (scenario, decision) in found {
        by_scenario.entry(scenario).or_default().push(decision.actor.clone());
    }
    let mut known = Known::new();
    for (scenario, ids) in by_scenario {
        let rows = actors::by_ids(reader.db(), reader.id(), scenario, &ids).await?;
        known.extend(rows.into_iter().map(|row| ((scenario.to_owned(), row.actor.clone()), row)));
    }
    Ok(known)
}

fn row(scenario: String, decision: Decision, known: &Known) -> Row {
    let there = known.get(&(scenario.clone(), decision.actor.clone()));
    let fields: Vec<Change> = decision.events.iter().flat_map(changes).collect();
    let new = |field: Field| {
        let change = fields.iter().rev().find(|change| change.field == field.as_str())?;
        change.new.as_ref()?.text().map(str::to_owned)
    };
    let told = [new(Field::FirstName), new(Field::LastName)].into_iter().flatten();
    let told = Some(told.collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty());
    let reason = |note: &rollcall_domain::plan::Note| Reason {
        reason: note.reason.as_str(),
        fields: note.fields.iter().map(|field| field.as_str()).collect(),
        with: note.with.clone(),
    };
    Row {
        source_hris_id: decision.source_id.or_else(|| there.and_then(|row| row.source_id.clone())),
        name: there.map(Actor::display_name).or(told),
        email: there.and_then(|row| row.email.clone()).or_else(|| new(Field::Email)),
        action: decision.action.as_str(),
        matched_by: decision.matched_by.map(|by| by.as_str()),
        reasons: decision.notes.iter().map(reason).collect(),
        version: match decision.expected {
            Expected::NoStream => None,
            Expected::Exact(version) => Some(version),
        },
        fields,
        scenario,
        actor: decision.actor,
    }
}

/// What an event changes, personal fields included.
fn changes(event: &Event) -> Vec<Change> {
    let of_fields = |fields: &Fields| {
        let change = |(field, new): (&Field, &Value)| Change {
            field: field.as_str(),
            old: None,
            new: Some(new.clone()),
        };
        fields.iter().map(change).collect::<Vec<_>>()
    };
    match event {
        Event::Created { fields, personal, .. } => match personal {
            Some(Personal::Profile { fields: sealed, .. }) => {
                [of_fields(fields), of_fields(sealed)].into_iter().flatten().collect()
            }
            Some(Personal::Changes(_) | Personal::Identity { .. }) | None => of_fields(fields),
        },
        Event::FieldsChanged { changes, personal, .. } => match personal {
            Some(Personal::Changes(sealed)) => {
                Change::all(changes).chain(Change::all(sealed)).collect()
            }
            Some(Personal::Profile { .. } | Personal::Identity { .. }) | None => {
                Change::all(changes).collect()
            }
        },
        Event::Identified { source, old, personal, .. } => {
            let code = |source: &Source| Value::Text(source.provider.as_str().to_owned());
            let mut all = vec![Change {
                field: "source_hris",
                old: old.as_ref().map(code),
                new: Some(code(source)),
            }];
            if let Some(Personal::Identity { old, new }) = personal {
                let old = old.clone().map(Value::Text);
                let new = Some(Value::Text(new.clone()));
                all.push(Change { field: "source_hris_id", old, new });
            }
            all
        }
        Event::Deactivated { .. }
        | Event::Reactivated { .. }
        | Event::Unsynced { .. }
        | Event::Resynced { .. }
        | Event::PutOnHold { .. }
        | Event::Released { .. }
        | Event::LinkedTo { .. } => vec![],
    }
}
