//! `rollcall person`: the people of a scenario, as they are and as somebody wants them.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use serde_json::{Map, Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::which_scenario::Which;
use super::{Context, output};
use crate::client::{Client, query, segment};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    scenario: Which,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a person; prints their id.
    #[command(after_help = "Example:\n  rollcall person create first_name=Ada last_name=Lovelace \
                            email=ada@example.com hire_date=2026-01-31 departments=ID,ID")]
    Create {
        /// Fields and their values, such as `job_title=Engineer`; ids of departments with commas.
        #[arg(value_name = "FIELD=VALUE", required = true, value_parser = assignment)]
        fields: Vec<(String, Value)>,
    },
    /// Change a person. What a connection keeps in sync is refused.
    #[command(after_help = "Example:\n  rollcall person edit 01JABCDEFGHJKMNPQRSTVWXYZ0 \
                            job_title='Chief Engineer' manager= active=true")]
    Edit {
        /// Their id, as `list` shows it.
        person: String,
        /// Fields and their new values; nothing behind the sign clears a field.
        #[arg(value_name = "FIELD=VALUE", required = true, value_parser = assignment)]
        fields: Vec<(String, Value)>,
    },
    /// Take a person out of sync: runs leave them alone, and all their fields may be edited.
    #[command(after_help = "Example:\n  rollcall person unsync 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Unsync {
        /// Their id.
        person: String,
    },
    /// Put a person back in sync: the next run that reads them brings their fields in step.
    #[command(after_help = "Example:\n  rollcall person resync 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Resync {
        /// Their id.
        person: String,
    },
    /// Release a person from hold: the next run that reads them brings them in step.
    ///
    /// Whoever was touched by `rollcall runs undo` is on hold.
    #[command(after_help = "Example:\n  rollcall person release 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Release {
        /// Their id.
        person: String,
    },
    /// List people by name.
    #[command(after_help = "Examples:\n  rollcall person list --query ada --status active\n  \
                            rollcall person list --manager 01JABCDEFGHJKMNPQRSTVWXYZ0 --json")]
    List(Filter),
    /// Show a person.
    #[command(after_help = "Example:\n  rollcall person show 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Show {
        /// Their id, as `list` shows it.
        person: String,
    },
}

#[derive(Debug, clap::Args)]
struct Filter {
    /// Only those with this in a name, e-mail address or number.
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
    /// Only those in this department, division or location.
    #[arg(long, value_name = "ID")]
    department: Option<String>,
    /// Only those who report to this person.
    #[arg(long, value_name = "ID")]
    manager: Option<String>,
    /// Only those who are active, or are not.
    #[arg(long, value_parser = PossibleValuesParser::new(["active", "inactive", "all"]))]
    status: Option<String>,
    /// Only those a connection keeps in sync, or those it does not.
    #[arg(long, value_parser = PossibleValuesParser::new(["true", "false"]))]
    synced: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// `field=value`; nothing is null, departments are a list, and what is true or false is no text.
fn assignment(words: &str) -> Result<(String, Value), &'static str> {
    let (field, value) = words
        .split_once('=')
        .ok_or("it must be a field and its value, as in job_title=Engineer")?;
    let (field, value) = (field.trim(), value.trim());
    let value = match (field, value) {
        (_, "") => Value::Null,
        ("active", "true" | "false") => Value::Bool(value == "true"),
        ("departments", ids) => ids.split(',').map(str::trim).collect(),
        (_, text) => json!(text),
    };
    Ok((field.to_owned(), value))
}

fn body(fields: &[(String, Value)]) -> Result<Value, Failure> {
    let mut body = Map::new();
    for (field, value) in fields {
        if body.insert(field.clone(), value.clone()).is_some() {
            return Err(Failure::Usage(format!("{field} is given twice; give it once")));
        }
    }
    Ok(Value::Object(body))
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    with_installation(context, Needs::ReadModels, async |installation| {
        let client = installation.tenant(context).await?;
        let people = format!("{}/actors", args.scenario.path(&client).await?);
        perform(context, &client, &people, &args.command).await
    })
    .await
}

