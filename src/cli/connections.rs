//! `rollcall connection`: a tenant's link to its HR system.

use std::path::PathBuf;

use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::door::{Needs, text, through};
use super::{Context, Who, credentials, output, secrets, waiting};
use crate::client::{Answer, Client, segment};
use crate::failure::Failure;

const INTEGRATIONS: &str = "/api/v1/integrations";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    who: Who,
    /// Its id; may be left out while only one is connected.
    #[arg(long = "connection", global = true, value_name = "ID")]
    id: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Connect to an HR system; the initial sync follows.
    Connect(Connect),
    /// List the tenant's connections.
    List,
    /// Show a connection.
    Show,
    /// Read everybody from the HR system now, and wait for the end.
    Sync {
        /// As a reconciliation, which looks for what was missed.
        #[arg(long)]
        reconcile: bool,
        /// Only ask for it.
        #[arg(long)]
        no_wait: bool,
    },
    /// Keep what is delivered and process it on resume.
    Pause,
    /// Go on; a reconciliation finds what was missed.
    Resume,
    /// Stop for good and destroy the stored credentials; history stays.
    Disconnect,
    /// What webhooks are proven with; two live at a time, so that rotation loses nothing.
    #[command(subcommand)]
    WebhookSecret(secrets::Command),
}

#[derive(Debug, clap::Args)]
struct Connect {
    /// Which HR system.
    #[arg(value_parser = ["bamboohr"])]
    provider: String,
    /// The subdomain: what stands before .bamboohr.com.
    #[arg(long)]
    account: String,
    /// File with the API key; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    api_key_file: PathBuf,
    /// Where the HR system answers instead of its usual address: a simulator, a proxy.
    #[arg(long)]
    base_url: Option<String>,
    /// Do not wait for the initial sync.
    #[arg(long)]
    no_wait: bool,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let needs = match &args.command {
        Command::Connect(_) | Command::Sync { .. } => Needs::Working,
        Command::List
        | Command::Show
        | Command::Pause
        | Command::Resume
        | Command::Disconnect
        | Command::WebhookSecret(_) => Needs::Reading,
    };
    through(context, needs, async |door| {
        let client = door.tenant(&args.who).await?;
        perform(context, &client, &args).await
    })
    .await
}

async fn perform(context: &Context, client: &Client, args: &Args) -> Result<(), Failure> {
    let path = async || one(client, args.id.as_deref()).await;
    match &args.command {
        Command::Connect(new) => connect(context, client, new).await,
        Command::List => list(context, client).await,
        Command::Show => show(context, &client.get(&path().await?).await?),
        Command::Sync { reconcile, no_wait } => {
            let action = if *reconcile { "reconcile" } else { "sync" };
            let queued = client.post(&format!("{}/{action}", path().await?), None).await?;
            match no_wait {
                true => output::json(&queued.body),
                false => follow(context, client, &queued).await,
            }
        }
        Command::Pause => act(context, client, &path().await?, "pause", "paused").await,
        Command::Resume => act(context, client, &path().await?, "resume", "resumed").await,
        Command::Disconnect => {
            act(context, client, &path().await?, "disconnect", "disconnected").await
        }
        Command::WebhookSecret(secret) => {
            secrets::run(context, client, &path().await?, secret).await
        }
    }
}

/// The path of the connection that was named, or of the only one that is not disconnected.
async fn one(client: &Client, named: Option<&str>) -> Result<String, Failure> {
    if let Some(id) = named {
        return Ok(format!("{INTEGRATIONS}/{}", segment(id)));
    }
    let all = client.whole(INTEGRATIONS).await?;
    let open: Vec<_> = all.iter().filter(|one| one["status"] != "disconnected").collect();
    match open.as_slice() {
        [] => {
            Err(Failure::usage("nothing is connected yet; see: rollcall connection connect --help"))
        }
        [only] => Ok(format!("{INTEGRATIONS}/{}", text(only, "id"))),
        [..] => Err(Failure::usage("there are several connections; say which: --connection ID")),
    }
}

