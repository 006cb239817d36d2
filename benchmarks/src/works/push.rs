//! A snapshot of 50,000 people that changes nothing: taken in against parsing its body alone, then
//! processed, and simulated.

use crate::child::{self, What};
use crate::database::Database;
use crate::failure::Failure;
use crate::node::open;
use crate::numbers::median;
use crate::pushes::{Endpoint, Pushed};
use crate::report::{Line, Value};
use crate::scale::{Scale, progress};

const MOST_MIB: Value = Value(400.0, "MiB");

pub(crate) async fn measure(database: &Database, scale: Scale) -> Result<Vec<Line>, Failure> {
    let people = scale.of(50_000, 2_000);
    let place = database.fresh().await?;
    let node = open(&place, &[]).await?;
    let endpoint = Endpoint::make(&node.api.store).await?;
    node.stop().await;
    let ask = |turn| {
        let endpoint = endpoint.clone();
        child::ask::<Pushed>(&place, What::Push { endpoint, people, turn })
    };
    let first = ask(0).await?;
    progress(&format!("first snapshot: {} people in {:.1} s", first.created, first.processed));
    let mut rounds = vec![];
    for turn in 1..=scale.rounds as usize {
        place.settle().await?;
        rounds.push(ask(turn).await?);
    }
    place.remove().await?;
    Ok(lines(database.name(), people, &first, &rounds))
}

fn lines(name: &'static str, people: usize, first: &Pushed, rounds: &[Pushed]) -> Vec<Line> {
    let of = |value: fn(&Pushed) -> f64| median(&mut rounds.iter().map(value).collect::<Vec<_>>());
    let work = format!("snapshot of {people} people, no change");
    let answered = (Value(of(|one| one.answered), "s"), Value(of(|one| one.parsed), "s"));
    let (processed, simulated) =
        (of(|one| one.processed), of(|one| one.simulated.unwrap_or_default()));
    let peak = rounds.iter().map(|one| one.peak_mib).fold(0.0, f64::max);
    let nothing = rounds.iter().all(|one| one.changed == 0 && one.status == "succeeded");
    vec![
        Line::at_most(format!("{work}, answered"), name, answered, "parsing it into a tree", 4.0)
            .remark(format!("{:.1} MiB", first.bytes as f64 / f64::from(1 << 20))),
        Line::new(format!("{work}, processed"), name, Value(processed, "s"))
            .remark(format!("the first one, {} created: {:.1} s", first.created, first.processed))
            .gated("nothing changed", nothing),
        Line::below(format!("{work}, peak memory"), name, Value(peak, "MiB"), MOST_MIB)
            .remark("the sender's copy of the body included".to_owned()),
        Line::new(format!("{work}, simulated"), name, Value(simulated, "s"))
            .against(Value(processed, "s"), format!("{:.2} ×", simulated / processed))
            .gated("≤ the run's own time", simulated <= processed),
    ]
}
