//! What pages cost beside their own queries: a page as a browser gets it over HTTP, against the
//! questions it asks, asked bare of the same read models and the same log.

use std::time::Instant;

use rollcall::Role;
use rollcall_api::tokens::{self, NewToken, Scope};
use rollcall_domain::Decider;
use rollcall_domain::actor::Actor;
use rollcall_egress::{Auth, Request};
use rollcall_projections::actors::{self, Filter, Order};
use rollcall_projections::{runs, scenarios, tenants, units};
use secrecy::SecretString;

use crate::database::Database;
use crate::failure::Failure;
use crate::node::{Customer, Running, customers};
use crate::numbers::median;
use crate::people;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};

/// Events of each person; a page shows twenty at once.
const EVENTS: usize = 3;
const MOST_BYTES: u64 = 1 << 20;
/// What a page may weigh, and what it may take beyond twice its queries.
const KIB: f64 = 150.0;
const BEYOND_MS: f64 = 5.0;
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1_000);

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let everybody = scale.of(100_000, 2_000);
    let place = database.fresh().await?;
    let running = Running::start(&place, &[Role::Api, Role::Projector]).await?;
    let customer = customers(&running.node.api.store, 1, None).await?.remove(0);
    people::write_rounds(&running.node.api.store, &customer, everybody, EVENTS).await?;
    running.node.projections.settle(PATIENCE).await?;
    progress(&format!("{everybody} people are shown"));
    let visit = Visit::begin(&running, customer).await?;
    let mut lines = vec![];
    for page in Page::ALL {
        let (path, mut bytes) = (page.path(&visit), 0.0_f64);
        let (mut ours, mut bare) = (vec![], vec![]);
        for _ in 0..scale.rounds * 5 {
            let began = Instant::now();
            bytes = bytes.max(visit.open(&path).await?);
            ours.push(began.elapsed().as_secs_f64() * 1e3);
            let began = Instant::now();
            page.ask(&visit).await?;
            bare.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let (ours, bare) = (median(&mut ours), median(&mut bare));
        let (name, work) = (database.name(), format!("{}, {everybody} people", page.name()));
        lines.push(
            Line::new(work.clone(), name, Value(ours, "ms"))
                .against(Value(bare, "ms"), format!("{:.2} ×", ours / bare))
                .gated("≤ 2 × its queries + 5 ms", ours <= 2.0 * bare + BEYOND_MS),
        );
        let size = Value(bytes / 1024.0, "KiB");
        lines.push(Line::below(format!("{work}, bytes"), name, size, Value(KIB, "KiB")));
    }
    running.stop().await;
    place.remove().await?;
    Ok(lines)
}

#[derive(Debug, Clone, Copy)]
enum Page {
    First,
    Middle,
    ByChange,
    Searched,
    Person,
}

impl Page {
    const ALL: [Page; 5] =
        [Page::First, Page::Middle, Page::ByChange, Page::Searched, Page::Person];

    fn name(self) -> &'static str {
        match self {
            Page::First => "the first page of people",
            Page::Middle => "a page in the middle",
            Page::ByChange => "people by last change",
            Page::Searched => "people searched by a part of a name",
            Page::Person => "a person's page",
        }
    }

    fn path(self, visit: &Visit<'_>) -> String {
        match self {
            Page::First => "/people".to_owned(),
            Page::Middle => format!("/people?cursor={}", visit.cursor),
            Page::ByChange => "/people?sort=-changed".to_owned(),
            Page::Searched => "/people?q=last123".to_owned(),
            Page::Person => format!("/people/{}", visit.person),
        }
    }

    /// The page's own questions.
    async fn ask(self, visit: &Visit<'_>) -> Result<(), Failure> {
        visit.frame().await?;
        let all = Filter::default();
        let search = Filter { q: Some("last123"), ..all };
        match self {
            Page::First => visit.people(&all, Order::Name, None).await,
            Page::Middle => visit.people(&all, Order::Name, Some(&visit.cursor)).await,
            Page::ByChange => visit.people(&all, Order::Newest, None).await,
            Page::Searched => visit.people(&search, Order::Name, None).await,
            Page::Person => visit.one().await,
        }
    }
}

