//! Parts of a work in a process of their own, so that its peak memory is theirs alone. The task comes
//! as JSON on standard input (an address of a database may hold a password), the answer goes out on
//! standard output.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rollcall::Role;
use rollcall_projections::runs::{self, Filter};
use rollcall_store::{Location, Position, Shard, Store};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::database::Place;
use crate::failure::Failure;
use crate::machine::peak_mib;
use crate::node::{Customer, open, request};
use crate::phases;
use crate::pushes::{self, Endpoint};

/// How often a run is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(10);
pub(crate) const PATIENCE: Duration = Duration::from_secs(900);

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    url: Option<String>,
    directory: PathBuf,
    what: What,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum What {
    Rebuild,
    Reconcile(Customer),
    /// The first sync of a customer of Dynamics 365 HR, or another one.
    Sync {
        customer: Customer,
        again: bool,
    },
    /// A snapshot of so many people; each turn has an order of its own.
    Push {
        endpoint: Endpoint,
        people: usize,
        turn: usize,
    },
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Rebuilt {
    pub(crate) events: u64,
    pub(crate) rows: u64,
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reconciled {
    pub(crate) status: String,
    pub(crate) said: String,
    /// From its recorded start to its recorded end. A node that has just started may wait for the
    /// leases of the one before it; that is not the run's.
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
    /// People changed, in all targets together.
    pub(crate) updated: u64,
    /// Of the run that created most people (connecting sets a first sync off by itself): how many,
    /// and how long it took.
    pub(crate) created: u64,
    pub(crate) created_seconds: f64,
    /// What was appended meanwhile, by kind.
    pub(crate) appended: Vec<(String, u64)>,
}

/// Gives a task to a new process of this program and waits for its answer.
pub(crate) async fn ask<T: for<'a> Deserialize<'a>>(
    place: &Place,
    what: What,
) -> Result<T, Failure> {
    place.closed().await?;
    let url = match &place.location {
        Location::Sqlite(_) => None,
        Location::Postgres(url) => Some(url.expose_secret().to_owned()),
    };
    let task = Task { url, directory: place.directory.clone(), what };
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--child")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&serde_json::to_vec(&task)?).await?;
    }
    let ended = child.wait_with_output().await?;
    if !ended.status.success() {
        return Err(Failure::new(format!("a child process failed: {}", ended.status)));
    }
    Ok(serde_json::from_slice(&ended.stdout)?)
}

/// Does what standard input asks for.
pub(crate) async fn answer() -> Result<(), Failure> {
    let mut task = String::new();
    std::io::stdin().read_to_string(&mut task)?;
    let task: Task = serde_json::from_str(&task)?;
    let place = Place::existing(task.url.map(SecretString::from), task.directory);
    let answer = match task.what {
        What::Rebuild => serde_json::to_vec(&rebuild(&place).await?),
        What::Sync { customer, again } => {
            serde_json::to_vec(&phases::sync(&place, &customer, again).await?)
        }
        What::Push { endpoint, people, turn } => {
            serde_json::to_vec(&pushes::push(&place, &endpoint, people, turn).await?)
        }
        What::Reconcile(customer) => serde_json::to_vec(&reconcile(&place, &customer).await?),
    };
    std::io::stdout().write_all(&answer?)?;
    Ok(())
}

async fn rebuild(place: &Place) -> Result<Rebuilt, Failure> {
    let node = open(place, &[]).await?;
    let began = Instant::now();
    let built = node.projections.rebuild("actors", &|_| ()).await?;
    let seconds = began.elapsed().as_secs_f64();
    node.stop().await;
    Ok(Rebuilt { events: built.events, rows: built.rows, seconds, peak_mib: peak_mib()? })
}

/// Runs a whole reconciliation, with all roles but `api`.
async fn reconcile(place: &Place, customer: &Customer) -> Result<Reconciled, Failure> {
    let node = open(place, &[Role::Worker, Role::Projector]).await?;
    node.projections.settle(PATIENCE).await?;
    let shard = node.api.store.shard_of(&customer.tenant).await?;
    let before = node.api.store.head(shard).await?;
    let began = Instant::now();
    let run = request(&node.api.store, customer).await?;
    let ended = loop {
        let row = runs::one(node.projections.db(), &customer.tenant, &run).await?;
        match row {
            Some(row) if row.finished_at.is_some() => break row,
            Some(_) | None if began.elapsed() > PATIENCE => {
                return Err(Failure::new("a reconciliation did not end"));
            }
            Some(_) | None => tokio::time::sleep(LOOK).await,
        }
    };
    let seconds = ended.duration().map_or(0.0, |took| took.as_seconds_f64());
    let peak_mib = peak_mib()?;
    let all =
        runs::list(node.projections.db(), &customer.tenant, &Filter::default(), None, 100).await?;
    let first = all.rows.into_iter().max_by_key(|run| run.counts.created);
    let appended = appended(&node.api.store, shard, before).await?;
    node.stop().await;
    Ok(Reconciled {
        said: format!("{:?} {}", *ended.counts, ended.error_summary.unwrap_or_default()),
        status: ended.status,
        seconds,
        peak_mib,
        updated: ended.counts.updated,
        created: first.as_ref().map_or(0, |run| run.counts.created),
        created_seconds: first
            .and_then(|run| run.duration())
            .map_or(0.0, |took| took.as_seconds_f64()),
        appended,
    })
}

/// What was appended after a position, by kind.
async fn appended(
    store: &Store,
    shard: Shard,
    mut after: Position,
) -> Result<Vec<(String, u64)>, Failure> {
    let mut kinds = BTreeMap::<String, u64>::new();
    loop {
        let page = store.read_shard(shard, after, 1_000).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for event in &page {
            *kinds.entry(event.kind.to_string()).or_default() += 1;
        }
    }
    Ok(kinds.into_iter().collect())
}
