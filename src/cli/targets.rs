//! `rollcall connection targets`: where a connection's changes apply.

use serde_json::{Map, Value, json};

use super::output::{text, yes_or_no};
use super::which_scenario::{SCENARIOS, find, find_any};
use super::{Context, output};
use crate::client::Client;
use crate::failure::Failure;

/// What is left out stays as it is; without any of it the targets are only shown.
#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// Whether changes apply to the live baseline.
    #[arg(long, value_name = "true|false")]
    live_baseline: Option<bool>,
    /// Choose this scenario too, by id or name; may be given several times.
    #[arg(long, value_name = "SCENARIO")]
    add: Vec<String>,
    /// Choose this scenario no longer; may be given several times.
    #[arg(long, value_name = "SCENARIO")]
    remove: Vec<String>,
    /// Whether scenarios that are made from now on are chosen, too.
    #[arg(long, value_name = "true|false")]
    all_future: Option<bool>,
}

/// The first targets of a connection; the live baseline alone unless said otherwise.
#[derive(Debug, clap::Args)]
pub(super) struct First {
    /// Whether changes apply to the live baseline; they do unless this says no.
    #[arg(long, value_name = "true|false")]
    live_baseline: Option<bool>,
    /// Apply changes to this scenario, by id or name; may be given several times.
    #[arg(long = "target", value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// Apply changes to all scenarios that are made from now on.
    #[arg(long)]
    all_future: bool,
}

impl First {
    /// As the API takes them.
    pub(super) async fn body(&self, client: &Client) -> Result<Value, Failure> {
        let mut scenarios = Vec::with_capacity(self.scenarios.len());
        if !self.scenarios.is_empty() {
            let all = client.whole_now(SCENARIOS).await?;
            for named in &self.scenarios {
                scenarios.push(find(&all, named)?);
            }
        }
        Ok(json!({
            "live_baseline": self.live_baseline.unwrap_or(true),
            "scenarios": scenarios,
            "all_future": self.all_future,
        }))
    }
}

/// Changes the targets and shows them.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    path: &str,
    change: &Change,
) -> Result<(), Failure> {
    let all = client.whole_now(SCENARIOS).await?;
    let body = changes(&all, change)?;
    let now = match body.is_empty() {
        true => client.get(path).await?["targets"].take(),
        false => {
            let changed = client.patch(path, &json!({ "targets": body })).await?;
            client.get_after(path, changed.position.as_deref()).await?["targets"].take()
        }
    };
    if context.json {
        return output::json(&now);
    }
    output::pairs(&[
        ("live baseline", yes_or_no(&now["live_baseline"])),
        ("scenarios", names(&all, &now)),
        ("all future", yes_or_no(&now["all_future"])),
    ])
}

/// What the API is asked to change; empty for nothing.
fn changes(all: &[Value], change: &Change) -> Result<Map<String, Value>, Failure> {
    let mut body = Map::new();
    let switches = [("live_baseline", change.live_baseline), ("all_future", change.all_future)];
    body.extend(switches.into_iter().filter_map(|(name, on)| Some((name.to_owned(), on?.into()))));
    let found = |named: &[String], archived: bool| -> Result<Vec<String>, Failure> {
        let one = |named: &String| if archived { find_any(all, named) } else { find(all, named) };
        named.iter().map(one).collect()
    };
    let (add, remove) = (found(&change.add, false)?, found(&change.remove, true)?);
    if let Some(both) = add.iter().find(|id| remove.contains(id)) {
        return Err(Failure::usage(format!("{both} is to be added and removed; say which")));
    }
    for (name, scenarios) in [("add", add), ("remove", remove)] {
        if !scenarios.is_empty() {
            body.insert(name.to_owned(), scenarios.into());
        }
    }
    Ok(body)
}

fn ids(targets: &Value) -> Vec<String> {
    let scenarios = targets["scenarios"].as_array().into_iter().flatten();
    scenarios.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The chosen scenarios by name; with their status where they are not written.
pub(super) fn names(all: &[Value], targets: &Value) -> String {
    let name = |id: String| match all.iter().find(|one| one["id"] == id.as_str()) {
        Some(one) if one["status"] == "active" => text(one, "name"),
        Some(one) => format!("{} ({})", text(one, "name"), text(one, "status")),
        None => id,
    };
    let names: Vec<String> = ids(targets).into_iter().map(name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
