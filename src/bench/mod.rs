//! `rollcall bench`: how fast it is, against what a bare database does for the same work on the same
//! machine in the same run. `docs/benchmarks.md` says what each line means.

mod append;
mod bare;
mod child;
mod database;
mod deliveries;
mod growth;
mod ingest;
mod latency;
mod load;
mod machine;
mod node;
mod people;
mod rebuild;
mod reconcile;
mod report;
mod simulated;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use secrecy::SecretString;

use crate::failure::{Failure, chain};
use database::Database;
use report::Report;

/// What to measure, and where.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Also measure on this PostgreSQL server; each work makes databases of its own there, and
    /// drops them.
    #[arg(long, value_name = "URL")]
    database_url: Option<SecretString>,

    /// Also measure on PostgreSQL, in a private cluster that is started for it.
    #[arg(long)]
    postgres: bool,

    /// Leave SQLite out.
    #[arg(long)]
    no_sqlite: bool,

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

    /// Where SQLite's files lie while measuring; a temporary directory is made in it.
    #[arg(long, value_name = "DIRECTORY")]
    scratch: Option<PathBuf>,

    /// A part of a work that needs a process of its own, so that its memory can be told.
    #[arg(long, hide = true)]
    child: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    Ingest,
    Append,
    Rebuild,
    Reconcile,
    Latency,
    Growth,
}

impl Work {
    const ALL: [Work; 6] =
        [Work::Ingest, Work::Append, Work::Rebuild, Work::Reconcile, Work::Latency, Work::Growth];
}

pub(crate) async fn run(args: Args) -> ExitCode {
    let ended = match args.child {
        true => child::answer().await.map(|()| true),
        false => measure(&args).await,
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => failure.tell(false),
    }
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
struct Scale {
    rounds: u32,
    quick: bool,
}

impl Scale {
    /// The full size, or the small one.
    fn of(self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

/// Measures everything asked for, prints it, and says whether all gates are met.
async fn measure(args: &Args) -> Result<bool, Failure> {
    let scratch = args.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let directory = tempfile::Builder::new().prefix("rollcall-bench-").tempdir_in(scratch)?;
    let scale = Scale { rounds: args.rounds, quick: args.quick };
    let mut report = Report::new(machine::describe(directory.path())?, scale);
    progress(&report.heading());
    let databases = Database::all(args, directory.path()).await?;
    let works = if args.only.is_empty() { &Work::ALL[..] } else { &args.only };
    for work in works {
        for database in &databases {
            progress(&format!("{work:?} on {} …", database.name()));
            let lines = match work {
                Work::Ingest => ingest::measure(database, scale).await?,
                Work::Append => append::measure(database, scale).await?,
                Work::Rebuild => rebuild::measure(database, scale).await?,
                Work::Reconcile => reconcile::measure(database, scale).await?,
                Work::Latency => latency::measure(database, scale).await?,
                Work::Growth => growth::measure(database, scale).await?,
            };
            for line in lines {
                progress(&line.markdown());
                report.add(line);
            }
        }
    }
    let text = if args.json { report.json() } else { report.markdown() };
    io::stdout().write_all(text.as_bytes())?;
    Ok(report.all_met())
}

/// Says on standard error what is going on; the table goes to standard output.
fn progress(text: &str) {
    // Nobody reading it is no reason to stop.
    let _ = writeln!(io::stderr(), "{text}");
}

/// An error of a part as the end of the whole.
fn broken(error: impl std::error::Error) -> Failure {
    Failure::Failed(chain(&error))
}
