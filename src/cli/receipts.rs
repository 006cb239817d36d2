//! `rollcall receipts`: inbound deliveries, their bodies, and what they led to.

use std::io::{self, Write};

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use rollcall_domain::receipt::Verdict;
use serde_json::{Value, json};

use super::instant::instant;
use super::limit::limit;
use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::{Context, output};
use crate::client::{Client, query, segment};
use crate::failure::Failure;

const RECEIPTS: &str = "/api/v1/receipts";
/// So many of what a delivery led to are told one by one.
const TOLD: usize = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List deliveries, newest first; with --refused those that were not let in, and why.
    #[command(after_help = "Examples:\n  rollcall receipts list --verdict malformed\n  \
                            rollcall receipts list --refused")]
    List(Filter),
    /// Show a delivery, the runs it rode on, and what they did to the people it names.
    #[command(after_help = "Example:\n  rollcall receipts show 5f3c…")]
    Show {
        /// Its id, as `list` shows it.
        receipt: String,
    },
    /// Write a delivery's body to standard output, byte for byte as it arrived.
    #[command(after_help = "Example:\n  rollcall receipts raw 5f3c… > body.json")]
    Raw {
        /// Its id, as `list` shows it.
        receipt: String,
    },
}

#[derive(Debug, clap::Args)]
struct Filter {
    /// Those that were turned away, the newest of them.
    #[arg(long, conflicts_with_all = ["verdict", "since", "until"])]
    refused: bool,
    /// Only those that were found to be this.
    #[arg(long, value_parser = PossibleValuesParser::new(Verdict::ALL.map(Verdict::as_str)))]
    verdict: Option<String>,
    /// Received at or after this instant, such as 2026-01-31T18:42:00Z or 2026-01-31.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    since: Option<String>,
    /// Received before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    until: Option<String>,
    /// At most so many, from 1 to 200.
    #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
    limit: u8,
}

/// What was asked for.
enum Answer {
    Received(Vec<Value>),
    Refused(Vec<Value>),
    One(Value),
    Body(Vec<u8>),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let answer = with_installation(context, Needs::ReadModels, async |installation| {
        let client = installation.tenant(context).await?;
        Ok(match &args.command {
            Command::List(filter) if filter.refused => {
                let path = format!("{RECEIPTS}/refused?limit={}", filter.limit);
                Answer::Refused(client.whole(&path).await?)
            }
            Command::List(filter) => Answer::Received(list(&client, filter).await?),
            Command::Show { receipt } => Answer::One(show(&client, receipt).await?),
            Command::Raw { receipt } => {
                let path = format!("{RECEIPTS}/{}/raw", segment(receipt));
                Answer::Body(client.bytes(&path).await?)
            }
        })
    });
    match answer.await? {
        Answer::Body(body) => Ok(io::stdout().lock().write_all(&body)?),
        Answer::Received(rows) | Answer::Refused(rows) if context.json => {
            output::json(&Value::Array(rows))
        }
        Answer::One(shown) if context.json => output::json(&shown),
        Answer::Received(rows) => {
            let rows: Vec<_> = rows.iter().map(received).collect();
            let head = ["RECEIPT", "EVENT", "VERDICT", "RECEIVED", "PROCESSED", "RUNS", "AGAIN"];
            output::table(&head, &rows)
        }
        Answer::Refused(rows) => {
            let rows: Vec<_> = rows.iter().map(refused).collect();
            output::table(&["AT", "PROVIDER", "STATUS", "REASON", "BODY SHA-256"], &rows)
        }
        Answer::One(shown) => tell(&shown),
    }
}

async fn list(client: &Client, filter: &Filter) -> Result<Vec<Value>, Failure> {
    let query = query(&[
        ("verdict", filter.verdict.as_deref()),
        ("since", filter.since.as_deref()),
        ("until", filter.until.as_deref()),
    ]);
    client.list(&format!("{RECEIPTS}{query}"), filter.limit.into()).await
}

async fn show(client: &Client, receipt: &str) -> Result<Value, Failure> {
    let path = format!("{RECEIPTS}/{}", segment(receipt));
    let seen = client.get(&path).await?;
    let consequences = format!("{path}/consequences");
    let runs = client.get(&format!("{consequences}?limit=1")).await?["runs"].take();
    let events = client.list(&consequences, TOLD).await?;
    Ok(json!({ "receipt": seen, "runs": runs, "events": events }))
}

fn received(receipt: &Value) -> Vec<String> {
    vec![
        text(receipt, "id"),
        text(receipt, "event_type"),
        text(receipt, "verdict"),
        output::instant(&receipt["received_at"]),
        output::yes_or_no(&receipt["processed"]),
        receipt["runs"].as_array().map_or(0, Vec::len).to_string(),
        receipt["duplicates"].to_string(),
    ]
}

fn refused(delivery: &Value) -> Vec<String> {
    vec![
        output::instant(&delivery["at"]),
        text(delivery, "provider"),
        delivery["status"].to_string(),
        text(delivery, "reason"),
        text(delivery, "body_sha256"),
    ]
}

fn tell(shown: &Value) -> Result<(), Failure> {
    let receipt = &shown["receipt"];
    output::pairs(&[
        ("receipt", text(receipt, "id")),
        ("event", text(receipt, "event_type")),
        ("verdict", text(receipt, "verdict")),
        ("proof", text(receipt, "authenticated_by")),
        ("received", output::instant(&receipt["received_at"])),
        ("bytes", receipt["body_bytes"].to_string()),
        ("sha-256", text(receipt, "body_sha256")),
        ("came again", receipt["duplicates"].to_string()),
        ("processed", output::yes_or_no(&receipt["processed"])),
    ])?;
    let runs = shown["runs"].as_array().into_iter().flatten();
    let runs: Vec<_> =
        runs.map(|run| vec![text(run, "id"), text(run, "kind"), text(run, "status")]).collect();
    if runs.is_empty() {
        return Ok(());
    }
    output::line("")?;
    output::table(&["RUN", "KIND", "STATUS"], &runs)?;
    let events = shown["events"].as_array().into_iter().flatten();
    let events: Vec<_> = events
        .map(|event| {
            let at = output::instant(&event["recorded_at"]);
            vec![at, text(event, "type"), text(event, "stream"), text(event, "run")]
        })
        .collect();
    if events.is_empty() {
        return Ok(());
    }
    output::line("")?;
    output::table(&["AT", "EVENT", "STREAM", "RUN"], &events)
}
