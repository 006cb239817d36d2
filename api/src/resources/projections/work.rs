//! What an operator has asked for of each read model, how far it is, and what came of it. A restart
//! forgets it; a build that it interrupts goes on where it was when it is asked for again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use rollcall_projections::{BuildError, Built, Comparison, Progress};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use utoipa::ToSchema;

use crate::app::App;
use crate::edge::{Code, Problem};
use crate::problems::internal;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProjectionTask)]
pub(crate) enum Task {
    Rebuild,
    Compare,
}

/// The last one of a read model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectionWork)]
pub(crate) struct WorkView {
    pub(crate) task: Task,
    /// `running`, `done`, `failed`.
    pub(crate) status: &'static str,
    /// Events folded so far, and how many there are; both 0 while it waits for another.
    pub(crate) done: u64,
    pub(crate) total: u64,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) result: Option<Value>,
    pub(crate) error: Option<String>,
}

/// By read model.
pub(crate) type Views = HashMap<String, WorkView>;

#[derive(Default)]
pub(crate) struct Works(Mutex<HashMap<String, Arc<Work>>>);

struct Work {
    task: Task,
    started_at: DateTime<Utc>,
    done: AtomicU64,
    total: AtomicU64,
    end: OnceLock<End>,
}

struct End {
    at: DateTime<Utc>,
    came: Result<Value, String>,
}

impl Works {
    pub(crate) fn views(&self) -> Views {
        self.lock().iter().map(|(name, work)| (name.clone(), work.view())).collect()
    }

    /// `None` while there is one already.
    fn begin(&self, name: &str, task: Task, at: DateTime<Utc>) -> Option<Arc<Work>> {
        let mut all = self.lock();
        if all.get(name).is_some_and(|work| work.end.get().is_none()) {
            return None;
        }
        let counts = [AtomicU64::new(0), AtomicU64::new(0)];
        let [done, total] = counts;
        let work = Arc::new(Work { task, started_at: at, done, total, end: OnceLock::new() });
        all.insert(name.to_owned(), Arc::clone(&work));
        Some(work)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Work>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    fn view(&self) -> WorkView {
        let end = self.end.get();
        let came = end.map(|end| &end.came);
        WorkView {
            task: self.task,
            status: match came {
                None => "running",
                Some(Ok(_)) => "done",
                Some(Err(_)) => "failed",
            },
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            started_at: self.started_at,
            ended_at: end.map(|end| end.at),
            result: came.and_then(|came| came.as_ref().ok().cloned()),
            error: came.and_then(|came| came.as_ref().err().cloned()),
        }
    }

    fn tell(&self, progress: Progress) {
        self.done.store(progress.done, Ordering::Relaxed);
        self.total.store(progress.total, Ordering::Relaxed);
    }
}

/// Ends the work however its task ends.
struct Ended<'a>(&'a Work, &'a App, Option<Result<Value, String>>);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let broke_off = || Err("It broke off; the server's log says why.".to_owned());
        let came = self.2.take().unwrap_or_else(broke_off);
        // Nobody else ends it.
        let _ = self.0.end.set(End { at: self.1.now(), came });
    }
}

/// Begins; it goes on when whoever asked has left. Refused while one is under way here.
pub(super) fn begin(
    app: &App,
    name: String,
    task: Task,
) -> Result<JoinHandle<Result<Value, Problem>>, Problem> {
    let Some(work) = app.works.begin(&name, task, app.now()) else {
        let busy = "It is being rebuilt or compared already; read it to see how far that is.";
        return Err(Problem::new(Code::Conflict).detail(busy));
    };
    let app = app.clone();
    Ok(tokio::spawn(async move {
        let mut ended = Ended(&work, &app, None);
        let told = |progress| work.tell(progress);
        let came = match task {
            Task::Rebuild => app.projections.rebuild(&name, &told).await.map(rebuilt),
            Task::Compare => app.projections.verify(&name, &told).await.map(compared),
        };
        let came = came.map_err(|error: BuildError| Problem::from(error));
        ended.2 = Some(came.clone().map_err(|problem| problem.detail.into_owned()));
        came
    }))
}

/// Waits for it.
pub(super) async fn ended(work: JoinHandle<Result<Value, Problem>>) -> Result<Value, Problem> {
    work.await.map_err(|error| internal(&error))?
}

fn rebuilt(built: Built) -> Value {
    let milliseconds = u64::try_from(built.elapsed.as_millis()).unwrap_or(u64::MAX);
    json!({ "events": built.events, "rows": built.rows, "elapsed_ms": milliseconds })
}

fn compared(found: Comparison) -> Value {
    json!({
        "equal": found.is_equal(),
        "rows": found.rows,
        "missing": found.missing,
        "extra": found.extra,
        "different": found.different,
        "keys": found.keys,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_waits_until_the_first_has_ended() {
        let (works, now) = (Works::default(), DateTime::UNIX_EPOCH);

        let first = works.begin("runs", Task::Rebuild, now).unwrap();

        assert!(works.begin("runs", Task::Compare, now).is_none());
        assert!(works.begin("units", Task::Compare, now).is_some());
        first.tell(Progress { done: 3, total: 9 });
        let seen = &works.views()["runs"];
        assert_eq!((seen.status, seen.done, seen.total), ("running", 3, 9));
        assert!(first.end.set(End { at: now, came: Err("no".into()) }).is_ok());
        assert_eq!(works.views()["runs"].status, "failed");
        assert!(works.begin("runs", Task::Compare, now).is_some());
    }
}
