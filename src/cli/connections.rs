//! `rollcall connection`: a tenant's link to its HR system.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::Value;

use super::asked_runs::follow_or_name;
use super::output::text;
use super::run_words::{plan_behind, why};
use super::server_or_directory::{Needs, with_installation};
use super::which_scenario::SCENARIOS;
use super::{
    Context, GLOBAL, connection_connect, connection_credentials, connection_settings,
    connection_test, identities, output, plans, provider_webhooks, targets, webhook_secrets,
};
use crate::client::{Client, INTEGRATIONS, LOGS, segment};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which connection, by its id; may be left out while only one is connected.
    #[arg(long, global = true, display_order = GLOBAL, value_name = "ID")]
    connection: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Connect to an HR system; the initial sync follows.
    ///
    /// Waits for the end of that sync, and fails where it failed; the connection stays.
    #[command(after_help = "Examples:\n  \
        rollcall connection connect bamboohr --account acme --api-key-file key.txt\n  \
        rollcall connection connect dynamics365 --environment-url acme.operations.dynamics.com \
        --tenant-id acme.onmicrosoft.com --client-id CLIENT --client-secret-file secret.txt")]
    Connect(Box<connection_connect::Connect>),
    /// List the tenant's connections.
    #[command(after_help = "Example:\n  rollcall connection list")]
    List,
    /// Show a connection, and why its last run failed or waits.
    #[command(after_help = "Example:\n  rollcall connection show")]
    Show,
    /// Read everybody from the HR system now, and wait for the end.
    #[command(after_help = "Examples:\n  rollcall connection sync\n  \
                            rollcall connection sync --reconcile --no-wait")]
    Sync {
        /// As a reconciliation, which looks for what was missed.
        #[arg(long)]
        reconcile: bool,
        /// Only ask for it.
        #[arg(long)]
        no_wait: bool,
    },
    /// Show what a sync would do, person by person; nobody is changed.
    ///
    /// What it says can be had exactly so with `apply`, as long as nobody whom it touches changes.
    #[command(after_help = "Examples:\n  rollcall connection preview\n  \
                            rollcall connection preview --identity 67")]
    Preview(plans::Preview),
    /// Have exactly that done which `preview` said; refused with the names of whoever changed since.
    #[command(after_help = "Example:\n  rollcall connection apply HASH")]
    Apply(plans::Apply),
    /// Show or change where its changes apply: at least to one of them.
    ///
    /// What is added is brought in step by a reconciliation that follows. Archived scenarios,
    /// snapshots and copies that are not complete can't be added.
    #[command(after_help = "Examples:\n  rollcall connection targets\n  \
                            rollcall connection targets --add 'Merger 2027' --all-future true")]
    Targets(targets::Change),
    /// Show or change when it is reconciled, when its plans wait for a person, how deliveries are judged.
    #[command(after_help = "Examples:\n  rollcall connection settings\n  \
                            rollcall connection settings --hour 3 --zone Europe/Berlin \
                            --brake-deactivated 40")]
    Settings {
        #[command(flatten)]
        settings: Box<connection_settings::Settings>,
        #[command(flatten)]
        address: connection_settings::Address,
    },
    /// Say what its credentials can and cannot read; nobody is changed.
    #[command(after_help = "Example:\n  rollcall connection test")]
    Test,
    /// Replace the API key or client secret, such as one that was revoked over there, or say its last
    /// day; an old one is destroyed.
    #[command(
        after_help = "Examples:\n  rollcall connection credentials --api-key-file key.txt\n  \
                            rollcall connection credentials --client-secret-file secret.txt \
                            --expires-on 2027-06-30\n  \
                            rollcall connection credentials --expires-on ''"
    )]
    Credentials(connection_credentials::Credentials),
    /// Keep what is delivered and process it on resume.
    #[command(after_help = "Example:\n  rollcall connection pause")]
    Pause,
    /// Go on; a reconciliation finds what was missed.
    #[command(after_help = "Example:\n  rollcall connection resume")]
    Resume,
    /// Stop for good and destroy the stored credentials; history stays.
    #[command(after_help = "Example:\n  rollcall connection disconnect")]
    Disconnect,
    /// Say which person a source id is, for people who would not be found by it.
    ///
    /// The file is CSV with a head, or a JSON list: source_id, and one of actor (its id), email and
    /// new (yes: nobody who is there). A line with none of them takes back what was said. Runs use it
    /// from the next one on.
    #[command(after_help = "Examples:\n  rollcall connection import-identities people.csv\n  \
                            printf 'source_id,new\\n303,yes\\n' | rollcall connection \
                            import-identities -")]
    ImportIdentities {
        /// CSV or JSON; `-` for standard input.
        file: PathBuf,
    },
    /// What webhooks are proven with; two live at a time, so that rotation loses nothing.
    #[command(subcommand)]
    WebhookSecret(webhook_secrets::Command),
    /// Its webhooks at the HR system: registered, changed, looked at.
    #[command(subcommand)]
    ProviderWebhooks(provider_webhooks::Command),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let needs = match &args.command {
        Command::Connect(_) | Command::List if args.connection.is_some() => {
            return Err(Failure::usage(
                "--connection names one that is there; `connect` makes a new one, and `list` shows \
                 all: leave it out",
            ));
        }
        Command::Connect(_)
        | Command::Sync { .. }
        | Command::Preview(_)
        | Command::Apply(_)
        | Command::Test
        | Command::ProviderWebhooks(_) => Needs::Workers,
        Command::List
        | Command::Show
        | Command::Targets(_)
        | Command::Settings { .. }
        | Command::Credentials(_)
        | Command::Pause
        | Command::Resume
        | Command::Disconnect
        | Command::ImportIdentities { .. }
        | Command::WebhookSecret(_) => Needs::ReadModels,
    };
    with_installation(context, needs, async |installation| {
        let client = installation.tenant(context).await?;
        perform(context, &client, &args).await
    })
    .await
}

