//! What a run was doing when: one bar for each stretch between two of its phases.

use chrono::{DateTime, Utc};

use crate::resources::sync_logs::details::Phase;

/// So wide is all of it.
const WIDTH: i64 = 100;

pub(super) struct Stretch {
    pub(super) name: &'static str,
    pub(super) hue: &'static str,
    pub(super) x: i64,
    pub(super) width: i64,
    pub(super) millis: i64,
    pub(super) note: Option<String>,
}

/// What goes on after each phase until the next one begins. `until`: the end, or now.
pub(super) fn stretches(phases: &[Phase], until: DateTime<Utc>) -> Vec<Stretch> {
    // What deliveries name may be read on while the first of it is written.
    let writes = phases.iter().position(|phase| phase.phase == "applied");
    let late =
        |at: usize, phase: &Phase| phase.phase == "fetched" && writes.is_some_and(|w| w < at);
    let numbered = phases.iter().enumerate();
    let phases: Vec<&Phase> =
        numbered.filter(|(at, phase)| !late(*at, phase)).map(|(_, phase)| phase).collect();
    let Some(first) = phases.first() else { return vec![] };
    let whole = (until - first.at).num_milliseconds().max(1);
    let ends = phases.iter().skip(1).map(|next| next.at).chain([until]);
    let goes_on = phases.iter().zip(ends).filter_map(|(phase, end)| {
        let (name, hue) = after(phase.phase)?;
        let millis = (end - phase.at).num_milliseconds().max(0);
        let x = ((phase.at - first.at).num_milliseconds() * WIDTH / whole).clamp(0, WIDTH - 1);
        let width = (millis * WIDTH / whole).clamp(1, WIDTH - x);
        let times = |word: &str| (phase.times > 1).then(|| format!("{} {word}", phase.times));
        let note = match phase.phase {
            "applied" => times("batches"),
            "waiting" => times("times"),
            _ => None,
        };
        Some(Stretch { name, hue, x, width, millis, note })
    });
    goes_on.collect()
}

fn after(phase: &str) -> Option<(&'static str, &'static str)> {
    Some(match phase {
        "queued" => ("Queued", "queued"),
        "started" => ("Read", "running"),
        "fetched" => ("Plan", "running"),
        "waiting" => ("Wait", "waiting"),
        "held" => ("Held", "held"),
        "decided" => ("Queued", "queued"),
        "applied" => ("Apply", "succeeded"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn stretches_lie_between_phases_and_the_last_goes_on_until_now() {
        let start: DateTime<Utc> = "2026-01-31T02:00:00Z".parse().unwrap();
        let phase = |phase, at: i64, times| Phase {
            phase,
            at: start + TimeDelta::seconds(at),
            until: start + TimeDelta::seconds(at),
            times,
            after_ms: 0,
        };
        let phases = [
            phase("queued", 0, 1),
            phase("started", 20, 1),
            phase("applied", 50, 3),
            phase("fetched", 60, 1),
            phase("ended", 100, 1),
        ];

        let told = stretches(&phases, start + TimeDelta::seconds(100));

        let told: Vec<_> =
            told.iter().map(|one| (one.name, one.x, one.width, one.note.as_deref())).collect();
        let expected =
            [("Queued", 0, 20, None), ("Read", 20, 30, None), ("Apply", 50, 50, Some("3 batches"))];
        assert_eq!(told, expected);
        let now = start + TimeDelta::seconds(40);
        assert_eq!(stretches(&phases[..2], now).last().map(|one| one.millis), Some(20_000));
    }
}
