//! `rollcall push`: sends everybody in a file to the push endpoint of a connection, after the same
//! checks that the server makes.

mod columns;
mod file;
mod report;
mod send;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use rollcall_domain::push::{Refused, validate};
use secrecy::SecretString;
use serde_json::json;

use self::columns::Mapping;
use self::file::{Body, Format};
use self::report::Row;
use super::{Context, output, secret_file, waiting};
use crate::failure::Failure;

const KEY: &str = "ROLLCALL_PUSH_KEY";
const EXAMPLES: &str = "Examples:\n  \
    rollcall push people.csv --map hris_id=EmployeeId --dry-run\n  \
    rollcall push people.json --url https://HOST/hriswebhook/sync/ENDPOINT --key-file key.txt";
/// What a server takes.
const LARGEST: usize = 64 << 20;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Everybody there is: CSV with a head, JSON or NDJSON; `-` for standard input.
    file: PathBuf,
    /// The webhook endpoint, as its page shows it.
    #[arg(long, env = "ROLLCALL_PUSH_URL", required_unless_present = "dry_run")]
    url: Option<String>,
    /// File with the API key; `-` for standard input. [env: ROLLCALL_PUSH_KEY= has the key itself]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// What the file is, where its name does not say it.
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    mapping: Mapping,
    /// Only check the file; nothing is sent.
    #[arg(long)]
    dry_run: bool,
    /// What tells repeats of this request apart from others. A key of its own where it is left out.
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let key = if args.dry_run { None } else { Some(key(&args)?) };
    let bar = waiting::spinner(context.json, "reading");
    let body = file::read(&args.file, args.format, &args.mapping)?;
    bar.set_message("checking");
    let checked = checked(&body);
    if checked.is_err() || args.dry_run {
        bar.finish_and_clear();
    }
    let users = match checked {
        Ok(users) => users,
        Err(Unsendable::TooLarge) => return Err(Failure::usage("the body is larger than 64 MiB")),
        Err(Unsendable::Lines(rows)) => return Err(report::lines(context, &rows)?),
        Err(Unsendable::Content(refused)) => {
            return Err(report::content(context, &body, refused)?);
        }
    };
    let (Some(url), Some(key)) = (&args.url, &key) else { return valid(context, users) };
    bar.set_message(format!("sending {users} users"));
    let order = send::Order { url, key, idempotency_key: args.idempotency_key.as_deref() };
    let answered = send::send(&order, &body, &bar).await;
    bar.finish_and_clear();
    report::answered(context, &body, url, &answered?)
}

/// Why a file is not sent.
enum Unsendable {
    TooLarge,
    /// Lines of a table that say nothing.
    Lines(Vec<Row>),
    Content(Refused),
}

/// How many users a file holds, if a server would take it.
fn checked(body: &Body) -> Result<u64, Unsendable> {
    if !body.wrong.is_empty() {
        return Err(Unsendable::Lines(body.wrong.iter().map(Row::of_line).collect()));
    }
    if body.bytes.len() > LARGEST {
        return Err(Unsendable::TooLarge);
    }
    validate(body.form, &body.bytes).map_err(Unsendable::Content)
}

fn key(args: &Args) -> Result<SecretString, Failure> {
    if let Some(file) = &args.key_file {
        if file.as_os_str() == "-" && args.file.as_os_str() == "-" {
            return Err(Failure::usage("the key and the file can't both be standard input"));
        }
        return secret_file::read(file);
    }
    let set = std::env::var(KEY).ok().map(|key| key.trim().to_owned());
    let missing = || Failure::usage(format!("the API key is missing: set {KEY}, or --key-file"));
    set.filter(|key| !key.is_empty()).map(SecretString::from).ok_or_else(missing)
}

fn valid(context: &Context, users: u64) -> Result<(), Failure> {
    if context.json {
        return output::json(&json!({ "valid": true, "users": users }));
    }
    let users = if users == 1 { "1 user".to_owned() } else { format!("{users} users") };
    output::line(&format!("{users}: all of it can be sent. Nothing was."))
}
