//! `rollcall runs`: what the sync engine did, run by run and person by person.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use rollcall_domain::run::Status;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::RunKind;
use serde_json::{Value, json};

use super::instant::instant;
use super::limit::limit;
use super::output::text;
use super::run_words::{plan_behind, why};
use super::server_or_directory::{Needs, with_installation};
use super::{Context, output, plans, undo};
use crate::client::{Client, LOGS, query, segment};
use crate::failure::Failure;

/// How somebody says who a source id is.
const IMPORT: &str = "rollcall connection import-identities";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List runs, newest first, with why those wait or did not do all of their work.
    #[command(after_help = "Examples:\n  rollcall runs list --status failed\n  \
                            rollcall runs list --kind webhook --since 2026-01-31 --limit 200")]
    List(Filter),
    /// Show a run and what became of each person.
    #[command(after_help = "Example:\n  rollcall runs show 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Show {
        /// Its id, as `list` shows it.
        run: String,
    },
    /// Show the plan that waits for a person, and the likely cause.
    #[command(after_help = "Examples:\n  rollcall runs plan 01JABCDEFGHJKMNPQRSTVWXYZ0\n  \
                            rollcall runs plan 01JABCDEFGHJKMNPQRSTVWXYZ0 --action deactivate")]
    Plan(plans::Show),
    /// Have the plan applied, or what it does to some people.
    ///
    /// If anything it touches has changed since, nothing is done, and the plan as it is now waits.
    #[command(after_help = "Examples:\n  rollcall runs approve 01JABCDEFGHJKMNPQRSTVWXYZ0\n  \
                            rollcall runs approve 01JABCDEFGHJKMNPQRSTVWXYZ0 --identity 67")]
    Approve(plans::Approve),
    /// Do nothing of the plan.
    #[command(after_help = "Example:\n  rollcall runs reject 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Reject(plans::Reject),
    /// Take back what a run did, as far as nobody has changed it since; departments stay.
    ///
    /// Whoever it touches is on hold: no run changes them before `rollcall person release`. An undo
    /// can be taken back in turn, which releases them.
    #[command(
        after_help = "Examples:\n  rollcall runs undo 01JABCDEFGHJKMNPQRSTVWXYZ0 --preview\n  \
                            rollcall runs undo 01JABCDEFGHJKMNPQRSTVWXYZ0"
    )]
    Undo(undo::Undo),
    /// Run a run again, in the scenarios that it was about.
    #[command(after_help = "Example:\n  rollcall runs rerun 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Rerun(undo::Rerun),
    /// Take a run out of the queue; what was delivered to it rides on the next one.
    #[command(after_help = "Example:\n  rollcall runs cancel 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Cancel {
        /// Its id, as `list` shows it.
        run: String,
    },
}

#[derive(Debug, clap::Args)]
struct Filter {
    /// Only those that stand there.
    #[arg(long, value_parser = PossibleValuesParser::new(Status::ALL.map(Status::as_str)))]
    status: Option<String>,
    /// Only those of a kind.
    #[arg(long, value_parser = PossibleValuesParser::new(RunKind::ALL.map(RunKind::as_str)))]
    kind: Option<String>,
    /// Only those that touched a person: the id of an actor, or of whom it is of.
    #[arg(long, value_name = "ID")]
    identity: Option<String>,
    /// Only those that answer to a delivery, by its receipt's id.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Queued at or after this instant, such as 2026-01-31T18:42:00Z or 2026-01-31.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    since: Option<String>,
    /// Queued before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    until: Option<String>,
    /// At most so many, from 1 to 200.
    #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
    limit: u8,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let needs = match &args.command {
        Command::List(_)
        | Command::Show { .. }
        | Command::Plan(_)
        | Command::Reject(_)
        | Command::Cancel { .. } => Needs::ReadModels,
        Command::Approve(_) | Command::Undo(_) | Command::Rerun(_) => Needs::Workers,
    };
    with_installation(context, needs, async |installation| {
        let client = installation.tenant(context).await?;
        match &args.command {
            Command::List(filter) => told(context, &client, list(&client, filter).await?).await,
            Command::Show { run } => shown(context, &client, run).await,
            Command::Cancel { run } => cancel(context, &client, run).await,
            Command::Plan(asked) => plans::show(context, &client, asked).await,
            Command::Approve(asked) => plans::approve(context, &client, asked).await,
            Command::Reject(asked) => plans::reject(context, &client, asked).await,
            Command::Undo(args) => undo::undo(context, &client, args).await,
            Command::Rerun(args) => undo::rerun(context, &client, args).await,
        }
    })
    .await
}

async fn told(context: &Context, client: &Client, runs: Vec<Value>) -> Result<(), Failure> {
    if context.json {
        return output::json(&Value::Array(runs));
    }
    let plan = plan_behind(client, &runs).await?;
    let rows: Vec<_> = runs.iter().map(|run| row(run, plan)).collect();
    let head = ["RUN", "KIND", "EVENT", "STATUS", "QUEUED", "TOOK", "COUNTS", "WHY"];
    output::table(&head, &rows)
}

async fn shown(context: &Context, client: &Client, run: &str) -> Result<(), Failure> {
    let shown = show(client, run).await?;
    let plan = plan_behind(client, std::slice::from_ref(&shown["run"])).await?;
    if context.json { output::json(&shown) } else { tell(&shown, plan) }
}

