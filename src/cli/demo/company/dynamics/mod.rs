//! A company with Dynamics 365 HR, which tells nobody of a change: reconciliations find it.

mod acts;
mod truth;

use std::vec;

use async_trait::async_trait;
use rollcall_domain::unit::Kind;
use rollcall_simulators::dynamics::{Config, Handle, Simulator};
use serde_json::json;

use self::acts::{Act, Director};
use super::{Args, Company, News, Person, cast};
use crate::cli::connection_connect::post;
use crate::cli::output::text;
use crate::client::Client;
use crate::failure::Failure;

/// Not after each change: a read of everybody is ten requests or more.
const EVERY: usize = 5;

pub(super) struct Dynamics {
    config: Config,
    simulator: Simulator,
    handle: Handle,
    director: Director,
    script: vec::IntoIter<Act>,
}

impl Dynamics {
    pub(super) async fn start(args: &Args) -> Result<Dynamics, Failure> {
        let config = Config { people: args.people.into(), seed: args.seed, ..Config::default() };
        let simulator = Simulator::start(config.clone()).await?;
        let handle = simulator.handle();
        let director = Director::new(handle.clone(), args.seed);
        let script = cast::mixed(&acts::SCRIPT).into_iter();
        Ok(Dynamics { config, simulator, handle, director, script })
    }
}

#[async_trait]
impl Company for Dynamics {
    fn url(&self) -> String {
        self.simulator.environment_url()
    }

    fn breakage(&self) -> &'static str {
        r#"{"unmapped": "unauthorized"}"#
    }

    fn headcount(&self) -> usize {
        self.handle.headcount()
    }

    async fn connect(&self, owner: &Client, _base_url: &str) -> Result<String, Failure> {
        let new = json!({
            "provider": "dynamics365",
            "environment_url": self.simulator.environment_url(),
            "authority_url": self.simulator.authority_url(),
            "surface": "finance_operations",
            "tenant_id": self.config.tenant_id,
            "client_id": self.config.client_id,
            "client_secret": self.config.client_secret,
            // Where the company's days begin.
            "time_zone": "UTC",
        });
        Ok(text(&post(owner, &new).await?, "id"))
    }

    fn news(&self) -> News {
        News::Found { every: EVERY }
    }

    async fn next(&mut self) -> Result<Option<String>, Failure> {
        self.script.next().map(|act| self.director.perform(act)).transpose()
    }

    async fn any(&mut self) -> Result<String, Failure> {
        let act = self.director.any();
        self.director.perform(act)
    }

    async fn settle(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn people(&self) -> Vec<Person> {
        self.handle.people().iter().map(truth::of).collect()
    }

    fn unit(&self, kind: Kind, id: u64) -> Option<String> {
        self.handle.option_name(truth::list(kind)?, id)
    }

    async fn stop(self: Box<Self>) {
        self.simulator.shutdown().await;
    }
}
