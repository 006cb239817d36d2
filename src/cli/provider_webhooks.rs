//! `rollcall connection provider-webhooks`: the webhooks a connection has at its HR system.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::operations::outcome;
use super::output::{instant, text};
use super::{Context, output};
use crate::client::{Client, segment};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List those that the connection's API key registered.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks list")]
    List,
    /// Register one, and keep the key it signs its deliveries with.
    ///
    /// One of the same name and address is not registered twice. Nothing is registered while two
    /// webhook secrets are live: take one away first.
    #[command(after_help = "Examples:\n  rollcall connection provider-webhooks create --url \
                            https://rollcall.example\n  rollcall connection provider-webhooks \
                            create --url https://rollcall.example --name Names --monitor-field \
                            firstName --monitor-field lastName")]
    Create(Wanted),
    /// Show one with all its settings, but never its key.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks show 4")]
    Show {
        /// Its id at the HR system, as `list` shows it.
        webhook: String,
    },
    /// Replace all its settings; what is left out is as usual again. Its key stays.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks update 4 --url \
                            https://rollcall.example")]
    Update {
        /// Its id at the HR system, as `list` shows it.
        webhook: String,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Remove it over there. Its key stays live here until it is taken away.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks delete 4")]
    Delete {
        /// Its id at the HR system, as `list` shows it.
        webhook: String,
    },
    /// Show what it sent lately, and how that was answered: at most 200 deliveries of 14 days.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks log 4")]
    Log {
        /// Its id at the HR system, as `list` shows it.
        webhook: String,
    },
    /// List the fields a webhook may watch; those of a usual one are marked.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks monitor-fields")]
    MonitorFields,
    /// List the fields that deliveries with values may carry.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks post-fields")]
    PostFields,
    /// Look for deliveries that never arrived; a run reads whoever they were about.
    ///
    /// Each reconciliation does the same when it ends.
    #[command(after_help = "Example:\n  rollcall connection provider-webhooks backfill")]
    Backfill,
}

#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// This installation as the HR system reaches it: https, and without a path that of the tenant's
    /// deliveries.
    #[arg(long, value_name = "URL")]
    url: String,
    /// What it is called over there; `Rollcall` unless given.
    #[arg(long)]
    name: Option<String>,
    /// How deliveries are written.
    #[arg(long, value_parser = ["json", "form-encoded"])]
    format: Option<String>,
    /// An event it tells of, such as employee.updated; may be given several times.
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<String>,
    /// A field it watches, by id or alias; may be given several times.
    #[arg(long = "monitor-field", value_name = "FIELD")]
    monitor_fields: Vec<String>,
    /// A field its deliveries carry, and what it is called there; may be given several times.
    #[arg(long = "post-field", value_name = "FIELD=NAME", value_parser = pair)]
    post_fields: Vec<(String, String)>,
    /// Deliveries name the account in a header.
    #[arg(long)]
    include_company_domain: bool,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (field, name) = text.split_once('=').unwrap_or((text, text));
    match field.is_empty() || name.is_empty() {
        true => Err("it must be a field, or FIELD=NAME"),
        false => Ok((field.to_owned(), name.to_owned())),
    }
}

impl Wanted {
    /// Nothing is said of what was not given.
    fn body(&self) -> Value {
        let list = |all: &Vec<String>| (!all.is_empty()).then(|| json!(all));
        let post: Map<String, Value> =
            self.post_fields.iter().map(|(field, name)| (field.clone(), json!(name))).collect();
        let given = [
            ("url", Some(json!(self.url))),
            ("name", self.name.as_ref().map(|name| json!(name))),
            ("format", self.format.as_ref().map(|format| json!(format))),
            ("events", list(&self.events)),
            ("monitor_fields", list(&self.monitor_fields)),
            ("post_fields", (!post.is_empty()).then_some(Value::Object(post))),
            ("include_company_domain", Some(json!(self.include_company_domain))),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(given.collect())
    }
}

/// `path` is the connection's.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    path: &str,
    command: &Command,
) -> Result<(), Failure> {
    let said = ask(client, path, command).await?;
    if context.json {
        return output::json(&said);
    }
    match command {
        Command::List => list(&said),
        Command::Show { .. } | Command::Update { .. } => tell(&said["webhook"]),
        Command::Create(_) => {
            tell(&said["webhook"])?;
            match said["created"] == true {
                true => Ok(()),
                false => output::line("it was there already; nothing is changed"),
            }
        }
        Command::Delete { webhook } => deleted(webhook, &said),
        Command::Log { .. } => log(&said),
        Command::MonitorFields => fields(&said, "usual", "USUAL"),
        Command::PostFields => fields(&said, "type", "TYPE"),
        Command::Backfill => backfilled(&said),
    }
}

