//! Reconciliations with several targets: the provider is read once, so that each target beyond the
//! first costs a compare and a roster in memory, and no more.

use rollcall::Role;
use rollcall_commands::change_targets;
use rollcall_domain::connection::TargetsChange;
use rollcall_projections::scenarios;
use rollcall_store::Cause;
use serde_json::json;

use super::copy::copy;
use super::reconcile::receive;
use crate::child::{self, Reconciled, What};
use crate::database::{Database, Place};
use crate::failure::Failure;
use crate::node::{Customer, customers, open};
use crate::numbers::median;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};
use crate::simulated::Simulated;

/// The live baseline, and copies of it.
const TARGETS: [usize; 3] = [1, 3, 10];
/// One person of so many changes.
const ONE_OF: usize = 100;
/// What each target beyond the first may take of the time of a run that finds nothing in one.
const PART: f64 = 0.6;
const MOST_MIB: f64 = 100.0;
const MORE_MIB: f64 = 12.0;

/// Who is asked for what.
struct Scene {
    everybody: usize,
    simulated: Simulated,
    place: Place,
    customer: Customer,
}

/// What came out with so many targets.
#[derive(Clone)]
struct Measured {
    targets: usize,
    /// Seconds that receiving and parsing the answer alone took.
    alone: Vec<f64>,
    changed: Vec<Reconciled>,
    unchanged: Vec<Reconciled>,
}

/// Medians, in seconds.
#[derive(Clone, Copy)]
struct Medians {
    alone: f64,
    changed: f64,
    unchanged: f64,
}

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let everybody = scale.of(100_000, 2_000);
    let simulated = Simulated::start(everybody).await?;
    let place = database.fresh().await?;
    let node = open(&place, &[]).await?;
    let customer = customers(&node.api.store, 1, Some(&simulated.base_url)).await?.remove(0);
    node.stop().await;
    let scene = Scene { everybody, simulated, place, customer };
    scene.reconcile().await?;
    let mut all = vec![];
    for targets in TARGETS {
        scene.aim_at(targets).await?;
        // New targets set a run off by themselves, which is not measured.
        scene.reconcile().await?;
        all.push(scene.rounds(targets, scale).await?);
    }
    scene.simulated.stop().await;
    scene.place.remove().await?;
    Ok(lines(database.name(), everybody, &all))
}

impl Scene {
    async fn reconcile(&self) -> Result<Reconciled, Failure> {
        self.place.settle().await?;
        let ended: Reconciled =
            child::ask(&self.place, What::Reconcile(self.customer.clone())).await?;
        if ended.status != "succeeded" {
            progress(&format!("a reconciliation ended {}: {}", ended.status, ended.said));
        }
        Ok(ended)
    }

    /// Copies the live baseline until there are so many targets, and chooses them all. Nobody works
    /// here when they are chosen: what follows from it is left to the process that is measured next.
    async fn aim_at(&self, targets: usize) -> Result<(), Failure> {
        let Customer { tenant, connection, .. } = &self.customer;
        self.place.closed().await?;
        let node = open(&self.place, &[Role::Worker, Role::Projector]).await?;
        let mut copies = vec![];
        loop {
            let rows = scenarios::list(node.projections.db(), tenant).await?;
            let active = rows.into_iter().filter(|row| row.kind == "scenario");
            copies.extend(active.map(|row| row.scenario));
            if copies.len() + 1 >= targets {
                break;
            }
            copies.clear();
            copy(&node, &self.customer).await?;
        }
        node.stop().await;
        self.place.closed().await?;
        let node = open(&self.place, &[]).await?;
        let change = TargetsChange { scenarios: Some(copies), ..TargetsChange::default() };
        let cause = Cause::by("bench");
        change_targets(&node.api.store, tenant, connection, &change, &cause).await?;
        node.stop().await;
        Ok(())
    }

    /// In turn: the answer alone, a run after one in a hundred changed, and one after nobody did.
    async fn rounds(&self, targets: usize, scale: Scale) -> Result<Measured, Failure> {
        let Scene { everybody, simulated, .. } = self;
        let mut measured = Measured { targets, alone: vec![], changed: vec![], unchanged: vec![] };
        for round in 0..scale.rounds {
            let phone = format!("+44 20 7946 {targets:02} {round:04}");
            let some = (1..=*everybody).step_by(ONE_OF);
            simulated.change(some, &json!({"workPhone": phone})).await?;
            // The first time the simulator has to write the answer, which is not ours to pay for.
            receive(&simulated.base_url, *everybody).await?;
            measured.alone.push(receive(&simulated.base_url, *everybody).await?);
            measured.changed.push(self.reconcile().await?);
            measured.unchanged.push(self.reconcile().await?);
        }
        Ok(measured)
    }
}

