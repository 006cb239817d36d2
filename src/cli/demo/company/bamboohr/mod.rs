//! A company with BambooHR, which tells of every change by a signed webhook.

mod acts;
mod truth;

use std::time::Duration;
use std::vec;

use async_trait::async_trait;
use rollcall_domain::unit::Kind;
use rollcall_simulators::bamboohr::{Config, Handle, Simulator};
use serde_json::json;

use self::acts::{Act, Director};
use super::{Args, Company, News, Person, cast};
use crate::cli::connection_connect::post;
use crate::cli::operations::outcome;
use crate::cli::output::text;
use crate::client::Client;
use crate::failure::Failure;

/// A demo is too short for the provider's own waits of many minutes.
const RETRIES: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

pub(super) struct BambooHr {
    config: Config,
    simulator: Simulator,
    handle: Handle,
    director: Director,
    script: vec::IntoIter<Act>,
}

impl BambooHr {
    pub(super) async fn start(args: &Args) -> Result<BambooHr, Failure> {
        let config = Config {
            people: args.people.into(),
            seed: args.seed,
            retry_delays: RETRIES.to_vec(),
            ..Config::default()
        };
        let simulator = Simulator::start(config.clone()).await?;
        let handle = simulator.handle();
        let director = Director::new(handle.clone(), args.seed);
        let script = cast::mixed(&acts::SCRIPT).into_iter();
        Ok(BambooHr { config, simulator, handle, director, script })
    }
}

#[async_trait]
impl Company for BambooHr {
    fn url(&self) -> String {
        self.simulator.origin()
    }

    fn breakage(&self) -> &'static str {
        r#"{"answers": [{"answer": "unauthorized"}]}"#
    }

    fn headcount(&self) -> usize {
        self.handle.headcount()
    }

    async fn connect(&self, owner: &Client, base_url: &str) -> Result<String, Failure> {
        let new = json!({
            "provider": "bamboohr",
            "account": self.config.company,
            "base_url": self.simulator.base_url(),
            "api_key": self.config.api_key,
        });
        let connection = text(&post(owner, &new).await?, "id");
        let webhooks = format!("/api/v1/integrations/{connection}/provider_webhooks");
        let asked = owner.post(&webhooks, Some(&json!({ "url": base_url }))).await?;
        outcome(owner, asked.body).await?;
        Ok(connection)
    }

    fn news(&self) -> News {
        News::Delivered
    }

    async fn next(&mut self) -> Result<Option<String>, Failure> {
        match self.script.next() {
            Some(act) => self.director.perform(act).await.map(Some),
            None => Ok(None),
        }
    }

    async fn any(&mut self) -> Result<String, Failure> {
        let act = self.director.any();
        self.director.perform(act).await
    }

    async fn settle(&self) -> Result<(), Failure> {
        self.director.settle().await
    }

    fn people(&self) -> Vec<Person> {
        let people = self.handle.people();
        people.iter().map(|person| truth::of(&self.handle, person)).collect()
    }

    fn unit(&self, kind: Kind, id: u64) -> Option<String> {
        self.handle.option_name(truth::list(kind), id)
    }

    async fn stop(self: Box<Self>) {
        self.simulator.shutdown().await;
    }
}
