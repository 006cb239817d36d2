//! A reconciliation that finds nothing, against receiving and parsing the provider's answer alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rollcall_egress::{Auth, Egress, Policy, Request};
use rollcall_workers::providers;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::child::{self, Reconciled, What};
use crate::database::Database;
use crate::failure::Failure;
use crate::node::{API_KEY, customers, open};
use crate::numbers::median;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};
use crate::simulated::Simulated;

const MOST_MIB: Value = Value(250.0, "MiB");
/// The fields a full read asks for.
const FIELDS: [&str; 17] = [
    "status",
    "employeeNumber",
    "firstName",
    "lastName",
    "preferredName",
    "workEmail",
    "workPhone",
    "mobilePhone",
    "jobTitle",
    "department",
    "division",
    "location",
    "employmentHistoryStatus",
    "hireDate",
    "terminationDate",
    "supervisorEId",
    "photoUrl",
];

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let everybody = scale.of(100_000, 2_000);
    let simulated = Simulated::start(everybody).await?;
    let place = database.fresh().await?;
    let node = open(&place, &[]).await?;
    let customer = customers(&node.api.store, 1, Some(&simulated.base_url)).await?.remove(0);
    node.stop().await;
    let ask = || child::ask::<Reconciled>(&place, What::Reconcile(customer.clone()));
    let first = ask().await?;
    progress(&format!("first sync: {} people in {:.1} s", first.created, first.created_seconds));
    let (mut found, mut alone) = (vec![], vec![]);
    for _ in 0..scale.rounds {
        place.settle().await?;
        found.push(ask().await?);
        alone.push(receive(&simulated.base_url, everybody).await?);
    }
    simulated.stop().await;
    place.remove().await?;
    Ok(lines(database.name(), everybody, &first, &found, &mut alone))
}

#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow)]
    employees: Vec<BTreeMap<&'a str, Json>>,
}

/// Receives the same report and parses it, nothing else; seconds. It asks with the very bytes a full
/// read asks with, for which the simulator has the answer ready from the second time on.
pub(super) async fn receive(base_url: &str, everybody: usize) -> Result<f64, Failure> {
    let nets = ["127.0.0.0/8".parse()?];
    let policy = providers::policy(Policy::permitting(nets));
    let egress = Egress::new(policy)?;
    let began = Instant::now();
    let auth = Auth::Basic { user: SecretString::from(API_KEY), password: SecretString::from("x") };
    let request = Request::post(format!("{base_url}/reports/custom?format=json&onlyCurrent=true"))
        .header("accept", "application/json")
        .auth(auth)
        .total_timeout(Duration::from_secs(300))
        .json(&json!({"title": "Rollcall", "fields": FIELDS}));
    let mut response = egress.send(request).await?;
    let mut body = Vec::new();
    while let Some(piece) = response.next_chunk().await? {
        body.extend_from_slice(&piece);
    }
    let report: Report<'_> = serde_json::from_slice(&body)?;
    let count = report.employees.iter().filter(|row| row.contains_key("id")).count();
    if count < everybody {
        return Err(Failure::new(format!("the simulator told of {count} of {everybody} people")));
    }
    Ok(began.elapsed().as_secs_f64())
}

fn lines(
    name: &'static str,
    everybody: usize,
    first: &Reconciled,
    found: &[Reconciled],
    alone: &mut [f64],
) -> Vec<Line> {
    let mut seconds: Vec<f64> = found.iter().map(|one| one.seconds).collect();
    let peak = found.iter().map(|one| one.peak_mib).fold(0.0, f64::max);
    let of_runs = |kind: &str| kind.starts_with("run.") || kind.starts_with("lane.");
    let appended = found.iter().flat_map(|one| &one.appended);
    let only = appended.clone().all(|(kind, _)| of_runs(kind));
    let most = found.iter().map(|one| one.appended.iter().map(|(_, n)| n).sum::<u64>()).max();
    if let Some(odd) = found.iter().find(|one| one.status != "succeeded") {
        progress(&format!("a reconciliation ended {}: {}", odd.status, odd.said));
    }
    let succeeded = found.iter().all(|one| one.status == "succeeded");
    let kinds: Vec<String> = found
        .last()
        .map_or(vec![], |one| one.appended.iter().map(|(kind, n)| format!("{n} {kind}")).collect());
    let work = format!("reconcile of {everybody} employees, no change");
    let values = (Value(median(&mut seconds), "s"), Value(median(alone), "s"));
    vec![
        Line::at_most(&work, name, values, "receiving and parsing the answer", 3.0),
        Line::below(format!("{work}, peak memory"), name, Value(peak, "MiB"), MOST_MIB),
        Line::new(
            format!("{work}, appended"),
            name,
            Value(most.unwrap_or_default() as f64, "events"),
        )
        .remark(kinds.join(", "))
        .gated("run events only", only && succeeded),
        Line::new(
            format!("first sync of {everybody} employees"),
            name,
            Value(first.created_seconds, "s"),
        )
        .remark(format!("{} created, peak {:.0} MiB", first.created, first.peak_mib)),
    ]
}
