//! `rollcall user`: who may sign in.

use std::path::PathBuf;

use clap::Subcommand;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::{Context, output, secret_file};
use crate::client::{Client, segment};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Register somebody with their password; `member add` lets them into a tenant.
    #[command(
        after_help = "Examples:\n  rollcall user create grace@example.com --name 'Grace Hopper' --password-file secret\n  \
                      pass show rollcall | rollcall user create grace@example.com --name Grace --password-file -"
    )]
    Create {
        /// Their e-mail address, with which they sign in.
        email: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// The file whose first line is the password, of 12 characters at least; - is standard input.
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// List everybody who may sign in, in whatever tenant.
    #[command(after_help = "Example:\n  rollcall user list")]
    List,
    /// Give somebody another password; they are signed out everywhere.
    #[command(
        after_help = "Example:\n  rollcall user password grace@example.com --password-file secret"
    )]
    Password {
        /// Their e-mail address.
        email: String,
        /// The file whose first line is the password, of 12 characters at least; - is standard input.
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// Sign somebody out everywhere, and let them in no more.
    #[command(after_help = "Example:\n  rollcall user disable grace@example.com")]
    Disable {
        /// Their e-mail address.
        email: String,
    },
    /// Let somebody in again who was disabled.
    #[command(after_help = "Example:\n  rollcall user enable grace@example.com")]
    Enable {
        /// Their e-mail address.
        email: String,
    },
    /// Let somebody run the installation from its pages: read models, tenants, users.
    #[command(after_help = "Examples:\n  rollcall user operator grace@example.com\n  \
                      rollcall user operator grace@example.com --revoke")]
    Operator {
        /// Their e-mail address.
        email: String,
        /// Let them do it no more.
        #[arg(long)]
        revoke: bool,
    },
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let needs = match &args.command {
        Command::Create { .. } => Needs::NewOrExisting,
        Command::List
        | Command::Password { .. }
        | Command::Disable { .. }
        | Command::Enable { .. }
        | Command::Operator { .. } => Needs::ReadModels,
    };
    let answer = with_installation(context, needs, async |installation| {
        perform(installation.operator(), &args.command).await
    });
    let answer = answer.await?;
    if context.json {
        return output::json(&answer);
    }
    let Some(rows) = answer.as_array() else {
        let (email, done) = (text(&answer, "email"), text(&answer, "done"));
        return output::line(&format!("{email} {done}"));
    };
    let row = |row: &Value| {
        let disabled = if row["disabled"] == true { "disabled" } else { "" };
        let at = output::instant(&row["created_at"]);
        vec![text(row, "email"), text(row, "name"), at, disabled.to_owned(), text(row, "id")]
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    output::table(&["E-MAIL", "NAME", "CREATED", "", "ID"], &rows)
}

async fn perform(client: &Client, command: &Command) -> Result<Value, Failure> {
    match command {
        Command::Create { email, name, password_file } => {
            let password = secret_file::read(password_file)?;
            let new = json!({ "email": email, "name": name, "password": password.expose_secret() });
            let made = client.post("/api/v1/users", Some(&new)).await?.body;
            Ok(json!({ "id": made["id"], "email": email, "done": "may sign in" }))
        }
        Command::List => Ok(Value::Array(client.list("/api/v1/users", 100_000).await?)),
        Command::Password { email, password_file } => {
            let password = secret_file::read(password_file)?;
            let new = json!({ "password": password.expose_secret() });
            let id = found(client, email).await?;
            client.post(&format!("/api/v1/users/{}/password", segment(&id)), Some(&new)).await?;
            Ok(json!({ "id": id, "email": email, "done": "has another password" }))
        }
        Command::Disable { email } => {
            let change = ("disabled", true, "may not sign in any more");
            switch(client, email, change).await
        }
        Command::Enable { email } => {
            switch(client, email, ("disabled", false, "may sign in again")).await
        }
        Command::Operator { email, revoke: false } => {
            switch(client, email, ("operates", true, "runs the installation")).await
        }
        Command::Operator { email, revoke: true } => {
            let change = ("operates", false, "no longer runs the installation");
            switch(client, email, change).await
        }
    }
}

async fn switch(
    client: &Client,
    email: &str,
    (member, value, done): (&str, bool, &str),
) -> Result<Value, Failure> {
    let id = found(client, email).await?;
    client.patch(&format!("/api/v1/users/{}", segment(&id)), &json!({ member: value })).await?;
    Ok(json!({ "id": id, "email": email, member: value, "done": done }))
}

/// The id of whoever has this address.
async fn found(client: &Client, email: &str) -> Result<String, Failure> {
    let all = client.list("/api/v1/users", 100_000).await?;
    with_address(&all, email).map(|row| text(row, "id")).ok_or_else(|| {
        Failure::coded("not_found", "nobody has this address; see: rollcall user list")
    })
}

/// The row with this address, however it is typed.
pub(super) fn with_address<'a>(rows: &'a [Value], email: &str) -> Option<&'a Value> {
    let email = email.trim().to_lowercase();
    rows.iter().find(|row| row["email"] == *email)
}
