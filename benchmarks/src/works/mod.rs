//! What is measured, one file each; every one gives lines of the table.

mod append;
mod copy;
mod dynamics;
mod growth;
mod ingest;
mod latency;
mod outbound;
mod pages;
mod push;
mod reading;
mod rebuild;
mod reconcile;
mod targets;

use clap::ValueEnum;

use crate::database::Database;
use crate::failure::Failure;
use crate::report::Line;
use crate::scale::Scale;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    Ingest,
    Append,
    Rebuild,
    Reading,
    Reconcile,
    Dynamics,
    Targets,
    Latency,
    Growth,
    Copy,
    Pages,
    Outbound,
    Push,
}

impl Work {
    pub(crate) const ALL: [Work; 13] = [
        Work::Ingest,
        Work::Append,
        Work::Rebuild,
        Work::Reading,
        Work::Reconcile,
        Work::Dynamics,
        Work::Targets,
        Work::Latency,
        Work::Growth,
        Work::Copy,
        Work::Pages,
        Work::Outbound,
        Work::Push,
    ];

    pub(crate) async fn measure(
        self,
        database: &Database,
        scale: Scale,
    ) -> Result<Vec<Line>, Failure> {
        match self {
            Work::Ingest => ingest::measure(database, scale).await,
            Work::Append => append::measure(database, scale).await,
            Work::Rebuild => rebuild::measure(database, scale).await,
            Work::Reading => reading::measure(database, scale).await,
            Work::Reconcile => reconcile::measure(database, scale).await,
            Work::Dynamics => dynamics::measure(database, scale).await,
            Work::Targets => targets::measure(database, scale).await,
            Work::Latency => latency::measure(database, scale).await,
            Work::Growth => growth::measure(database, scale).await,
            Work::Copy => copy::measure(database, scale).await,
            Work::Pages => pages::measure(database, scale).await,
            Work::Outbound => outbound::measure(database, scale).await,
            Work::Push => push::measure(database, scale).await,
        }
    }
}
