//! The people of a run or of a plan, as rows with names, old and new values, and reasons.

use axum::extract::State;

use super::labels::{Diff, Labels, Wanted, Who};
use super::query::Query;
use super::words;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::resources::plans;
use crate::resources::sync_logs::{self, IdentityView};

/// Of the page's query, what is the list's; the scenario is the shell's on other pages.
pub(super) const NAMES: &[(&str, &str)] = &[("target", "scenario"), ("plan", ""), ("view", "")];

pub(super) struct Row {
    pub(super) who: Who,
    pub(super) actor: String,
    pub(super) source_id: Option<String>,
    pub(super) scenario: String,
    /// What was done, or would be, as a code; and the code that picks hue and icon.
    pub(super) action: String,
    pub(super) hue: String,
    pub(super) matched_by: String,
    pub(super) diffs: Vec<Diff>,
    pub(super) reasons: Vec<String>,
}

impl Row {
    /// Whether an existing person was found by something else than the id.
    pub(super) fn is_adopted(&self) -> bool {
        !self.matched_by.is_empty() && self.matched_by != "Source id"
    }
}

pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// Whom a run touched, or looked at in vain.
pub(super) async fn of_run(
    app: &App,
    reader: &Reader,
    run: &str,
    query: &Query,
) -> Result<Rows, Problem> {
    let (run, params) = (PathIds(run.to_owned()), query.params(NAMES));
    let found = sync_logs::identities(State(app.clone()), reader.clone(), run, params).await?.0;
    let mut wanted = Wanted::default();
    for one in &found.data {
        wanted.person(&one.scenario, one.actor.as_deref());
        for other in others(one) {
            wanted.person(&one.scenario, Some(other));
        }
        for change in &one.fields {
            wanted.value(&one.scenario, change.field, change.old.as_ref());
            wanted.value(&one.scenario, change.field, change.new.as_ref());
        }
    }
    let labels = Labels::of(reader, wanted).await?;
    let rows = found.data.iter().map(|one| touched(one, &labels)).collect();
    Ok(Rows { rows, next: found.next_cursor })
}

fn touched(one: &IdentityView, labels: &Labels) -> Row {
    let (scenario, source_id) = (&*one.scenario, one.source_hris_id.as_deref());
    let told = [None, one.email.as_deref(), source_id];
    let diff = |change: &plans::Change| {
        labels.diff(scenario, change.field, change.old.as_ref(), change.new.as_ref())
    };
    let reasons = one.reasons.as_array().into_iter().flatten().map(|reason| {
        let meaning = words::noted(reason["reason"].as_str().unwrap_or_default());
        let fields = reason["fields"].as_array().into_iter().flatten();
        let with = reason["with"].as_array().into_iter().flatten().filter_map(|id| id.as_str());
        let with = with.map(|id| labels.who(scenario, Some(id), [None; 3]).name);
        let about: Vec<String> =
            fields.filter_map(|field| field.as_str().map(str::to_owned)).chain(with).collect();
        with_more(meaning, &about)
    });
    Row {
        who: labels.who(scenario, one.actor.as_deref(), told),
        actor: one.actor.clone().unwrap_or_default(),
        source_id: one.source_hris_id.clone(),
        scenario: labels.scenario(scenario).to_owned(),
        action: one.action.clone(),
        hue: one.action.clone(),
        matched_by: words::matched_by(one.matched_by.as_deref()),
        diffs: one.fields.iter().map(diff).collect(),
        reasons: reasons.collect(),
    }
}

fn with_more(meaning: String, about: &[String]) -> String {
    if about.is_empty() { meaning } else { format!("{meaning} ({})", about.join(", ")) }
}

/// Other people whom a row's reasons name.
fn others(one: &IdentityView) -> impl Iterator<Item = &str> {
    let reasons = one.reasons.as_array().into_iter().flatten();
    let with = reasons.filter_map(|reason| reason["with"].as_array()).flatten();
    with.filter_map(|id| id.as_str())
}

/// The people of a plan.
pub(super) async fn of_plan(reader: &Reader, found: plans::Rows) -> Result<Rows, Problem> {
    let mut wanted = Wanted::default();
    for one in &found.data {
        wanted.person(&one.scenario, Some(&one.actor));
        for other in one.reasons.iter().flat_map(|reason| &reason.with) {
            wanted.person(&one.scenario, Some(other));
        }
        for change in &one.fields {
            wanted.value(&one.scenario, change.field, change.old.as_ref());
            wanted.value(&one.scenario, change.field, change.new.as_ref());
        }
    }
    let labels = Labels::of(reader, wanted).await?.with_made(&found.units);
    let rows = found.data.iter().map(|one| planned(one, &labels)).collect();
    Ok(Rows { rows, next: found.next_cursor })
}

fn planned(one: &plans::Row, labels: &Labels) -> Row {
    let scenario = &*one.scenario;
    let told = [one.name.as_deref(), one.email.as_deref(), one.source_hris_id.as_deref()];
    let diff = |change: &plans::Change| {
        labels.diff(scenario, change.field, change.old.as_ref(), change.new.as_ref())
    };
    let reasons = one.reasons.iter().map(|reason| {
        let with = reason.with.iter().map(|id| labels.who(scenario, Some(id), [None; 3]).name);
        let fields = reason.fields.iter().map(|field| (*field).to_owned());
        with_more(words::noted(reason.reason), &fields.chain(with).collect::<Vec<_>>())
    });
    Row {
        who: labels.who(scenario, Some(&one.actor), told),
        actor: one.actor.clone(),
        source_id: one.source_hris_id.clone(),
        scenario: labels.scenario(scenario).to_owned(),
        action: one.action.to_owned(),
        hue: words::done(one.action).to_owned(),
        matched_by: words::matched_by(one.matched_by),
        diffs: one.fields.iter().map(diff).collect(),
        reasons: reasons.collect(),
    }
}
