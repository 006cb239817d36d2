//! A sync of everybody from Dynamics 365 HR, phase by phase: in a process of its own, so that its
//! peak memory is its alone.

use std::time::Instant;

use chrono::{DateTime, Utc};
use rollcall::{Node, Role};
use rollcall_domain::Decider;
use rollcall_domain::run::Run;
use rollcall_projections::audit_events;
use rollcall_projections::runs::{self, Filter};
use serde::{Deserialize, Serialize};

use crate::child::{LOOK, PATIENCE};
use crate::database::Place;
use crate::failure::Failure;
use crate::machine::peak_mib;
use crate::node::{Customer, open_with, request};
use crate::timed::Reads;

const ROLES: [Role; 2] = [Role::Worker, Role::Projector];

/// How long each phase took, in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Synced {
    pub(crate) status: String,
    pub(crate) said: String,
    /// Asking for pages, recording them, and comparing beside it.
    pub(crate) reading: f64,
    /// From the last page to the first thing that is written; to the end where nothing is.
    pub(crate) planning: f64,
    pub(crate) applying: f64,
    pub(crate) created: u64,
    /// Of whom anything was written, the created included.
    pub(crate) changed: u64,
    pub(crate) peak_mib: f64,
}

/// Waits for the first sync, which follows from connecting; `again` asks for another one.
pub(crate) async fn sync(
    place: &Place,
    customer: &Customer,
    again: bool,
) -> Result<Synced, Failure> {
    let reads = Reads::default();
    let node = open_with(place, &ROLES, vec![reads.of_dynamics()?]).await?;
    let synced = on(&node, &reads, customer, again).await;
    node.stop().await;
    synced
}

async fn on(
    node: &Node,
    reads: &Reads,
    customer: &Customer,
    again: bool,
) -> Result<Synced, Failure> {
    let wanted = match again {
        true => Some(request(&node.api.store, customer).await?),
        false => None,
    };
    let run = ended(node, customer, wanted.as_deref()).await?;
    let (peak_mib, read) = (peak_mib()?, reads.last());
    node.projections.settle(PATIENCE).await?;
    let stream = Run::stream(&run.run);
    let times = audit_events::times(node.projections.db(), &customer.tenant, &stream).await?;
    let fetched = times.iter().find(|time| time.kind == "run.fetched").map(|time| time.first);
    let (Some(began), Some(ended), Some(read)) = (run.started_at, run.finished_at, read) else {
        return Err(Failure::new("a sync ended without having read anybody"));
    };
    let planned = fetched.unwrap_or(ended);
    let counts = &run.counts;
    Ok(Synced {
        said: format!("{:?} {}", **counts, run.error_summary.unwrap_or_default()),
        status: run.status,
        reading: seconds(began, read),
        planning: seconds(read, planned),
        applying: seconds(planned, ended),
        created: counts.created,
        changed: counts.created + counts.updated + counts.deactivated + counts.reactivated,
        peak_mib,
    })
}

/// The run of that id once it has ended, or the only one there is.
async fn ended(node: &Node, customer: &Customer, run: Option<&str>) -> Result<runs::Run, Failure> {
    let (db, began) = (node.projections.db(), Instant::now());
    loop {
        let all = runs::list(db, &customer.tenant, &Filter::default(), None, 100).await?.rows;
        let mut wanted = all.into_iter().filter(|one| run.is_none_or(|run| one.run == run));
        match wanted.next() {
            Some(one) if one.finished_at.is_some() => return Ok(one),
            Some(_) | None if began.elapsed() > PATIENCE => {
                return Err(Failure::new("a sync did not end"));
            }
            Some(_) | None => tokio::time::sleep(LOOK).await,
        }
    }
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64()
}

#[cfg(test)]
mod tests {
    use rollcall_simulators::dynamics::{Config, Simulator};

    use super::{ROLES, on};
    use crate::database::Database;
    use crate::environment::connected;
    use crate::node::open_with;
    use crate::timed::Reads;

    #[tokio::test]
    async fn a_first_sync_and_one_that_changes_nothing_are_told_phase_by_phase() {
        let simulator = Simulator::start(Config { people: 60, ..Config::default() }).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let place = Database::Sqlite(directory.path().to_owned()).fresh().await.unwrap();
        let reads = Reads::default();
        let provider = vec![reads.of_dynamics().unwrap()];
        let node = open_with(&place, &ROLES, provider).await.unwrap();
        let (environment, authority) = (simulator.environment_url(), simulator.authority_url());
        let customer = connected(&node.api.store, &environment, &authority).await.unwrap();

        let first = on(&node, &reads, &customer, false).await.unwrap();
        let night = on(&node, &reads, &customer, true).await.unwrap();

        assert_eq!((&*first.status, &*night.status), ("succeeded", "succeeded"), "{}", first.said);
        assert!(first.created > 40 && first.changed == first.created, "{}", first.said);
        assert_eq!((night.created, night.changed, night.applying), (0, 0, 0.0), "{}", night.said);
        assert!(first.reading > 0.0 && first.applying > 0.0 && night.planning > 0.0);
        node.stop().await;
        place.remove().await.unwrap();
    }
}
