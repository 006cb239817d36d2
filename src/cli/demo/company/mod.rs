//! The simulated company a demo is about: what is asked of it, whichever HR system it has.

mod bamboohr;
mod cast;
mod dynamics;

use async_trait::async_trait;
use chrono::NaiveDate;
use rollcall_domain::unit::Kind;
use serde_json::Value;

use super::Args;
use crate::client::Client;
use crate::failure::Failure;

/// Which HR system is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Provider {
    Bamboohr,
    Dynamics,
}

/// A running simulator, and who works there.
#[async_trait]
pub(super) trait Company: Send + Sync {
    /// Where the simulator is; `/_control` is below it.
    fn url(&self) -> String;

    /// What to put into `/_control/faults` to have credentials refused.
    fn breakage(&self) -> &'static str;

    /// Everybody in its books.
    fn headcount(&self) -> usize;

    /// Connects the tenant of that owner, which is found at `base_url`; the connection's id.
    async fn connect(&self, owner: &Client, base_url: &str) -> Result<String, Failure>;

    fn news(&self) -> News;

    /// Lets the next change of its script happen and says what it was; nothing once all have.
    async fn next(&mut self) -> Result<Option<String>, Failure>;

    /// Lets something happen that happens on any day, and says what it was.
    async fn any(&mut self) -> Result<String, Failure>;

    /// Waits until everything was delivered or given up.
    async fn settle(&self) -> Result<(), Failure>;

    /// Everybody as the API should tell them now.
    fn people(&self) -> Vec<Person>;

    /// What a unit is called now.
    fn unit(&self, kind: Kind, id: u64) -> Option<String>;

    async fn stop(self: Box<Self>);
}

/// How what happens there is heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// A signed webhook tells of every change.
    Delivered,
    /// Nothing tells of it, but a reconciliation finds it: the demo does not wait for the night, and
    /// asks for one whenever so many things have happened.
    Found { every: usize },
}

/// Somebody as the API should tell them.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// What the source calls them.
    pub(super) source_id: String,
    /// They work there now.
    pub(super) active: bool,
    pub(super) last_day: Option<NaiveDate>,
    /// The manager's `source_id`.
    pub(super) supervisor: Option<String>,
    /// By the ids of the books, which stay when names change.
    pub(super) units: Vec<(Kind, u64)>,
    /// Everything else, by the names of the API.
    pub(super) told: Vec<(&'static str, Value)>,
}

/// Starts the company that was asked for.
pub(super) async fn start(args: &Args) -> Result<Box<dyn Company>, Failure> {
    Ok(match args.provider {
        Provider::Bamboohr => Box::new(bamboohr::BambooHr::start(args).await?),
        Provider::Dynamics => Box::new(dynamics::Dynamics::start(args).await?),
    })
}

fn day(day: Option<NaiveDate>) -> Value {
    day.map(|day| day.to_string()).into()
}
