//! `rollcall member`: who belongs to a tenant, in which role.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use rollcall_domain::access::Role;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::users::with_address;
use super::{Context, output};
use crate::client::{Client, segment};
use crate::failure::Failure;

const MEMBERS: &str = "/api/v1/members";
const INVITATIONS: &str = "/api/v1/invitations";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List who belongs to the tenant.
    #[command(after_help = "Example:\n  rollcall member list")]
    List,
    /// Let somebody in who is registered, without an invitation.
    #[command(after_help = "Example:\n  rollcall member add grace@example.com --role owner")]
    Add {
        /// Their e-mail address.
        email: String,
        /// What they are in the tenant.
        #[arg(long, value_parser = roles())]
        role: String,
    },
    /// Change what somebody is in the tenant.
    #[command(after_help = "Example:\n  rollcall member role grace@example.com auditor")]
    Role {
        /// Their e-mail address.
        email: String,
        /// What they are from now on.
        #[arg(value_parser = roles())]
        role: String,
    },
    /// Let somebody go.
    #[command(after_help = "Example:\n  rollcall member remove grace@example.com")]
    Remove {
        /// Their e-mail address.
        email: String,
    },
    /// Make a link with which somebody joins, and show it, this one time. Nothing is mailed.
    #[command(after_help = "Example:\n  rollcall member invite ada@example.com --role editor")]
    Invite {
        /// Their e-mail address: the link is for nobody else.
        email: String,
        /// What they will be in the tenant.
        #[arg(long, value_parser = roles())]
        role: String,
    },
    /// List who was invited.
    #[command(after_help = "Example:\n  rollcall member invitations")]
    Invitations,
    /// Make the link of an invitation useless.
    #[command(after_help = "Example:\n  rollcall member revoke 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Revoke {
        /// The invitation, as `invitations` shows it.
        id: String,
    },
}

fn roles() -> PossibleValuesParser {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str))
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let answer = with_installation(context, Needs::ReadModels, async |installation| {
        perform(&installation.tenant(context).await?, &args.command).await
    });
    let answer = answer.await?;
    if context.json {
        return output::json(&answer);
    }
    match (&args.command, answer.as_array()) {
        (Command::Invitations, Some(rows)) => {
            let row = |row: &Value| {
                let times = output::instant(&row["expires_at"]);
                let [id, email, role, state] =
                    ["id", "email", "role", "state"].map(|name| text(row, name));
                vec![email, role, state, times, id]
            };
            let rows: Vec<_> = rows.iter().map(row).collect();
            output::table(&["E-MAIL", "ROLE", "STATE", "EXPIRES", "ID"], &rows)
        }
        (_, Some(rows)) => {
            let row = |row: &Value| {
                let joined = output::instant(&row["joined_at"]);
                let [email, name, role] = ["email", "name", "role"].map(|name| text(row, name));
                vec![email, name, role, joined, text(row, "user")]
            };
            let rows: Vec<_> = rows.iter().map(row).collect();
            output::table(&["E-MAIL", "NAME", "ROLE", "JOINED", "USER"], &rows)
        }
        (_, None) => output::line(&text(&answer, "done")),
    }
}

async fn perform(client: &Client, command: &Command) -> Result<Value, Failure> {
    match command {
        Command::List => Ok(Value::Array(client.whole(MEMBERS).await?)),
        Command::Add { email, role } => {
            let new = json!({ "email": email, "role": role });
            let mut made = client.post(MEMBERS, Some(&new)).await?.body;
            made["done"] = format!("{email} is {role}").into();
            Ok(made)
        }
        Command::Role { email, role } => {
            let user = found(client, email).await?;
            let change = json!({ "role": role });
            client.patch(&format!("{MEMBERS}/{}", segment(&user)), &change).await?;
            Ok(json!({ "user": user, "role": role, "done": format!("{email} is {role}") }))
        }
        Command::Remove { email } => {
            let user = found(client, email).await?;
            client.delete(&format!("{MEMBERS}/{}", segment(&user))).await?;
            Ok(json!({ "user": user, "done": format!("{email} is no member any more") }))
        }
        Command::Invite { email, role } => {
            let new = json!({ "email": email, "role": role });
            let mut made = client.post(INVITATIONS, Some(&new)).await?.body;
            made["done"] = match made["mailed"] == true {
                true => json!(format!("the invitation is on its way to {email}")),
                false => made["link"].clone(),
            };
            Ok(made)
        }
        Command::Invitations => Ok(Value::Array(client.whole(INVITATIONS).await?)),
        Command::Revoke { id } => {
            client.delete(&format!("{INVITATIONS}/{}", segment(id))).await?;
            Ok(json!({ "id": id, "done": format!("{id} is revoked") }))
        }
    }
}

/// The user with this address among the members.
async fn found(client: &Client, email: &str) -> Result<String, Failure> {
    let all = client.list(MEMBERS, 100_000).await?;
    with_address(&all, email).map(|row| text(row, "user")).ok_or_else(|| {
        let none = "no member has this address; see: rollcall member list";
        Failure::coded("not_found", none)
    })
}
