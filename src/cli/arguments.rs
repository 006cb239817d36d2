//! How the command line's words are read, and where their help stands: settings of the installation
//! are taken everywhere, and explained once.

use std::process::ExitCode;

use clap::{Arg, Command, CommandFactory, FromArgMatches};

use super::Cli;
use crate::failure::Failure;

/// The heading `config.rs` gives its settings.
const INSTALLATION: &str = "Installation";
/// Only a server makes use of them all.
const SERVER: &str = "serve";
/// Of the commands of a connection, those that are not about one that is there.
const OF_NO_CONNECTION: [&str; 2] = ["connect", "list"];
/// The commands that are about one tenant.
const OF_A_TENANT: [&str; 11] = [
    "member",
    "token",
    "scenario",
    "person",
    "department",
    "connection",
    "reconcile-nightly",
    "runs",
    "receipts",
    "parked",
    "events",
];

/// What was typed; or says what is wrong with it, or the help it asks for.
pub(super) fn read() -> Result<Cli, ExitCode> {
    let read = command().try_get_matches().and_then(|mut matches| {
        let name = matches.subcommand_name().unwrap_or_default().to_owned();
        Ok((name, Cli::from_arg_matches_mut(&mut matches)?))
    });
    let (name, cli) = read.map_err(|error| tell(&error))?;
    if cli.tenant.is_some() && !OF_A_TENANT.contains(&name.as_str()) {
        let no = format!("--tenant says nothing to `rollcall {name}`; leave it out");
        return Err(Failure::Usage(no).tell(cli.json));
    }
    Ok(cli)
}

/// All commands, each with the help that belongs to it.
fn command() -> Command {
    let command = Cli::command();
    let settings = those(&command, is_setting);
    let tenant = those(&command, |arg| arg.get_id() == "tenant");
    command
        .mut_args(|arg| if is_setting(&arg) { arg.hide_short_help(true) } else { arg })
        .mut_subcommands(|group| {
            let name = group.get_name().to_owned();
            let settings: &[Arg] = if name == SERVER { &[] } else { &settings };
            let tenant: &[Arg] = if OF_A_TENANT.contains(&&*name) { &[] } else { &tenant };
            let connection = those(&group, |arg| arg.get_id() == "connection");
            let group = group.mut_subcommands(|sub| {
                let hidden = OF_NO_CONNECTION.contains(&sub.get_name());
                without_help_for(sub, if hidden { &connection } else { &[] })
            });
            without_help_for(group, &[settings, tenant].concat())
        })
}

fn is_setting(arg: &Arg) -> bool {
    arg.get_help_heading() == Some(INSTALLATION)
}

fn those(command: &Command, wanted: impl Fn(&Arg) -> bool) -> Vec<Arg> {
    command.get_arguments().filter(|arg| wanted(arg)).cloned().collect()
}

/// A command that takes these as all do, but does not tell of them.
fn without_help_for(command: Command, hidden: &[Arg]) -> Command {
    let own: Vec<_> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
    let hide = hidden.iter().filter(|arg| !own.contains(arg.get_id()));
    let hide: Vec<Arg> = hide.map(|arg| arg.clone().hide(true)).collect();
    command.args(hide).mut_subcommands(|sub| without_help_for(sub, hidden))
}

/// Says it as everything else is said: to programs as JSON.
fn tell(error: &clap::Error) -> ExitCode {
    let words = std::env::args_os().skip(1).take_while(|word| word != "--");
    if error.use_stderr() && words.into_iter().any(|word| word == "--json") {
        return Failure::Usage(first_paragraph(&error.to_string())).tell(true);
    }
    // Without an output there is still the exit code.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// What is wrong, without the usage that follows.
fn first_paragraph(text: &str) -> String {
    let first = text.split("\n\n").next().unwrap_or_default().trim_end();
    let lines = first.trim_start_matches("error: ").lines().map(str::trim);
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command but the help itself, by its whole name.
    fn all(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
        found.push((name.to_owned(), command.clone()));
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            all(sub, &format!("{name} {}", sub.get_name()), found);
        }
    }

    fn commands() -> Vec<(String, Command)> {
        let mut root = command();
        root.build();
        let mut found = Vec::new();
        all(&root, "rollcall", &mut found);
        found
    }

    #[test]
    fn the_commands_fit_together() {
        command().debug_assert();
    }

    #[test]
    fn every_command_and_every_argument_has_help() {
        let mut missing = Vec::new();
        for (name, command) in commands() {
            if command.get_about().is_none() {
                missing.push(name.clone());
            }
            let silent = command
                .get_arguments()
                .filter(|arg| arg.get_help().or(arg.get_long_help()).is_none());
            missing.extend(silent.map(|arg| format!("{name}: {}", arg.get_id())));
        }
        assert!(missing.is_empty(), "without help: {missing:#?}");
    }

    #[test]
    fn every_command_shows_an_example_of_itself() {
        for (name, command) in commands() {
            if command.get_subcommands().any(|sub| sub.get_name() != "help") {
                continue;
            }
            let shown = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let mut lines = shown.lines().skip(1);
            assert!(lines.any(|line| line.trim().starts_with(&*name)), "{name}: {shown:?}");
        }
    }

    #[test]
    fn settings_of_the_installation_are_explained_once_and_taken_everywhere() {
        for (name, mut command) in commands() {
            let explained = command.render_long_help().to_string().contains("--data-dir <");
            assert_eq!(explained, ["rollcall", "rollcall serve"].contains(&&*name), "{name}");
            assert!(!command.render_help().to_string().contains("--data-dir <"), "{name}");
            let taken = command.get_arguments().any(|arg| arg.get_id() == "data_dir");
            assert!(taken, "{name}");
        }
    }

    #[test]
    fn an_option_is_shown_only_where_it_says_something() {
        for (name, mut command) in commands() {
            let help = command.render_long_help().to_string();
            let words: Vec<&str> = name.split(' ').skip(1).collect();
            let of_a_tenant = words.first().is_none_or(|group| OF_A_TENANT.contains(group));
            assert_eq!(help.contains("--tenant <"), of_a_tenant, "{name}");
            let of_a_connection = words.first() == Some(&"connection")
                && words.get(1).is_none_or(|verb| !OF_NO_CONNECTION.contains(verb));
            assert_eq!(help.contains("--connection <"), of_a_connection, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        let wrong = command().try_get_matches_from(["rollcall", "tenant", "plan", "acme", "gold"]);
        assert_eq!(
            first_paragraph(&wrong.unwrap_err().to_string()),
            "invalid value 'gold' for '<PLAN>' \
             [possible values: free, team, business, enterprise, agency]"
        );
    }
}