async fn perform(
    context: &Context,
    client: &Client,
    people: &str,
    command: &Command,
) -> Result<(), Failure> {
    let at = |person: &str| format!("{people}/{}", segment(person));
    match command {
        Command::Create { fields } => {
            let made = client.post(people, Some(&body(fields)?)).await?.body;
            if context.json { output::json(&made) } else { output::line(&text(&made, "id")) }
        }
        Command::Edit { person, fields } => {
            client.patch(&at(person), &body(fields)?).await?;
            output::done(context.json, "edited", "the person is changed")
        }
        Command::Unsync { person } => {
            client.post(&format!("{}/unsync", at(person)), None).await?;
            output::done(context.json, "unsynced", "the person is out of sync")
        }
        Command::Resync { person } => {
            client.post(&format!("{}/resync", at(person)), None).await?;
            let sentence = "the person is back in sync; see: rollcall connection sync --reconcile";
            output::done(context.json, "resynced", sentence)
        }
        Command::Release { person } => {
            client.post(&format!("{}/release", at(person)), None).await?;
            let sentence = "the person is released; see: rollcall connection sync --reconcile";
            output::done(context.json, "released", sentence)
        }
        Command::List(filter) => list(context, client, people, filter).await,
        Command::Show { person } => {
            let person = client.get(&at(person)).await?;
            if context.json { output::json(&person) } else { tell(&person) }
        }
    }
}

async fn list(
    context: &Context,
    client: &Client,
    people: &str,
    filter: &Filter,
) -> Result<(), Failure> {
    let query = query(&[
        ("q", filter.query.as_deref()),
        ("department", filter.department.as_deref()),
        ("manager", filter.manager.as_deref()),
        ("status", filter.status.as_deref()),
        ("synced", filter.synced.as_deref()),
    ]);
    let most = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let rows = client.list(&format!("{people}{query}"), most).await?;
    if context.json {
        return output::json(&Value::Array(rows));
    }
    let row = |row: &Value| {
        vec![
            text(row, "id"),
            name(row),
            text(row, "email"),
            text(row, "job_title"),
            named(&row["manager"]),
            state(row).to_owned(),
        ]
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    output::table(&["ID", "NAME", "E-MAIL", "JOB TITLE", "MANAGER", "STATE"], &rows)
}

fn name(person: &Value) -> String {
    let first = person["preferred_name"].as_str().or(person["first_name"].as_str());
    let parts = [first, person["last_name"].as_str()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A department, division, location or manager: by name, or by id where nobody knows it.
fn named(one: &Value) -> String {
    one["name"].as_str().or(one["id"].as_str()).unwrap_or_default().to_owned()
}

fn state(person: &Value) -> &'static str {
    let is = |flag: &str| person[flag] == true;
    match (is("erased"), is("active"), is("synced"), is("out_of_sync_by_hand")) {
        (true, _, _, _) => "erased",
        (false, true, true, _) => "active, synced",
        (false, true, false, true) => "active, out of sync",
        (false, true, false, false) => "active",
        (false, false, true, _) => "inactive, synced",
        (false, false, false, true) => "inactive, out of sync",
        (false, false, false, false) => "inactive",
    }
}

fn tell(person: &Value) -> Result<(), Failure> {
    let departments = person["departments"].as_array().into_iter().flatten();
    let departments: Vec<String> = departments.map(named).collect();
    let field = |field: &str| text(person, field);
    output::pairs(&[
        ("person", field("id")),
        ("state", state(person).to_owned()),
        ("first name", field("first_name")),
        ("last name", field("last_name")),
        ("preferred name", field("preferred_name")),
        ("e-mail", field("email")),
        ("phone", field("phone")),
        ("number", field("employee_number")),
        ("job title", field("job_title")),
        ("departments", departments.join(", ")),
        ("division", named(&person["division"])),
        ("location", named(&person["location"])),
        ("employment", field("employment_type")),
        ("manager", named(&person["manager"])),
        ("hired", field("hire_date")),
        ("ends", field("termination_date")),
        ("source", field("source_hris")),
        ("source id", field("source_hris_id")),
        ("last run", field("last_run")),
        ("on hold since the undo of", field("on_hold")),
        ("changed", output::instant(&person["updated_at"])),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_and_its_value_stand_on_both_sides_of_a_sign() {
        for (words, value) in [
            ("job_title=Chief = Engineer", json!("Chief = Engineer")),
            ("manager=", Value::Null),
            ("active=false", json!(false)),
            ("active=no", json!("no")),
            ("departments=a, b", json!(["a", "b"])),
            ("employee_number=007", json!("007")),
        ] {
            assert_eq!(assignment(words).unwrap().1, value, "{words}");
        }
        assert!(assignment("job_title").is_err());
        let twice = [("phone".to_owned(), json!("1")), ("phone".to_owned(), json!("2"))];
        assert!(body(&twice).is_err());
    }
}
