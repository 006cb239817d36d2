//! From a webhook to the read API, with nothing else going on.

use std::time::{Duration, Instant};

use rollcall::Role;
use rollcall_api::tokens::{self, NewToken, Scope};
use rollcall_domain::ids::Deriver;
use rollcall_egress::{Auth, Request};
use rollcall_projections::runs;
use rollcall_simulators::bamboohr::{Config, Person, Simulator, Status};
use rollcall_workers::providers::Provider;
use rollcall_workers::providers::bamboohr::{Account, BambooHr};
use secrecy::SecretString;
use serde_json::Value as Json;

use crate::database::Database;
use crate::failure::Failure;
use crate::node::{ACCOUNT, API_KEY, Customer, Running, customers, request, source};
use crate::numbers::{median, quantile};
use crate::report::{Line, Value};
use crate::scale::Scale;
use crate::{deliveries, load};

const PEOPLE: usize = 300;
/// More than one person takes.
const MOST_BYTES: u64 = 1 << 20;
/// Between two tries, so that nothing of the last one is under way.
const IDLE: Duration = Duration::from_millis(60);
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let place = database.fresh().await?;
    let company = ACCOUNT.to_owned();
    let config =
        Config { company, api_key: API_KEY.to_owned(), people: PEOPLE, ..Config::default() };
    let simulator = Simulator::start(config).await?;
    let running = Running::start(&place, &[Role::Api, Role::Worker, Role::Projector]).await?;
    let customer =
        customers(&running.node.api.store, 1, Some(&simulator.base_url())).await?.remove(0);
    let watch = Watch::begin(&running, &simulator, customer).await?;
    let (mut visible, mut provider) = (vec![], vec![]);
    for turn in 0..scale.of(200, 10) {
        // Everybody has the same chance to be hit by a poll.
        tokio::time::sleep(IDLE + Duration::from_millis((turn % 20) as u64)).await;
        visible.push(watch.once(turn).await?);
        provider.push(watch.provider_alone().await?);
    }
    running.stop().await;
    simulator.shutdown().await;
    place.remove().await?;
    let name = database.name();
    let asked = median(&mut provider);
    let work = "webhook → visible in the read API, idle";
    let apart = format!("the provider's answer takes {asked:.1} ms of it");
    let (p50, p99) = (median(&mut visible), quantile(&mut visible, 0.99));
    Ok(vec![
        Line::new(format!("{work}, p50"), name, Value(p50, "ms")).remark(apart),
        Line::new(format!("{work}, p99"), name, Value(p99, "ms")),
    ])
}

/// One person, watched.
struct Watch<'a> {
    running: &'a Running,
    simulator: &'a Simulator,
    customer: Customer,
    person: u64,
    url: String,
    token: SecretString,
    bamboohr: BambooHr,
}

impl<'a> Watch<'a> {
    /// Syncs everybody and picks the first who is there.
    async fn begin(
        running: &'a Running,
        simulator: &'a Simulator,
        customer: Customer,
    ) -> Result<Watch<'a>, Failure> {
        let (store, projections) = (&running.node.api.store, &running.node.projections);
        let run = request(store, &customer).await?;
        let began = Instant::now();
        while runs::one(projections.db(), &customer.tenant, &run)
            .await?
            .is_none_or(|run| run.finished_at.is_none())
        {
            if began.elapsed() > PATIENCE {
                return Err(Failure::new("the first sync did not end"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let new = NewToken {
            tenant: Some(customer.tenant.clone()),
            name: "bench".to_owned(),
            scopes: vec![Scope::Read],
            expires_at: None,
            created_by: None,
        };
        let (_, token) = tokens::create(store, new, chrono::Utc::now()).await?;
        let deriver = Deriver::new(&store.derivation_key(&customer.tenant).await?);
        let account = Account {
            subdomain: ACCOUNT.to_owned(),
            base_url: Some(simulator.base_url()),
            api_key: SecretString::from(API_KEY),
        };
        let bamboohr = BambooHr::new(running.node.egress.clone(), account)?;
        let active = |person: &&_| matches!(person, Person { status: Status::Active, .. });
        let people = simulator.people();
        let person = people.iter().find(active).map_or(0, |person| person.id);
        let name = person.to_string();
        let actor = deriver.actor(&customer.live_baseline, &source(), &name);
        let (address, scenario) = (running.address, &customer.live_baseline);
        let url = format!("http://{address}/api/v1/scenarios/{scenario}/actors/{actor}");
        Ok(Watch { running, simulator, customer, person, url, token, bamboohr })
    }

    /// Changes the person, sends the webhook and looks until the change is there; milliseconds.
    async fn once(&self, turn: usize) -> Result<f64, Failure> {
        let name = format!("Name {turn}");
        self.simulator.update(self.person, [("preferredName", name.as_str())])?;
        let body = deliveries::body(self.person);
        let request = deliveries::request(self.running.address, &self.customer.slug, &body);
        let sent = Instant::now();
        load::send(self.running.address, vec![request], 1, PATIENCE).await?;
        while self.seen().await?["preferred_name"] != *name {
            if sent.elapsed() > PATIENCE {
                return Err(Failure::new("a change did not become visible"));
            }
        }
        Ok(sent.elapsed().as_secs_f64() * 1e3)
    }

    /// The person as the read API tells it.
    async fn seen(&self) -> Result<Json, Failure> {
        let request = Request::get(&self.url).auth(Auth::Bearer(self.token.clone()));
        Ok(self.running.node.egress.send(request).await?.json(MOST_BYTES).await?)
    }

    /// How long the provider takes for the question the worker asks; milliseconds.
    async fn provider_alone(&self) -> Result<f64, Failure> {
        let began = Instant::now();
        self.bamboohr.read_one(&self.person.to_string()).await?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }
}
