//! Plans: what a run would do, person by person. `rollcall connection preview` and `apply`,
//! `rollcall runs plan`, `approve` and `reject`.

use serde_json::{Value, json};

use super::asked_runs::follow_or_name;
use super::output::{text, value};
use super::{Context, operations, output};
use crate::client::{Client, LOGS, segment};
use crate::failure::Failure;

/// More people than any plan has.
const ALL: usize = 1_000_000;

#[derive(Debug, clap::Args)]
pub(super) struct Preview {
    /// Only what reading this person again would do, by source id; may be given several times.
    #[arg(long = "identity", value_name = "SOURCE_ID")]
    identities: Vec<String>,
    /// What running this run again would do.
    #[arg(long, value_name = "RUN", conflicts_with = "identities")]
    rerun_of: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Apply {
    /// The hash that `preview` said.
    hash: String,
    /// Only ask for it.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The run's id, as `list` shows it.
    run: String,
    /// Only those to whom it does this, such as deactivate.
    #[arg(long, value_parser = ["create", "update", "deactivate", "reactivate", "unsync", "skip"])]
    action: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Approve {
    /// The run's id, as `list` shows it.
    run: String,
    /// Only what it does to this person, by source id or actor; may be given several times.
    #[arg(long = "identity", value_name = "ID")]
    identities: Vec<String>,
    /// Only if it is still the plan with this hash, as `plan` shows it.
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
    /// Do not wait for its end.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Reject {
    /// The run's id, as `list` shows it.
    run: String,
    /// Only if it is still the plan with this hash.
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
}

/// Asks what a run would do and shows it. Nobody is changed.
pub(super) async fn preview(
    context: &Context,
    client: &Client,
    connection: &str,
    asked: &Preview,
) -> Result<(), Failure> {
    let body = match &asked.rerun_of {
        Some(run) => json!({ "rerun_of": run }),
        None => json!({ "identities": asked.identities }),
    };
    let operation = client.post(&format!("{connection}/preview"), Some(&body)).await?.body;
    let mut plan = operations::outcome(client, operation).await?;
    let path = format!("{connection}/plans/{}", segment(&text(&plan, "hash")));
    let people = client.list(&path, ALL).await?;
    if context.json {
        plan["people"] = Value::Array(people);
        return output::json(&plan);
    }
    tell(&plan["targets"], &people)?;
    if let Some(summary) = plan["held"]["summary"].as_str() {
        output::line(&format!("\nit would be held: {}", output::plain(summary)))?;
    }
    let (hash, until) = (text(&plan, "hash"), output::instant(&plan["expires_at"]));
    output::line(&format!("\nto apply exactly this, until {until}:"))?;
    output::line(&format!("rollcall connection apply {hash}"))
}

/// Has exactly that done which was previewed.
pub(super) async fn apply(
    context: &Context,
    client: &Client,
    connection: &str,
    asked: &Apply,
) -> Result<(), Failure> {
    let path = format!("{connection}/plans/{}/apply", segment(&asked.hash));
    let mut answer = client.post(&path, None).await?;
    if answer.body["run"].is_null() {
        answer = operations::result(client, answer).await?;
    }
    follow_or_name(context, client, &answer, asked.no_wait).await
}

/// Shows the plan that waits, or waited, for a person.
pub(super) async fn show(context: &Context, client: &Client, asked: &Show) -> Result<(), Failure> {
    let path = format!("{LOGS}/{}", segment(&asked.run));
    let action = asked.action.as_ref().map(|action| format!("?action={action}"));
    let plan = format!("{path}/plan{}", action.unwrap_or_default());
    let (people, head) = client.list_and_head(&plan, ALL).await?;
    let run = client.get_now(&path).await?;
    let (plan, cause) = (&run["plan"], &run["error_summary"]);
    // It was planned anew between the two: what is shown together has to belong together.
    if plan["hash"] != head["hash"] {
        let another = "the plan is another one by now; run the command again to see it";
        return Err(Failure::coded("conflict", another));
    }
    if context.json {
        return output::json(&json!({ "plan": plan, "cause": cause, "people": people }));
    }
    tell(&plan["targets"], &people)?;
    if run["status"] == "held" {
        let cause = cause.as_str().unwrap_or_default();
        output::line(&format!("\nheld: {}", output::plain(cause)))?;
    }
    output::line(&format!("\nhash {}", text(plan, "hash")))
}

pub(super) async fn approve(
    context: &Context,
    client: &Client,
    asked: &Approve,
) -> Result<(), Failure> {
    let mut body = json!({ "hash": asked.hash });
    if !asked.identities.is_empty() {
        body["identities"] = json!(asked.identities);
    }
    let path = format!("{LOGS}/{}/approve", segment(&asked.run));
    let answer = client.post(&path, Some(&body)).await?;
    follow_or_name(context, client, &answer, asked.no_wait).await
}

pub(super) async fn reject(
    context: &Context,
    client: &Client,
    asked: &Reject,
) -> Result<(), Failure> {
    let path = format!("{LOGS}/{}/reject", segment(&asked.run));
    client.post(&path, Some(&json!({ "hash": asked.hash }))).await?;
    output::done(context.json, "rejected", "the plan is rejected; nothing of it is done")
}

/// What it comes to in each scenario, then person by person.
fn tell(targets: &Value, people: &[Value]) -> Result<(), Failure> {
    for target in targets.as_array().into_iter().flatten() {
        let counts = output::counts(&target["counts"]);
        let counts = if counts.is_empty() { "nobody changes" } else { &counts };
        output::line(&format!("scenario {}: {counts}", text(target, "scenario")))?;
    }
    if people.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let head = ["SCENARIO", "SOURCE ID", "NAME", "ACTION", "CHANGES", "REASONS"];
    output::table(&head, &people.iter().map(person).collect::<Vec<_>>())
}

fn person(row: &Value) -> Vec<String> {
    let list = |name: &str, cell: fn(&Value) -> String| {
        let each = row[name].as_array().into_iter().flatten().map(cell);
        each.collect::<Vec<_>>().join(", ")
    };
    vec![
        text(row, "scenario"),
        text(row, "source_hris_id"),
        text(row, "name"),
        text(row, "action"),
        list("fields", change),
        list("reasons", |reason| text(reason, "reason")),
    ]
}

/// `job_title: SRE → Lead`, with what is empty left out.
fn change(field: &Value) -> String {
    let (name, old, new) = (text(field, "field"), value(&field["old"]), value(&field["new"]));
    match old.is_empty() {
        true => format!("{name}: {new}"),
        false => format!("{name}: {old} → {new}"),
    }
}
