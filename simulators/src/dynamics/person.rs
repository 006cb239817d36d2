//! Somebody as a client should end up with them, whichever surface it read.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::books::{Assignment, EmploymentKind, Position, Status, Worker};
use super::company::{Company, LINE};
use super::lists::ListKind;

/// What the books make of one worker as of now.
///
/// `department` and `location` are option ids of the lists, not names. Dataverse tells neither
/// `preferred_name` nor `location`, and has no mark of the primary position: there the oldest
/// assignment is it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub id: u64,
    /// The id with leading zeros, as both surfaces have it.
    pub personnel_number: String,
    pub first_name: String,
    /// With its prefix.
    pub last_name: String,
    pub preferred_name: Option<String>,
    /// The primary e-mail unless it is private, else that of the linked user.
    pub work_email: Option<String>,
    pub work_phone: Option<String>,
    /// Of the position, else its description, its job's description, the worker's own.
    pub job_title: Option<String>,
    pub department: Option<u64>,
    pub location: Option<u64>,
    /// Of the employment that began first among those that are active.
    pub employment_type: Option<EmploymentKind>,
    /// Where they are employed now.
    pub legal_entities: BTreeSet<String>,
    pub position: Option<String>,
    pub full_time_equivalent: Option<f64>,
    /// Who holds the next position above that somebody else holds.
    pub supervisor: Option<u64>,
    /// The position right above is vacant, and the supervisor was found further up.
    pub climbed: bool,
    pub status: Status,
    /// The first day of the earliest active employment; of the next or the last one without.
    pub hire_date: Option<NaiveDate>,
    /// Of the latest active employment, unless it is open; of the last one without.
    pub termination_date: Option<NaiveDate>,
}

/// `000041`.
pub fn personnel_number(id: u64) -> String {
    format!("{id:06}")
}

impl Person {
    /// `First Last`.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// The option chosen from a list.
    pub fn option(&self, list: ListKind) -> Option<u64> {
        match list {
            ListKind::Department => self.department,
            ListKind::Location => self.location,
        }
    }
}

impl Company {
    pub(super) fn person(&self, worker: &Worker) -> Person {
        let now = self.clock.now();
        let primary = self.primary_position(worker, now);
        let (supervisor, climbed) = self.supervisor(worker.id, primary, now);
        let active = worker.active(now);
        let (hire_date, termination_date) = days(worker, now);
        let department = primary.and_then(|position| position.department);
        Person {
            id: worker.id,
            personnel_number: personnel_number(worker.id),
            first_name: worker.first_name.clone(),
            last_name: worker.full_last_name(),
            preferred_name: filled(&worker.known_as),
            work_email: work_email(worker),
            work_phone: filled(&worker.phone),
            job_title: self.job_title(worker, primary),
            department: department.filter(|id| self.departments.contains_key(id)),
            location: worker.location,
            employment_type: active.first().map(|one| one.kind),
            legal_entities: active.iter().map(|one| one.legal_entity.clone()).collect(),
            position: primary.map(|position| personnel_number(position.id)),
            full_time_equivalent: primary.map(|position| position.full_time_equivalent),
            supervisor,
            climbed,
            status: worker.status(now),
            hire_date,
            termination_date,
        }
    }

    /// The one that is marked, else the oldest, else the lowest.
    pub(super) fn primary_position(
        &self,
        worker: &Worker,
        now: DateTime<Utc>,
    ) -> Option<&Position> {
        let positions = worker.positions.iter().filter_map(|id| self.positions.get(id));
        let held = positions.flat_map(|position| {
            let mine = |one: &&Assignment| one.worker == worker.id && one.span.holds(now);
            position.held.iter().filter(mine).map(move |one| (position, one))
        });
        let rank =
            |(position, one): &(&Position, &Assignment)| (!one.primary, one.span.from, position.id);
        held.min_by_key(rank).map(|(position, _)| position)
    }

    /// Climbs the line past vacant positions and those of the worker; never round in a circle.
    fn supervisor(
        &self,
        worker: u64,
        from: Option<&Position>,
        now: DateTime<Utc>,
    ) -> (Option<u64>, bool) {
        let mut seen = BTreeSet::new();
        let mut climbed = false;
        let mut below = from;
        while let Some(position) = below.filter(|position| seen.insert(position.id)) {
            let parent = position.parent(LINE, now);
            let parent = parent.and_then(|id| self.positions.get(&id));
            let holders = parent.map(|parent| parent.holders(now)).unwrap_or_default();
            if let Some(other) = holders.iter().find(|one| one.worker != worker) {
                return (Some(other.worker), climbed);
            }
            climbed = climbed || parent.is_some();
            below = parent;
        }
        (None, false)
    }

    fn job_title(&self, worker: &Worker, position: Option<&Position>) -> Option<String> {
        let job = position.and_then(|position| self.jobs.get(&position.job));
        position
            .and_then(|position| filled(&position.title).or_else(|| filled(&position.description)))
            .or_else(|| job.and_then(|job| filled(&job.description)))
            .or_else(|| filled(&worker.title))
    }
}

fn work_email(worker: &Worker) -> Option<String> {
    let shown = filled(&worker.email).filter(|_| !worker.email_is_private);
    shown.or_else(|| filled(&worker.identity_email))
}

/// First and last day.
fn days(worker: &Worker, now: DateTime<Utc>) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let day = |at: DateTime<Utc>| at.date_naive();
    let active = worker.active(now);
    let Some(first) = active.first() else {
        let future = worker.employments.iter().filter(|one| one.start > now);
        let last = worker.employments.iter().max_by_key(|one| one.start);
        let one = future.min_by_key(|one| one.start).or(last);
        return (one.map(|one| day(one.start)), one.and_then(|one| one.end).map(day));
    };
    let open = active.iter().any(|one| one.end.is_none());
    let end = active.iter().filter_map(|one| one.end).max().filter(|_| !open);
    (Some(day(first.start)), end.map(day))
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