async fn ask(client: &Client, path: &str, command: &Command) -> Result<Value, Failure> {
    let all = format!("{path}/provider_webhooks");
    let one = |webhook: &String| format!("{all}/{}", segment(webhook));
    let asked = match command {
        Command::List => client.get(&all).await?,
        Command::Create(wanted) => client.post(&all, Some(&wanted.body())).await?.body,
        Command::Show { webhook } => client.get(&one(webhook)).await?,
        Command::Update { webhook, wanted } => {
            client.put(&one(webhook), &wanted.body()).await?.body
        }
        Command::Delete { webhook } => client.delete(&one(webhook)).await?.body,
        Command::Log { webhook } => client.get(&format!("{}/log", one(webhook))).await?,
        Command::MonitorFields => client.get(&format!("{path}/monitor_fields")).await?,
        Command::PostFields => client.get(&format!("{path}/post_fields")).await?,
        Command::Backfill => client.post(&format!("{all}/backfill"), None).await?.body,
    };
    outcome(client, asked).await
}

fn rows<'a>(said: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    said[name].as_array().into_iter().flatten()
}

/// Everything of a list, in one cell.
fn joined(list: &Value) -> String {
    let all = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    all.collect::<Vec<_>>().join(", ")
}

fn list(said: &Value) -> Result<(), Failure> {
    let row = |one: &Value| {
        let mut cells = ["id", "name", "url"].map(|name| text(one, name)).to_vec();
        cells.extend([instant(&one["created_at"]), instant(&one["last_sent_at"])]);
        cells.push(text(one, "secret"));
        cells
    };
    let rows: Vec<_> = rows(said, "webhooks").map(row).collect();
    output::table(&["ID", "NAME", "URL", "CREATED", "LAST SENT", "SECRET"], &rows)
}

fn tell(webhook: &Value) -> Result<(), Failure> {
    let post = webhook["post_fields"].as_object().into_iter().flatten();
    let post: Vec<String> = post
        .map(|(field, name)| format!("{field}={}", name.as_str().unwrap_or_default()))
        .collect();
    let errors = Some(&webhook["errors"]).filter(|errors| !errors.is_null());
    output::pairs(&[
        ("webhook", text(webhook, "id")),
        ("name", text(webhook, "name")),
        ("url", text(webhook, "url")),
        ("format", text(webhook, "format")),
        ("events", joined(&webhook["events"])),
        ("watches", joined(&webhook["monitor_fields"])),
        ("carries", post.join(", ")),
        ("created", instant(&webhook["created_at"])),
        ("last sent", instant(&webhook["last_sent_at"])),
        ("errors", errors.map(Value::to_string).unwrap_or_default()),
        ("secret", text(webhook, "secret")),
    ])
}

fn deleted(webhook: &str, said: &Value) -> Result<(), Failure> {
    output::line(&match said["was_there"] == true {
        true => format!("webhook {webhook} is deleted"),
        false => format!("webhook {webhook} was gone already"),
    })?;
    match said["secret"].as_str() {
        None => Ok(()),
        Some(secret) => output::line(&format!(
            "its key is still accepted; take it away: rollcall connection webhook-secret remove \
             {secret}"
        )),
    }
}

fn log(said: &Value) -> Result<(), Failure> {
    let row = |one: &Value| {
        let status = one["status"].as_u64().map(|status| status.to_string()).unwrap_or_default();
        let times = [&one["last_attempted_at"], &one["last_succeeded_at"]].map(instant);
        [&times[..], &[status, joined(&one["employees"]), text(one, "url")]].concat()
    };
    let rows: Vec<_> = rows(said, "deliveries").map(row).collect();
    output::table(&["LAST TRIED", "SUCCEEDED", "STATUS", "EMPLOYEES", "URL"], &rows)
}

fn fields(said: &Value, more: &str, head: &str) -> Result<(), Failure> {
    let row = |one: &Value| {
        let mut cells = ["id", "alias", "name"].map(|name| text(one, name)).to_vec();
        cells.push(if one[more] == true { "yes".to_owned() } else { text(one, more) });
        cells
    };
    let rows: Vec<_> = rows(said, "fields").map(row).collect();
    output::table(&["ID", "ALIAS", "NAME", head], &rows)
}

fn backfilled(said: &Value) -> Result<(), Failure> {
    let number = |name: &str| said[name].as_u64().unwrap_or_default();
    let unreadable = joined(&said["unreadable"]);
    if !unreadable.is_empty() {
        output::line(&format!("the log of these webhooks must not be read: {unreadable}"))?;
    }
    let (looked, missed) = (number("deliveries"), number("missed"));
    match said["run"].as_str() {
        Some(run) => {
            output::line(&format!("{missed} of {looked} deliveries are missing; run {run}"))
        }
        None => output::line(&format!("{missed} of {looked} deliveries are missing")),
    }
}