impl Measured {
    fn medians(&self) -> Medians {
        let of = |runs: &[Reconciled]| {
            median(&mut runs.iter().map(|run| run.seconds).collect::<Vec<_>>())
        };
        Medians {
            alone: median(&mut self.alone.clone()),
            changed: of(&self.changed),
            unchanged: of(&self.unchanged),
        }
    }

    fn peak_mib(&self) -> f64 {
        self.changed.iter().chain(&self.unchanged).map(|run| run.peak_mib).fold(0.0, f64::max)
    }

    /// Whether each run that had something to do changed so many people in each target, and the
    /// others nobody.
    fn is_right(&self, people: u64) -> bool {
        let wanted = people * self.targets as u64;
        let all = self.changed.iter().chain(&self.unchanged);
        all.clone().all(|run| run.status == "succeeded")
            && self.changed.iter().all(|run| run.updated == wanted)
            && self.unchanged.iter().all(|run| run.updated == 0)
    }
}

fn lines(name: &'static str, everybody: usize, all: &[Measured]) -> Vec<Line> {
    let Some(first) = all.first() else { return vec![] };
    // With one target, so that all others are held against it.
    let people = first.changed.first().map_or(0, |run| run.updated);
    let one = first.medians();
    let of = |measured| lines_of(name, everybody, measured, (one, people));
    all.iter().flat_map(of).collect()
}

/// `one` is what came out with one target, and how many people it changed.
fn lines_of(
    name: &'static str,
    everybody: usize,
    measured: &Measured,
    (one, people): (Medians, u64),
) -> [Line; 4] {
    let further = (measured.targets - 1) as f64;
    let compares = 1.0 + PART * further;
    let ours = measured.medians();
    let bound = ours.alone + compares * one.unchanged;
    let many = match measured.targets {
        1 => "1 target".to_owned(),
        targets => format!("{targets} targets"),
    };
    let work = format!("reconcile of {everybody} employees, 1 % changed, {many}");
    let still = format!("reconcile of {everybody} employees, no change, {many}");
    let updated = measured.changed.last().map_or(0, |run| run.updated);
    let (seconds, peak) = (Value(ours.changed, "s"), Value(measured.peak_mib(), "MiB"));
    let limit = Value(MOST_MIB + MORE_MIB * further, "MiB");
    let gate = format!("≤ reading + {compares:.1} × no change, 1 target");
    [
        Line::new(&work, name, seconds)
            .against(Value(bound, "s"), format!("{:.2} ×", ours.changed / bound))
            .gated(gate, ours.changed <= bound),
        Line::below(format!("{work}, peak memory"), name, peak, limit),
        Line::new(format!("{work}, written"), name, Value(updated as f64, "people"))
            .remark(format!("reading alone takes {:.2} s", ours.alone))
            .gated("the same in each target", people > 0 && measured.is_right(people)),
        // What the reading takes of a run is left out of what a further target may take.
        match measured.targets {
            1 => Line::new(still, name, Value(ours.unchanged, "s")),
            _ => {
                let strict = one.unchanged + PART * further * (one.unchanged - one.alone);
                Line::new(still, name, Value(ours.unchanged, "s"))
                    .against(Value(strict, "s"), format!("{:.2} ×", ours.unchanged / strict))
            }
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seconds: f64, updated: u64) -> Reconciled {
        Reconciled {
            status: "succeeded".to_owned(),
            said: String::new(),
            seconds,
            peak_mib: 50.0,
            updated,
            created: 0,
            created_seconds: 0.0,
            appended: vec![],
        }
    }

    fn measured(targets: usize, updated: u64, seconds: f64) -> Measured {
        let (changed, unchanged) = (vec![run(seconds, updated)], vec![run(1.0, 0)]);
        Measured { targets, alone: vec![0.5], changed, unchanged }
    }

    /// With three targets 0.5 + (1 + 0.6 × 2) × 1.0.
    #[test]
    fn each_further_target_adds_a_part_of_a_compare() {
        let one = measured(1, 10, 1.5);
        for (seconds, met) in [(2.7, "| met |"), (2.8, "| **not met** |")] {
            let lines = lines("SQLite", 1_000, &[one.clone(), measured(3, 30, seconds)]);
            let line = lines[4].markdown();
            assert!(line.contains("2.70 s") && line.ends_with(met), "{line}");
        }
    }

    #[test]
    fn a_target_that_was_left_out_is_noticed() {
        assert!(measured(3, 30, 1.0).is_right(10));
        assert!(!measured(3, 20, 1.0).is_right(10));
    }
}
