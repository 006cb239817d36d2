//! `…/progress`: how far a run is, as server-sent events until it ends. Each event is the whole state,
//! so that a connection that broke off misses nothing.

use std::time::Duration;
use utoipa::ToSchema;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use rollcall_commands::progress::{Progress, progress};
use rollcall_domain::run::Status;
use rollcall_domain::vocabulary::Counts;
use rollcall_projections::runs::Run;
use serde::Serialize;

use super::exists;
use crate::answer::caught_up;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Closing, Problem};
use crate::extractors::PathIds;
use crate::live::{self, closes_within};
use crate::params::Params;

const EVERY: Duration = Duration::from_millis(500);
/// The id of the last event: who comes back with it is told that nothing follows.
const ENDED: &str = "ended";

/// How far a run is. A number that is not known yet is `null`.
#[derive(Serialize, PartialEq, Eq, ToSchema)]
#[schema(as = RunProgress)]
pub(crate) struct View {
    /// `queued`, `waiting`, `reading`, `planning`, `applying`, `held`.
    pub(crate) phase: &'static str,
    /// People the provider has shown, and how many there should be.
    pub(crate) read: Option<u64>,
    pub(crate) of: Option<u64>,
    /// People of all targets of whom something is written, and of whom it is already.
    pub(crate) planned: Option<u64>,
    pub(crate) applied: Option<u64>,
}

/// A run that has not ended as far as it is now; `None` of one that has.
pub(crate) async fn of(app: &App, reader: &Reader, run: &Run) -> Result<Option<View>, Problem> {
    let status = Status::parse(&run.status).filter(|status| !status.is_end());
    let Some(status) = status else { return Ok(None) };
    let told = progress(&app.store, reader.id(), &run.run).await?;
    Ok(Some(view(run, status, told)))
}

fn view(run: &Run, status: Status, told: Option<Progress>) -> View {
    let phase = match (status, told) {
        (Status::Running, Some(told)) => told.phase.as_str(),
        (Status::Running, None) if run.batches > 0 => "applying",
        (Status::Running, None) => "reading",
        (other, _) => other.as_str(),
    };
    View {
        phase,
        read: told.map(|told| told.read).or(run.employees),
        of: told.and_then(|told| told.of).or(run.total),
        planned: told.map(|told| told.planned),
        applied: told.map(|told| told.applied),
    }
}

/// What one event says.
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    pub(crate) run: &'a str,
    pub(crate) status: &'a str,
    pub(crate) progress: Option<View>,
    pub(crate) counts: Counts,
    pub(crate) waiting_until: Option<DateTime<Utc>>,
    pub(crate) error_summary: Option<&'a str>,
}

/// Somebody who listens.
struct Follower {
    app: App,
    reader: Reader,
    run: String,
    told: String,
    ended: bool,
    closing: Option<Closing>,
}

/// Ends with the run, with the process, or with whoever listens.
pub(crate) async fn follow(
    State(app): State<App>,
    reader: Reader,
    PathIds(run): PathIds<String>,
    headers: HeaderMap,
    closing: Option<Extension<Closing>>,
    mut params: Params,
) -> Result<Response, Problem> {
    let min = params.min_position();
    params.done()?;
    if headers.get("last-event-id").is_some_and(|id| id == ENDED) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    caught_up(&app, &reader, min, &["runs"]).await?;
    exists(&reader, &run).await?;
    let follower = Follower {
        app: app.clone(),
        reader,
        run,
        told: String::new(),
        ended: false,
        closing: closing.map(|Extension(closing)| closing),
    };
    live::told(&app, follower, "run")
}

impl live::Listener for Follower {
    /// The next state that differs from the one before.
    async fn next(&mut self) -> Option<Event> {
        while !self.ended {
            // Whoever listens comes back, and is told then.
            let (text, ended) = self.state().await.ok()?;
            self.ended = ended;
            if text != self.told {
                let event = Event::default().event("progress").data(&text);
                self.told = text;
                return Some(if ended { event.id(ENDED) } else { event });
            }
            if closes_within(EVERY, &mut self.closing).await {
                return None;
            }
        }
        None
    }
}

impl Follower {
    async fn state(&self) -> Result<(String, bool), Problem> {
        let run = exists(&self.reader, &self.run).await?;
        let progress = of(&self.app, &self.reader, &run).await?;
        let ended = progress.is_none();
        let told = Told {
            run: &run.run,
            status: &run.status,
            progress,
            counts: *run.counts,
            waiting_until: run.waiting_until,
            error_summary: run.error_summary.as_deref(),
        };
        Ok((serde_json::to_string(&told).expect("numbers and texts are JSON"), ended))
    }
}
