//! What pages cost beside their own queries: a page as a browser gets it over HTTP, against the
//! questions it asks, asked bare of the same read models and the same log.

use std::time::Instant;

use rollcall::Role;
use rollcall_api::tokens::{self, NewToken, Scope};
use rollcall_domain::Decider;
use rollcall_domain::actor::Actor;
use rollcall_domain::run::{self, Run, RunSpec};
use rollcall_domain::vocabulary::{Counts, RunKind, Trigger};
use rollcall_egress::{Auth, Request};
use rollcall_projections::actors::{self, Filter, Order};
use rollcall_projections::{runs, scenarios, tenants, units};
use rollcall_store::{Append, Cause, Expected, Store};
use secrecy::SecretString;

use crate::database::Database;
use crate::failure::Failure;
use crate::node::{Customer, Running, customers, source};
use crate::numbers::median;
use crate::people;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};

/// Events of each person; a page shows twenty at once.
const EVENTS: usize = 3;
const MOST_BYTES: u64 = 64 << 20;
/// What a page may weigh, and what it may take beyond twice its queries.
const KIB: f64 = 150.0;
const BEYOND_MS: f64 = 5.0;
/// A chart of 5,000 people.
const CHART_S: f64 = 2.0;
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1_000);

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let (everybody, many_runs) = (scale.of(100_000, 2_000), scale.of(10_000, 200));
    let place = database.fresh().await?;
    let running = Running::start(&place, &[Role::Api, Role::Projector]).await?;
    let store = &running.node.api.store;
    let mut both = customers(store, 2, None).await?;
    let (customer, charted) = (both.remove(0), both.remove(0));
    people::write_rounds(store, &customer, everybody, EVENTS).await?;
    runs_of(store, &customer, many_runs).await?;
    let drawn = scale.of(5_000, 500);
    people::write_teams(store, &charted, drawn, 7).await?;
    running.node.projections.settle(PATIENCE).await?;
    progress(&format!("{everybody} people and {many_runs} runs are shown"));
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
    lines.push(chart(&running, charted, drawn, (database, scale)).await?);
    running.stop().await;
    place.remove().await?;
    Ok(lines)
}

/// Everybody's card at once, as somebody who opens all levels gets it.
async fn chart(
    running: &Running,
    customer: Customer,
    people: usize,
    (database, scale): (&Database, Scale),
) -> Result<Line, Failure> {
    let visit = Visit::begin(running, customer).await?;
    let mut took = vec![];
    for _ in 0..scale.rounds {
        let began = Instant::now();
        visit.open("/people/chart?levels=all").await?;
        took.push(began.elapsed().as_secs_f64());
    }
    let (took, most) = (Value(median(&mut took), "s"), Value(CHART_S, "s"));
    Ok(Line::below(format!("an org chart of {people} people"), database.name(), took, most))
}

/// Runs that found nothing to do, one after the other.
async fn runs_of(store: &Store, customer: &Customer, runs: usize) -> Result<(), Failure> {
    for some in (0..runs).collect::<Vec<_>>().chunks(250) {
        let mut append = Append::new(customer.tenant.as_str(), Cause::by("engine"));
        for _ in some {
            let run = ulid::Ulid::generate().to_string();
            let spec = RunSpec::new(RunKind::ManualSync, "manual_sync", Trigger::Person);
            let events = [
                run::Event::Queued {
                    run: run.clone(),
                    connection: customer.connection.clone(),
                    provider: source().provider,
                    spec,
                },
                run::Event::Succeeded {
                    counts: Counts::default(),
                    targets: vec![],
                    coverage: None,
                },
            ];
            let events = rollcall_commands::written(&events, None);
            append = append.stream(Run::stream(&run), Expected::NoStream, events);
        }
        store.append(append).await?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Page {
    First,
    Middle,
    ByChange,
    Searched,
    Person,
    Runs,
}

impl Page {
    const ALL: [Page; 6] =
        [Page::First, Page::Middle, Page::ByChange, Page::Searched, Page::Person, Page::Runs];

    fn name(self) -> &'static str {
        match self {
            Page::First => "the first page of people",
            Page::Middle => "a page in the middle",
            Page::ByChange => "people by last change",
            Page::Searched => "people searched by a part of a name",
            Page::Person => "a person's page",
            Page::Runs => "the sync logs",
        }
    }

    fn path(self, visit: &Visit<'_>) -> String {
        match self {
            Page::First => "/people".to_owned(),
            Page::Middle => format!("/people?cursor={}.{}", visit.list, visit.cursor),
            Page::ByChange => "/people?sort=-changed".to_owned(),
            Page::Searched => "/people?q=last123".to_owned(),
            Page::Person => format!("/people/{}", visit.person),
            Page::Runs => "/settings/integrations/logs".to_owned(),
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
            Page::Runs => visit.runs().await,
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
    /// What cursors of the list of people begin with.
    list: String,
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
        let mut visit = Visit { running, customer, token, person, cursor, list: String::new() };
        let page = visit.get("/people").await?;
        let cursor = page.split_once("cursor=").and_then(|(_, next)| next.split_once('.'));
        visit.list = cursor.map(|(list, _)| list.to_owned()).unwrap_or_default();
        Ok(visit)
    }

    /// Opens a page; how many bytes it has.
    async fn open(&self, path: &str) -> Result<f64, Failure> {
        Ok(self.get(path).await?.len() as f64)
    }

    async fn get(&self, path: &str) -> Result<String, Failure> {
        let url = format!("http://{}{path}", self.running.address);
        let request = Request::get(&url).auth(Auth::Bearer(self.token.clone()));
        let answer = self.running.node.egress.send(request).await?;
        if answer.status() != 200 {
            return Err(Failure::new(format!("{path} answered {}", answer.status())));
        }
        let bytes = answer.bytes(MOST_BYTES).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
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

    async fn runs(&self) -> Result<(), Failure> {
        let (db, tenant) = (self.running.node.projections.db(), &*self.customer.tenant);
        runs::list(db, tenant, &runs::Filter::default(), None, 50).await?;
        scenarios::list(db, tenant).await?;
        runs::by_day(db, tenant, chrono::Utc::now() - chrono::Days::new(30)).await?;
        Ok(())
    }
}