async fn cancel(context: &Context, client: &Client, run: &str) -> Result<(), Failure> {
    let path = format!("{LOGS}/{}", segment(run));
    let cancelled = client.post(&format!("{path}/cancel"), None).await?;
    client.get_after(&path, cancelled.position.as_deref()).await?;
    shown(context, client, run).await
}

async fn list(client: &Client, filter: &Filter) -> Result<Vec<Value>, Failure> {
    let query = query(&[
        ("status", filter.status.as_deref()),
        ("kind", filter.kind.as_deref()),
        ("identity", filter.identity.as_deref()),
        ("idempotency_key", filter.idempotency_key.as_deref()),
        ("since", filter.since.as_deref()),
        ("until", filter.until.as_deref()),
    ]);
    client.list(&format!("{LOGS}{query}"), filter.limit.into()).await
}

async fn show(client: &Client, run: &str) -> Result<Value, Failure> {
    let run = segment(run);
    let seen = client.get(&format!("{LOGS}/{run}")).await?;
    let people = client.list(&format!("{LOGS}/{run}/identities"), 100_000).await?;
    Ok(json!({ "run": seen, "identities": people }))
}

fn row(run: &Value, plan: Option<Plan>) -> Vec<String> {
    vec![
        text(run, "id"),
        text(run, "kind"),
        text(run, "event_type"),
        text(run, "status"),
        output::instant(&run["queued_at"]),
        took(run),
        output::counts(&run["counts"]),
        why(run, plan),
    ]
}

/// How many people the HR system showed, and what it left out.
fn people_read(details: &Value) -> String {
    let Some(people) = details["employees"].as_u64() else { return String::new() };
    let complete = if details["complete"] == false { ", not complete" } else { "" };
    let omitted = details["omitted_fields"].as_array().into_iter().flatten();
    let omitted: Vec<&str> = omitted.filter_map(Value::as_str).collect();
    let without = if omitted.is_empty() { "" } else { "; without " };
    format!("{people} people{complete}{without}{}", omitted.join(", "))
}

fn took(run: &Value) -> String {
    run["duration_ms"].as_u64().map(|ms| format!("{ms} ms")).unwrap_or_default()
}

fn tell(shown: &Value, plan: Option<Plan>) -> Result<(), Failure> {
    let run = &shown["run"];
    let receipts = run["receipts"].as_array().map_or(0, Vec::len);
    output::pairs(&[
        ("run", text(run, "id")),
        ("kind", text(run, "kind")),
        ("event", text(run, "event_type")),
        ("trigger", text(run, "trigger")),
        ("status", text(run, "status")),
        ("why", why(run, plan)),
        ("queued", output::instant(&run["queued_at"])),
        ("started", output::instant(&run["started_at"])),
        ("finished", output::instant(&run["finished_at"])),
        ("took", took(run)),
        ("deliveries", receipts.to_string()),
        ("read", people_read(&run["details"])),
        ("counts", output::counts(&run["counts"])),
    ])?;
    let targets: Vec<_> = run["outcomes"].as_array().into_iter().flatten().map(target).collect();
    if targets.len() > 1 {
        output::line("")?;
        output::table(&["SCENARIO", "COUNTS", "WHY"], &targets)?;
    }
    let people: Vec<_> = shown["identities"].as_array().into_iter().flatten().map(person).collect();
    if people.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let head = ["SCENARIO", "SOURCE ID", "E-MAIL", "ACTION", "MATCHED BY", "FIELDS", "REASONS"];
    output::table(&head, &people)
}

fn target(outcome: &Value) -> Vec<String> {
    let why = text(&outcome["failure"], "summary");
    vec![text(outcome, "scenario"), output::counts(&outcome["counts"]), why]
}

/// A reason with whom it is about, and what to do where somebody has to.
fn reason(reason: &Value) -> String {
    let word = text(reason, "reason");
    let with = reason["with"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let with = with.collect::<Vec<_>>().join(" and ");
    match word.as_str() {
        "conflict" => format!(
            "actor {with} has another source id; if it is the same person, map them (of one account \
             the other record must be gone), if not, say that this one is new: {IMPORT}"
        ),
        "ambiguous" if with.contains(' ') => format!(
            "it could be each of the actors {with}; map the one it is, or say that it is new: {IMPORT}"
        ),
        "ambiguous" => format!(
            "it is not the only source id that could be actor {with}; map the one that is, and say \
             of each other that it is new: {IMPORT}"
        ),
        _ => word,
    }
}

fn person(identity: &Value) -> Vec<String> {
    let named = |list: &Value, name: &str| {
        let each = list.as_array().into_iter().flatten().filter_map(|one| one[name].as_str());
        each.collect::<Vec<_>>().join(", ")
    };
    let reasons = identity["reasons"].as_array().into_iter().flatten().map(reason);
    vec![
        text(identity, "scenario"),
        text(identity, "source_hris_id"),
        text(identity, "email"),
        text(identity, "action"),
        text(identity, "matched_by"),
        named(&identity["fields"], "field"),
        reasons.collect::<Vec<_>>().join(", "),
    ]
}
