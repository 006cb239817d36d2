//! How fast Rollcall is, against what a bare database does for the same work on the same machine in
//! the same run. `docs/benchmarks.md` says what each line means.
//!
//! Not part of the product: `cargo run --release -p rollcall-benchmarks -- --help`.

mod child;
mod database;
mod deliveries;
mod environment;
mod failure;
mod load;
mod machine;
mod node;
mod numbers;
mod people;
mod phases;
mod postgres;
mod pushes;
mod report;
mod scale;
mod simulated;
mod timed;
mod works;
mod yardstick;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use tracing::Level;

use failure::Failure;
use report::Report;
use scale::{Scale, progress};
use works::Work;

/// Measures what this machine can do.
#[derive(Debug, Parser)]
#[command(name = "rollcall-benchmarks", version)]
struct Asked {
    #[command(flatten)]
    databases: database::Args,

    /// Only these works.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Work>,

    /// How often each work is measured, ours and the yardstick in turn; medians are shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Small numbers and short rounds: shows that it works, not how fast it is.
    #[arg(long)]
    quick: bool,

    /// Print JSON instead of Markdown.
    #[arg(long)]
    json: bool,

    /// A part of a work that needs a process of its own, so that its memory can be told.
    #[arg(long, hide = true)]
    child: bool,

    /// A simulated company of so many people, for as long as standard input stays open.
    #[arg(long, hide = true, value_name = "PEOPLE")]
    simulator: Option<usize>,

    /// The same with Dynamics 365 HR.
    #[arg(long, hide = true, value_name = "PEOPLE")]
    environment: Option<usize>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let asked = Asked::parse();
    tracing_subscriber::fmt().with_max_level(Level::WARN).with_writer(io::stderr).init();
    let ended = match (asked.child, asked.simulator, asked.environment) {
        (true, _, _) => child::answer().await.map(|()| true),
        (false, Some(people), _) => simulated::serve(people).await.map(|()| true),
        (false, None, Some(people)) => environment::serve(people).await.map(|()| true),
        (false, None, None) => measure(&asked).await,
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            progress(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Measures everything asked for, prints it, and says whether all gates are met.
async fn measure(asked: &Asked) -> Result<bool, Failure> {
    let directory = asked.databases.scratch()?;
    let scale = Scale { rounds: asked.rounds, quick: asked.quick };
    let mut report = Report::new(machine::describe(directory.path())?, scale);
    progress(&report.heading());
    let databases = asked.databases.all(directory.path()).await?;
    let works = if asked.only.is_empty() { &Work::ALL[..] } else { &asked.only };
    for work in works {
        for database in &databases {
            progress(&format!("{work:?} on {} …", database.name()));
            for line in work.measure(database, scale).await? {
                progress(&line.markdown());
                report.add(line);
            }
        }
    }
    let text = if asked.json { report.json() } else { report.markdown() };
    io::stdout().write_all(text.as_bytes())?;
    Ok(report.all_met())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Asked;

    #[test]
    fn the_options_fit_together() {
        Asked::command().debug_assert();
    }
}
