//! `rollcall runs`: what the sync engine did, run by run and person by person.

use clap::Subcommand;
use serde_json::{Value, json};

use super::door::{Needs, text, through};
use super::{Context, Who, output};
use crate::client::{Client, query, segment};
use crate::failure::Failure;

const LOGS: &str = "/api/v1/integration_sync_logs";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    who: Who,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List runs, newest first.
    List(Filter),
    /// Show a run and what became of each person.
    Show { run: String },
}

#[derive(Debug, clap::Args)]
struct Filter {
    /// queued, waiting, running, held, succeeded, partial, failed, skipped, rejected, cancelled.
    #[arg(long)]
    status: Option<String>,
    /// webhook, manual_sync, reconcile, push or undo.
    #[arg(long)]
    kind: Option<String>,
    /// A person: the id of an actor, or of whom it is of.
    #[arg(long)]
    identity: Option<String>,
    /// The idempotency key of a delivery: its receipt's id.
    #[arg(long)]
    idempotency_key: Option<String>,
    /// An instant, such as 2026-01-31T18:42:00Z.
    #[arg(long)]
    since: Option<String>,
    #[arg(long)]
    until: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let answer = through(context, Needs::Reading, async |door| {
        let client = door.tenant(&args.who).await?;
        match &args.command {
            Command::List(filter) => list(&client, filter).await,
            Command::Show { run } => show(&client, run).await,
        }
    });
    let answer = answer.await?;
    match answer.as_array() {
        _ if context.json => output::json(&answer),
        Some(rows) => {
            let rows: Vec<_> = rows.iter().map(row).collect();
            output::table(&["RUN", "KIND", "EVENT", "STATUS", "QUEUED", "TOOK", "COUNTS"], &rows)
        }
        None => tell(&answer),
    }
}

async fn list(client: &Client, filter: &Filter) -> Result<Value, Failure> {
    let query = query(&[
        ("status", filter.status.as_deref()),
        ("kind", filter.kind.as_deref()),
        ("identity", filter.identity.as_deref()),
        ("idempotency_key", filter.idempotency_key.as_deref()),
        ("since", filter.since.as_deref()),
        ("until", filter.until.as_deref()),
    ]);
    Ok(Value::Array(client.list(&format!("{LOGS}{query}"), filter.limit).await?))
}

async fn show(client: &Client, run: &str) -> Result<Value, Failure> {
    let run = segment(run);
    let seen = client.get(&format!("{LOGS}/{run}")).await?;
    let people = client.list(&format!("{LOGS}/{run}/identities"), 100_000).await?;
    Ok(json!({ "run": seen, "identities": people }))
}

fn row(run: &Value) -> Vec<String> {
    vec![
        text(run, "id"),
        text(run, "kind"),
        text(run, "event_type"),
        text(run, "status"),
        output::instant(&run["queued_at"]),
        took(run),
        output::counts(&run["counts"]),
    ]
}

fn took(run: &Value) -> String {
    run["duration_ms"].as_u64().map(|ms| format!("{ms} ms")).unwrap_or_default()
}

fn tell(shown: &Value) -> Result<(), Failure> {
    let run = &shown["run"];
    let receipts = run["receipts"].as_array().map_or(0, Vec::len);
    output::pairs(&[
        ("run", text(run, "id")),
        ("kind", text(run, "kind")),
        ("event", text(run, "event_type")),
        ("trigger", text(run, "trigger")),
        ("status", text(run, "status")),
        ("reason", text(run, "reason")),
        ("error", text(run, "error_summary")),
        ("queued", output::instant(&run["queued_at"])),
        ("started", output::instant(&run["started_at"])),
        ("finished", output::instant(&run["finished_at"])),
        ("took", took(run)),
        ("deliveries", receipts.to_string()),
        ("counts", output::counts(&run["counts"])),
    ])?;
    let people: Vec<_> = shown["identities"].as_array().into_iter().flatten().map(person).collect();
    if people.is_empty() {
        return Ok(());
    }
    output::line("")?;
    output::table(&["SOURCE ID", "E-MAIL", "ACTION", "FIELDS", "REASONS"], &people)
}

fn person(identity: &Value) -> Vec<String> {
    let named = |list: &Value, name: &str| {
        let each = list.as_array().into_iter().flatten().filter_map(|one| one[name].as_str());
        each.collect::<Vec<_>>().join(", ")
    };
    vec![
        text(identity, "source_hris_id"),
        text(identity, "email"),
        text(identity, "action"),
        named(&identity["fields"], "field"),
        named(&identity["reasons"], "reason"),
    ]
}
