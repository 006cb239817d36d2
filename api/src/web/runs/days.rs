//! Runs day by day as bars: one link for each day, with its numbers as words.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rollcall_projections::runs::{self, ByDay};

use crate::caller::Reader;
use crate::edge::Problem;

/// Four weeks; and so many that a finger still hits each of them on a phone.
const DAYS: u64 = 28;
const FEW: usize = 10;
/// A bar with what lies between it and the next, and the height of the highest.
const STEP: u64 = 24;
const HIGHEST: u64 = 96;
pub(super) const HEIGHT: u64 = 112;

/// From the ground up: a hue, and the statuses under it.
const KINDS: [(&str, &[&str]); 5] = [
    ("succeeded", &["succeeded"]),
    ("partial", &["partial"]),
    ("other", &["queued", "waiting", "running", "skipped", "rejected", "cancelled"]),
    ("held", &["held"]),
    ("failed", &["failed"]),
];

pub(super) struct Days28 {
    pub(super) since: NaiveDate,
    pub(super) legend: Vec<(&'static str, u64)>,
    /// All of them, and the last few.
    pub(super) charts: [Chart; 2],
}

pub(super) struct Chart {
    pub(super) class: &'static str,
    pub(super) width: u64,
    /// The first day and the last.
    pub(super) ends: [NaiveDate; 2],
    /// Those on which there was a run.
    pub(super) days: Vec<Day>,
}

pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) x: u64,
    pub(super) label: String,
    pub(super) bars: Vec<Bar>,
}

pub(super) struct Bar {
    pub(super) hue: &'static str,
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) height: u64,
}

/// `None` where there was no run.
pub(super) async fn of(reader: &Reader, now: DateTime<Utc>) -> Result<Option<Days28>, Problem> {
    let today = now.date_naive();
    let since = today - Days::new(DAYS - 1);
    let begin = since.and_time(chrono::NaiveTime::MIN).and_utc();
    let found = runs::by_day(reader.db(), reader.id(), begin).await?;
    Ok((!found.is_empty()).then(|| drawn(&found, since, today)))
}

fn drawn(found: &[ByDay], since: NaiveDate, today: NaiveDate) -> Days28 {
    let numbers = |date: NaiveDate| {
        KINDS.map(|(_, statuses)| {
            let of = found.iter().filter(|one| one.day == date);
            of.filter(|one| statuses.contains(&&*one.status)).map(|one| one.count).sum::<u64>()
        })
    };
    let dates: Vec<NaiveDate> = since.iter_days().take_while(|date| *date <= today).collect();
    let all: Vec<(NaiveDate, [u64; 5])> =
        dates.into_iter().map(|date| (date, numbers(date))).collect();
    let legend = KINDS.iter().enumerate().map(|(at, (hue, _))| {
        let sum: u64 = all.iter().map(|(_, numbers)| numbers[at]).sum();
        (*hue, sum)
    });
    let few = &all[all.len().saturating_sub(FEW)..];
    let charts = [chart("long", &all), chart("short", few)];
    Days28 { since, legend: legend.filter(|(_, sum)| *sum > 0).collect(), charts }
}

fn chart(class: &'static str, days: &[(NaiveDate, [u64; 5])]) -> Chart {
    let sum = |numbers: &[u64; 5]| numbers.iter().sum::<u64>();
    let most = days.iter().map(|(_, numbers)| sum(numbers)).max().unwrap_or(0);
    let ends = [days[0].0, days[days.len() - 1].0];
    let width = STEP * days.len() as u64;
    let drawn = (0..).zip(days).filter(|(_, (_, numbers))| sum(numbers) > 0);
    let days = drawn.map(|(at, (date, numbers))| day(at * STEP, *date, numbers, most)).collect();
    Chart { class, width, ends, days }
}

fn day(x: u64, date: NaiveDate, numbers: &[u64; 5], most: u64) -> Day {
    let (mut y, mut bars, mut words) = (HEIGHT, vec![], vec![]);
    for ((hue, _), number) in KINDS.iter().zip(numbers).filter(|(_, number)| **number > 0) {
        // One is seen beside a thousand, too.
        let height = (number * HIGHEST / most.max(1)).max(3);
        y = y.saturating_sub(height);
        bars.push(Bar { hue, x: x + 4, y, height });
        words.push(format!("{number} {hue}"));
    }
    let label = format!("{}: {}", date.format("%-d %b"), words.join(", "));
    Day { date, x, label, bars }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_says_its_numbers_and_stands_on_the_ground() {
        let today: NaiveDate = "2026-01-31".parse().unwrap();
        let of = |day: &str, status: &str, count| ByDay {
            day: day.parse().unwrap(),
            status: status.to_owned(),
            count,
        };
        let found = [
            of("2026-01-31", "failed", 1),
            of("2026-01-31", "succeeded", 3),
            of("2026-01-05", "held", 2),
        ];

        let days = drawn(&found, today - Days::new(DAYS - 1), today);

        let [long, short] = &days.charts;
        assert_eq!((long.days.len(), short.days.len()), (2, 1));
        assert_eq!(long.days[1].label, "31 Jan: 3 succeeded, 1 failed");
        let bars: Vec<_> =
            long.days[1].bars.iter().map(|bar| (bar.hue, bar.y, bar.height)).collect();
        assert_eq!(bars, [("succeeded", 40, 72), ("failed", 16, 24)]);
        assert_eq!(long.days[1].x, 27 * STEP);
        assert_eq!(short.days[0].x, 9 * STEP);
        assert_eq!(days.legend, [("succeeded", 3), ("held", 2), ("failed", 1)]);
    }
}