async fn connect(context: &Context, client: &Client, new: &Connect) -> Result<(), Failure> {
    let api_key = credentials::read(&new.api_key_file)?;
    let made = post_connection(client, &new.account, new.base_url.as_deref(), &api_key).await?;
    if !new.no_wait {
        let run = first_run(client, &text(&made, "id")).await?;
        return follow(context, client, &Answer { position: None, body: json!({ "run": run }) })
            .await;
    }
    match context.json {
        true => output::json(&made),
        false => output::line(&text(&made, "id")),
    }
}

/// Connects to BambooHR and returns the connection.
pub(crate) async fn post_connection(
    client: &Client,
    account: &str,
    base_url: Option<&str>,
    api_key: &SecretString,
) -> Result<Value, Failure> {
    let body = json!({
        "provider": "bamboohr",
        "account": account,
        "base_url": base_url,
        "api_key": api_key.expose_secret(),
    });
    let made = client.post(INTEGRATIONS, Some(&body)).await?;
    let path = format!("{INTEGRATIONS}/{}", text(&made.body, "id"));
    client.get_after(&path, made.position.as_deref()).await
}

/// The first run of a connection that was made just now: it is queued by what follows from that.
pub(crate) async fn first_run(client: &Client, connection: &str) -> Result<String, Failure> {
    let path = format!("/api/v1/integration_sync_logs?integration={connection}&kind=manual_sync");
    for _ in 0..600 {
        if let Some(run) = client.list(&path, 1).await?.first() {
            return Ok(text(run, "id"));
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Err(Failure::failed(
        "the initial sync was not queued within a minute; is a node with the role worker running?",
    ))
}

/// Waits for the run that was asked for and says how it ended.
async fn follow(context: &Context, client: &Client, asked: &Answer) -> Result<(), Failure> {
    let run = text(&asked.body, "run");
    let ended = waiting::run_to_end(client, &run, asked.position.as_deref(), None).await?;
    let status = text(&ended, "status");
    if context.json {
        output::json(&ended)?;
    } else {
        output::line(&format!("{run} {status}: {}", output::counts(&ended["counts"])))?;
    }
    match status.as_str() {
        "succeeded" | "partial" => Ok(()),
        _ => {
            let why = [text(&ended, "error_summary"), text(&ended, "reason")].concat();
            Err(Failure::Failed(format!(
                "the run is {status}: {why}; see: rollcall runs show {run}"
            )))
        }
    }
}

async fn act(
    context: &Context,
    client: &Client,
    path: &str,
    action: &str,
    done: &str,
) -> Result<(), Failure> {
    client.post(&format!("{path}/{action}"), None).await?;
    say(context, done)
}

pub(super) fn say(context: &Context, done: &str) -> Result<(), Failure> {
    match context.json {
        true => output::json(&json!({ "done": done })),
        false => output::line(done),
    }
}

async fn list(context: &Context, client: &Client) -> Result<(), Failure> {
    let rows = client.whole(INTEGRATIONS).await?;
    if context.json {
        return output::json(&Value::Array(rows));
    }
    let row = |row: &Value| {
        let mut cells = ["id", "provider", "status"].map(|name| text(row, name)).to_vec();
        cells.push(output::instant(&row["last_sync_at"]));
        cells.push(output::instant(&row["last_reconcile_at"]));
        cells
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    output::table(&["ID", "PROVIDER", "STATUS", "LAST SYNC", "LAST RECONCILIATION"], &rows)
}

fn show(context: &Context, connection: &Value) -> Result<(), Failure> {
    if context.json {
        return output::json(connection);
    }
    let secrets = connection["webhook_secrets"].as_array().map_or(0, Vec::len);
    let targets = &connection["targets"];
    output::pairs(&[
        ("connection", text(connection, "id")),
        ("provider", text(connection, "provider")),
        ("status", text(connection, "status")),
        ("account", text(&connection["settings"], "account")),
        ("base URL", text(&connection["settings"], "base_url")),
        ("live baseline", targets["live_baseline"].to_string()),
        ("scenarios", targets["scenarios"].as_array().map_or(0, Vec::len).to_string()),
        ("webhook secrets", secrets.to_string()),
        ("connected", output::instant(&connection["connected_at"])),
        ("last run", text(connection, "last_run")),
        ("last status", text(connection, "last_status")),
        ("last sync", output::instant(&connection["last_sync_at"])),
        ("last reconciliation", output::instant(&connection["last_reconcile_at"])),
    ])
}
