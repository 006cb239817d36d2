//! `/errors`: the closed catalogue of everything that is answered or noted where something is not as it
//! should be. Everybody may read it; `docs/errors.md` is made of it.

#[cfg(test)]
pub(crate) mod document;
pub(crate) mod symptoms;

use axum::routing::get;
use axum::{Json, Router};
use rollcall_domain::catalogue::{Explained, refusals};
use rollcall_domain::mail::Trouble;
use rollcall_domain::receipt::Verdict;
use rollcall_domain::run::{NoteReason, SkipReason};
use rollcall_domain::vocabulary::FailureCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::List;
use crate::app::App;
use crate::edge::{Code, Problem};
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;
use crate::problems;
use crate::refused_deliveries::Reason;
use crate::wording::capital;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/errors", get(list))
}

pub(super) fn operations() -> Vec<Operation> {
    let kinds = Kind::ALL.map(Kind::as_str);
    let about = "Every code of an error, with its meaning and what to do.";
    let listed = openapi::get(Tag::Service, "/errors", "list_errors", about)
        .query([openapi::word("kind", "Only one kind.", &kinds)])
        .whole::<Row>();
    vec![listed]
}

/// One code of one kind. Kinds have their codes for themselves: `rate_limited` is a problem of whoever
/// asks us, and a failure of a run that asked the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CatalogueEntry)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) code: &'static str,
    /// What it is answered with, of problems and refusals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<&'static str>,
    pub(crate) meaning: String,
    pub(crate) remedy: String,
}

/// Where a code is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CatalogueKind)]
pub(crate) enum Kind {
    /// `code` of a problem that a request is answered with.
    Problem,
    /// `reason` of a problem: which rule said no.
    Refusal,
    /// `error.code` of a run, and why an operation failed.
    Failure,
    /// `reason` of a run that was skipped; one that was cancelled has a sentence.
    Skipped,
    /// `reasons` of a person whom a run did not bring in line, or only in part.
    Person,
    /// `verdict` of a receipt.
    Verdict,
    /// `reason` of a delivery that was not let in.
    Delivery,
    /// What is seen where nothing has a code.
    Symptom,
    /// `trouble` of a mail that was not sent.
    Mail,
}

pub(crate) async fn list(mut params: Params) -> Result<Json<List<Row>>, Problem> {
    let kind = params.word("kind", &Kind::ALL.map(Kind::as_str));
    params.done()?;
    let wanted = |row: &Row| kind.as_ref().is_none_or(|kind| row.kind.as_str() == kind);
    Ok(List::whole(rows().into_iter().filter(wanted).collect()))
}

pub(crate) fn kinds() -> Vec<&'static str> {
    Kind::ALL.map(Kind::as_str).to_vec()
}

impl Kind {
    const ALL: [Kind; 9] = [
        Kind::Problem,
        Kind::Refusal,
        Kind::Failure,
        Kind::Skipped,
        Kind::Person,
        Kind::Verdict,
        Kind::Delivery,
        Kind::Mail,
        Kind::Symptom,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Kind::Problem => "problem",
            Kind::Refusal => "refusal",
            Kind::Failure => "failure",
            Kind::Skipped => "skipped",
            Kind::Person => "person",
            Kind::Verdict => "verdict",
            Kind::Delivery => "delivery",
            Kind::Symptom => "symptom",
            Kind::Mail => "mail",
        }
    }
}

/// All of it, kind by kind.
fn rows() -> Vec<Row> {
    let problems = Code::ALL.into_iter().map(|code| {
        let entry = code.entry();
        Row {
            kind: Kind::Problem,
            code: entry.code,
            status: Some(entry.status),
            title: Some(entry.title),
            meaning: entry.meaning.to_owned(),
            remedy: entry.remedy.to_owned(),
        }
    });
    let refusals = refusals::every().into_iter().map(|refusal| {
        let answered = problems::code(&refusal).entry();
        let sentence = refusals::in_general(&problems::sentence(&refusal));
        // What is the case, and behind it what to do.
        let (meaning, remedy) = match sentence.split_once("; ") {
            Some((meaning, remedy)) => (format!("{meaning}."), capital(remedy)),
            None => (sentence, answered.remedy.to_owned()),
        };
        let (kind, code) = (Kind::Refusal, refusals::code(&refusal));
        Row { kind, code, status: Some(answered.status), title: None, meaning, remedy }
    });
    problems
        .chain(refusals)
        .chain(told(Kind::Failure, &FailureCode::ALL))
        .chain(told(Kind::Skipped, &SkipReason::ALL))
        .chain(told(Kind::Person, &NoteReason::ALL))
        .chain(told(Kind::Verdict, &Verdict::ALL))
        .chain(told(Kind::Delivery, &Reason::ALL))
        .chain(told(Kind::Mail, &Trouble::ALL))
        .chain(symptoms::ALL.iter().map(|symptom| Row {
            kind: Kind::Symptom,
            code: symptom.code,
            status: None,
            title: Some(symptom.seen),
            meaning: symptom.cause.to_owned(),
            remedy: symptom.remedy.to_owned(),
        }))
        .collect()
}

fn told<T: Explained + Copy>(kind: Kind, all: &[T]) -> impl Iterator<Item = Row> {
    all.iter().map(move |one| Row {
        kind,
        code: one.code(),
        status: None,
        title: None,
        meaning: one.meaning().to_owned(),
        remedy: one.remedy().to_owned(),
    })
}
