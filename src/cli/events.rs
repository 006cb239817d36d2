//! `rollcall events`: the log of everything that happened to a tenant.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::Duration;

use clap::Subcommand;
use serde_json::Value;

use super::instant::instant;
use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::{Context, output};
use crate::client::{Client, query};
use crate::failure::Failure;

const EVENTS: &str = "/api/v1/audit_events";
/// Between two looks for news.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The last events, and with --follow those to come.
    ///
    /// With --json: one array, or with --follow one event per line.
    #[command(after_help = "Examples:\n  rollcall events tail --type run.failed\n  \
                            rollcall events tail --follow")]
    Tail {
        #[command(flatten)]
        filter: Filter,
        /// So many of those that are there.
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: usize,
        /// Go on until interrupted.
        #[arg(short, long)]
        follow: bool,
    },
    /// One event, without its content.
    #[command(after_help = "Example:\n  rollcall events show 0-17")]
    Show {
        /// Its id or its position, as `tail` shows it.
        event: String,
    },
    /// Everything as NDJSON, oldest first.
    #[command(after_help = "Example:\n  rollcall events export --since 2026-01-01 > events.ndjson")]
    Export(Filter),
}

#[derive(Debug, clap::Args)]
struct Filter {
    /// Only of a stream, such as run/01J….
    #[arg(long)]
    stream: Option<String>,
    /// Only of a type, such as actor.created.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only what happened to one actor.
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Only what one run caused.
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// From this instant on, such as 2026-01-31T18:42:00Z or 2026-01-31.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    since: Option<String>,
    /// Before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    until: Option<String>,
}

impl Filter {
    fn path(&self) -> String {
        let query = query(&[
            ("stream", self.stream.as_deref()),
            ("type", self.kind.as_deref()),
            ("actor", self.actor.as_deref()),
            ("run", self.run.as_deref()),
            ("since", self.since.as_deref()),
            ("until", self.until.as_deref()),
        ]);
        format!("{EVENTS}{query}")
    }
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    with_installation(context, Needs::ReadModels, async |installation| {
        let client = installation.tenant(context).await?;
        match &args.command {
            Command::Tail { filter, lines, follow } => {
                tail(&client, &filter.path(), *lines, *follow, context.json).await
            }
            Command::Show { event } => show(&client, event, context.json).await,
            Command::Export(filter) => export(&client, &filter.path()).await,
        }
    })
    .await
}

async fn tail(
    client: &Client,
    path: &str,
    lines: usize,
    follow: bool,
    json: bool,
) -> Result<(), Failure> {
    let events = newest(client, path, lines).await?;
    if json && !follow {
        return output::json(&Value::Array(events));
    }
    let mut seen = events.last().map_or(0, position);
    for event in &events {
        tell(event, json)?;
    }
    if !follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(PAUSE).await;
        for event in since(client, path, seen).await? {
            seen = position(&event);
            tell(&event, json)?;
        }
    }
}

/// So many of the newest, oldest first.
async fn newest(client: &Client, path: &str, lines: usize) -> Result<Vec<Value>, Failure> {
    if lines == 0 {
        return Ok(vec![]);
    }
    let mut events = client.list(path, lines).await?;
    events.reverse();
    Ok(events)
}

/// What came after a position, oldest first: looks back further the more there is.
async fn since(client: &Client, path: &str, seen: u64) -> Result<VecDeque<Value>, Failure> {
    let mut most = 50;
    loop {
        let events = client.list(path, most).await?;
        let all = events.len() < most || events.last().is_some_and(|one| position(one) <= seen);
        if all {
            return Ok(events.into_iter().filter(|one| position(one) > seen).rev().collect());
        }
        most *= 4;
    }
}

/// What stands behind the shard in a position.
fn position(event: &Value) -> u64 {
    let text = event["position"].as_str().unwrap_or_default();
    text.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn tell(event: &Value, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(event);
    }
    let fields = ["position", "type", "stream", "principal"].map(|name| text(event, name));
    let [position, kind, stream, principal] = fields;
    let at = output::instant(&event["recorded_at"]);
    let told = format!("{at}  {position:>8}  {kind:28}  {stream}  {principal}");
    output::line(&output::plain(&told))
}

async fn show(client: &Client, wanted: &str, json: bool) -> Result<(), Failure> {
    let mut found = None;
    let look = |line: &[u8]| {
        let event: Value = serde_json::from_slice(line).unwrap_or_default();
        let fits = ["event_id", "position"].iter().any(|name| event[*name] == *wanted);
        if fits {
            found = Some(event);
        }
        Ok(!fits)
    };
    client.lines(EVENTS, look).await?;
    let Some(event) = found else {
        return Err(Failure::coded(
            "not_found",
            "there is no such event; look at: rollcall events tail",
        ));
    };
    if json {
        return output::json(&event);
    }
    let names = [
        "position",
        "recorded_at",
        "type",
        "stream",
        "event_id",
        "principal",
        "subject",
        "run",
        "causation",
    ];
    output::pairs(&names.map(|name| (name, text(&event, name))))
}

async fn export(client: &Client, path: &str) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    client
        .lines(path, |line| {
            out.write_all(line)?;
            out.write_all(b"\n")?;
            Ok(true)
        })
        .await?;
    Ok(out.flush()?)
}
