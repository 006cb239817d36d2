//! What the read models cost: following a log from its beginning, proving one right, and the
//! questions a sync asks them.

use std::time::{Duration, Instant};

use rollcall::Role;
use rollcall_domain::ids::id_text;
use rollcall_projections::{Db, actors};

use crate::database::Database;
use crate::failure::Failure;
use crate::node::{Customer, customers, open, source};
use crate::numbers::median;
use crate::people;
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};

const PATIENCE: Duration = Duration::from_secs(1_000);
/// People of one page of a full read.
const PAGE: usize = 1_000;

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let everybody = scale.of(50_000, 2_000);
    let events = everybody * people::EVENTS;
    let place = database.fresh().await?;
    let node = open(&place, &[]).await?;
    let customer = customers(&node.api.store, 1, None).await?.remove(0);
    people::write(&node.api.store, &customer, everybody).await?;
    node.stop().await;
    place.closed().await?;
    place.settle().await?;
    progress(&format!("{everybody} people and their {events} events are stored"));

    let node = open(&place, &[Role::Projector]).await?;
    let began = Instant::now();
    node.projections.settle(PATIENCE).await?;
    let followed = events as f64 / began.elapsed().as_secs_f64();
    let began = Instant::now();
    let compared = node.projections.verify("actors", &|_| ()).await?;
    let verified = events as f64 / began.elapsed().as_secs_f64();
    let mut questions = Questions::default();
    for _ in 0..scale.rounds {
        questions.ask(node.projections.db(), &customer).await?;
    }
    node.stop().await;
    place.remove().await?;

    let name = database.name();
    let log = format!("{everybody} × {} events", people::EVENTS);
    let mut lines = vec![
        Line::new(format!("all read models follow {log}"), name, Value(followed, "events/s")),
        Line::new(format!("verify `actors`, {log}"), name, Value(verified, "events/s"))
            .gated("equal", compared.is_equal()),
    ];
    lines.extend(questions.lines(name, everybody));
    Ok(lines)
}

/// How long each took, in milliseconds.
#[derive(Default)]
struct Questions {
    keys: Vec<f64>,
    rows: Vec<f64>,
    managers: Vec<f64>,
    search: Vec<f64>,
}

impl Questions {
    async fn ask(&mut self, db: &Db, customer: &Customer) -> Result<(), Failure> {
        let (tenant, scenario) = (&*customer.tenant, &*customer.live_baseline);
        let mut began = Instant::now();
        let mut took = || {
            let ms = began.elapsed().as_secs_f64() * 1e3;
            began = Instant::now();
            ms
        };
        let keys = actors::roster_keys(db, tenant, scenario, &source()).await?;
        self.keys.push(took());
        let page: Vec<String> = keys.iter().take(PAGE).map(|key| id_text(key.claim)).collect();
        took();
        actors::roster_rows(db, tenant, scenario, &page).await?;
        self.rows.push(took());
        actors::managers_of(db, tenant, scenario).await?;
        self.managers.push(took());
        let filter = actors::Filter { q: Some("last123"), ..actors::Filter::default() };
        actors::list(db, tenant, scenario, &filter, None, 50).await?;
        self.search.push(took());
        Ok(())
    }

    fn lines(mut self, name: &'static str, everybody: usize) -> [Line; 4] {
        [
            ("keys of the whole roster", &mut self.keys),
            ("a page of the roster", &mut self.rows),
            ("who manages whom", &mut self.managers),
            ("search by a part of a name, 50 rows", &mut self.search),
        ]
        .map(|(what, times)| {
            Line::new(format!("{what}, {everybody} people"), name, Value(median(times), "ms"))
        })
    }
}