/// Somebody who may see everything of one tenant.
struct Visit<'a> {
    running: &'a Running,
    customer: Customer,
    token: SecretString,
    /// In the middle of everybody.
    person: String,
    cursor: String,
}

impl<'a> Visit<'a> {
    async fn begin(running: &'a Running, customer: Customer) -> Result<Visit<'a>, Failure> {
        let new = NewToken {
            tenant: Some(customer.tenant.clone()),
            name: "bench".to_owned(),
            scopes: vec![Scope::Manage],
            expires_at: None,
            created_by: None,
        };
        let store = &running.node.api.store;
        let (_, token) = tokens::create(store, new, chrono::Utc::now()).await?;
        let filter = Filter { q: Some("last25"), ..Filter::default() };
        let (db, scenario) = (running.node.projections.db(), &customer.live_baseline);
        let found = actors::list(db, &customer.tenant, scenario, &filter, None, 1).await?;
        let row = found.rows.first().ok_or_else(|| Failure::new("nobody is called that"))?;
        let (person, cursor) = (row.actor.clone(), Order::Name.behind(row));
        Ok(Visit { running, customer, token, person, cursor })
    }

    /// Opens a page; how many bytes it has.
    async fn open(&self, path: &str) -> Result<f64, Failure> {
        let url = format!("http://{}{path}", self.running.address);
        let request = Request::get(&url).auth(Auth::Bearer(self.token.clone()));
        let answer = self.running.node.egress.send(request).await?;
        if answer.status() != 200 {
            return Err(Failure::new(format!("{path} answered {}", answer.status())));
        }
        Ok(answer.bytes(MOST_BYTES).await?.len() as f64)
    }

    /// What every page asks.
    async fn frame(&self) -> Result<(), Failure> {
        let (db, tenant) = (self.running.node.projections.db(), &*self.customer.tenant);
        tenants::one(db, tenant).await?;
        scenarios::list(db, tenant).await?;
        runs::held(db, tenant).await?;
        Ok(())
    }

    async fn people(
        &self,
        filter: &Filter<'_>,
        order: Order,
        after: Option<&str>,
    ) -> Result<(), Failure> {
        let (db, tenant) = (self.running.node.projections.db(), &*self.customer.tenant);
        let scenario = &*self.customer.live_baseline;
        scenarios::one(db, tenant, scenario).await?;
        let page = actors::sorted(db, tenant, scenario, (filter, order), after, 50).await?;
        let of =
            |row: &actors::Actor| row.departments.iter().chain(&row.location).cloned().collect();
        let ids: Vec<String> =
            page.rows.iter().flat_map(|row| -> Vec<String> { of(row) }).collect();
        units::by_ids(db, tenant, scenario, &ids).await?;
        actors::named(db, tenant, scenario, &[]).await?;
        actors::count(db, tenant, scenario).await?;
        units::names(db, tenant, scenario, "department", 200).await?;
        Ok(())
    }

    async fn one(&self) -> Result<(), Failure> {
        let (db, tenant) = (self.running.node.projections.db(), &*self.customer.tenant);
        let scenario = &*self.customer.live_baseline;
        let row = actors::one(db, tenant, scenario, &self.person).await?;
        let units: Vec<String> = row.iter().flat_map(|row| row.departments.0.clone()).collect();
        units::by_ids(db, tenant, scenario, &units).await?;
        let store = &self.running.node.api.store;
        rollcall_commands::person_lock(store, tenant, scenario).await?;
        store.read_stream(tenant, &Actor::stream(&self.person), 0).await?;
        let reports = Filter { manager: Some(&self.person), ..Filter::default() };
        actors::list(db, tenant, scenario, &reports, None, 11).await?;
        units::by_ids(db, tenant, scenario, &units).await?;
        Ok(())
    }
}