async fn perform(context: &Context, client: &Client, args: &Args) -> Result<(), Failure> {
    let path = async || path_of(client, args.connection.as_deref()).await;
    let act = async |action: &str, done: &str| {
        client.post(&format!("{}/{action}", path().await?), None).await?;
        output::done(context.json, done, &format!("the connection is {done}"))
    };
    match &args.command {
        Command::Connect(new) => connection_connect::run(context, client, new).await,
        Command::List => list(context, client).await,
        Command::Show => show(context, client, &path().await?).await,
        Command::Sync { reconcile, no_wait } => {
            let action = if *reconcile { "reconcile" } else { "sync" };
            let queued = client.post(&format!("{}/{action}", path().await?), None).await?;
            follow_or_name(context, client, &queued, *no_wait).await
        }
        Command::Preview(asked) => plans::preview(context, client, &path().await?, asked).await,
        Command::Apply(asked) => plans::apply(context, client, &path().await?, asked).await,
        Command::Targets(change) => targets::run(context, client, &path().await?, change).await,
        Command::Settings { settings, address } => {
            let (path, wanted) = (path().await?, (&**settings, address));
            connection_settings::run(context, client, &path, wanted).await
        }
        Command::Test => {
            let path = format!("{}/test", path().await?);
            connection_test::run(context, client, &path, None).await
        }
        Command::Credentials(new) => {
            connection_credentials::run(context, client, &path().await?, new).await
        }
        Command::Pause => act("pause", "paused").await,
        Command::Resume => act("resume", "resumed").await,
        Command::Disconnect => act("disconnect", "disconnected").await,
        Command::ImportIdentities { file } => {
            identities::import(context, client, &path().await?, file).await
        }
        Command::WebhookSecret(secret) => {
            webhook_secrets::run(context, client, &path().await?, secret).await
        }
        Command::ProviderWebhooks(webhooks) => {
            provider_webhooks::run(context, client, &path().await?, webhooks).await
        }
    }
}

/// The path of the connection that was named, or of the only one that is not disconnected.
async fn path_of(client: &Client, named: Option<&str>) -> Result<String, Failure> {
    if let Some(id) = named {
        return Ok(format!("{INTEGRATIONS}/{}", segment(id)));
    }
    let all = client.whole(INTEGRATIONS).await?;
    let open: Vec<_> = all.iter().filter(|one| one["status"] != "disconnected").collect();
    match open.as_slice() {
        [] => Err(Failure::usage("nothing is connected; see: rollcall connection connect --help")),
        [only] => Ok(format!("{INTEGRATIONS}/{}", text(only, "id"))),
        [..] => Err(Failure::usage("there are several connections; say which: --connection ID")),
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

async fn show(context: &Context, client: &Client, path: &str) -> Result<(), Failure> {
    let connection = client.get(path).await?;
    if context.json {
        return output::json(&connection);
    }
    let last_run = match connection["last_run"].as_str() {
        Some(run) => client.get(&format!("{LOGS}/{run}")).await?,
        None => Value::Null,
    };
    let plan = plan_behind(client, std::slice::from_ref(&last_run)).await?;
    let why = if last_run.is_null() { String::new() } else { why(&last_run, plan) };
    let scenarios = client.whole_now(SCENARIOS).await?;
    let secrets = connection["webhook_secrets"].as_array().map_or(0, Vec::len);
    let targets = &connection["targets"];
    output::pairs(&[
        ("connection", text(&connection, "id")),
        ("provider", text(&connection, "provider")),
        ("status", text(&connection, "status")),
        ("account", account(&connection["settings"])),
        ("base URL", text(&connection["settings"], "base_url")),
        ("time zone", text(&connection["settings"], "time_zone")),
        ("live baseline", output::yes_or_no(&targets["live_baseline"])),
        ("scenarios", targets::names(&scenarios, targets)),
        ("all future", output::yes_or_no(&targets["all_future"])),
        ("webhook secrets", secrets.to_string()),
        ("connected", output::instant(&connection["connected_at"])),
        ("last run", text(&connection, "last_run")),
        ("last status", text(&connection, "last_status")),
        ("why", why),
        ("last sync", output::instant(&connection["last_sync_at"])),
        ("last reconciliation", output::instant(&connection["last_reconcile_at"])),
        ("next run", output::instant(&connection["next_run"])),
        ("visible", visible(&connection["last_read"])),
    ])
}

/// What tells the HR system's customers apart.
fn account(settings: &Value) -> String {
    match settings["subdomain"].as_str() {
        Some(subdomain) => subdomain.to_owned(),
        None => text(settings, "environment_url"),
    }
}

/// How much of everybody the last read showed: `20 of 200`.
fn visible(read: &Value) -> String {
    let complete = if read["complete"] == false { ", not complete" } else { "" };
    match (read["visible"].as_u64(), read["total"].as_u64()) {
        (None, _) => String::new(),
        (Some(visible), None) => format!("{visible}{complete}"),
        (Some(visible), Some(total)) => format!("{visible} of {total}{complete}"),
    }
}
