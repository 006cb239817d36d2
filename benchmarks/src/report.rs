//! What came out: lines with ours, the yardstick, their ratio and the verdict of the gate.

use std::fmt::Write;

use serde::Serialize;

use crate::machine::Machine;
use crate::scale::Scale;

/// A line of the table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    work: String,
    database: &'static str,
    ours: String,
    yardstick: String,
    ratio: String,
    gate: String,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Met,
    NotMet,
    Information,
}

/// A number and what it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value(pub(crate) f64, pub(crate) &'static str);

impl Value {
    fn text(self) -> String {
        let Value(number, unit) = self;
        match number {
            n if n >= 1_000.0 => format!("{} {unit}", thousands(n)),
            n if n >= 100.0 => format!("{n:.0} {unit}"),
            n if n >= 10.0 => format!("{n:.1} {unit}"),
            n => format!("{n:.2} {unit}"),
        }
    }
}

impl Line {
    /// Nothing is asked of it yet.
    pub(crate) fn new(work: impl Into<String>, database: &'static str, ours: Value) -> Line {
        Line {
            work: work.into(),
            database,
            ours: ours.text(),
            yardstick: String::new(),
            ratio: String::new(),
            gate: String::new(),
            verdict: Verdict::Information,
        }
    }

    /// Ours must be at least this part of the yardstick; both are rates.
    pub(crate) fn at_least(
        work: impl Into<String>,
        database: &'static str,
        (ours, yardstick): (Value, Value),
        name: &str,
        part: f64,
    ) -> Line {
        let ratio = ours.0 / yardstick.0;
        let gate = format!("≥ {:.0} % of {name}", part * 100.0);
        Line::new(work, database, ours)
            .against(yardstick, format!("{:.0} %", ratio * 100.0))
            .gated(gate, ratio >= part)
    }

    /// Ours must be at most so many times the yardstick; both are durations.
    pub(crate) fn at_most(
        work: impl Into<String>,
        database: &'static str,
        (ours, yardstick): (Value, Value),
        name: &str,
        times: f64,
    ) -> Line {
        let ratio = ours.0 / yardstick.0;
        let gate = format!("≤ {times} × {name}");
        Line::new(work, database, ours)
            .against(yardstick, format!("{ratio:.2} ×"))
            .gated(gate, ratio <= times)
    }

    /// Ours must stay below a fixed value.
    pub(crate) fn below(
        work: impl Into<String>,
        database: &'static str,
        ours: Value,
        limit: Value,
    ) -> Line {
        let met = ours.0 < limit.0;
        Line::new(work, database, ours).gated(format!("< {}", limit.text()), met)
    }

    pub(crate) fn against(mut self, yardstick: Value, ratio: String) -> Line {
        (self.yardstick, self.ratio) = (yardstick.text(), ratio);
        self
    }

    pub(crate) fn gated(mut self, gate: impl Into<String>, met: bool) -> Line {
        self.gate = gate.into();
        self.verdict = if met { Verdict::Met } else { Verdict::NotMet };
        self
    }

    /// Something beside ours, where there is no yardstick.
    pub(crate) fn remark(mut self, text: String) -> Line {
        self.yardstick = text;
        self
    }

    pub(crate) fn markdown(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Met => "met",
            Verdict::NotMet => "**not met**",
            Verdict::Information => "–",
        };
        let Line { work, database, ours, yardstick, ratio, gate, .. } = self;
        format!("| {work} | {database} | {ours} | {yardstick} | {ratio} | {gate} | {verdict} |")
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    rounds: u32,
    quick: bool,
    lines: Vec<Line>,
}

impl Report {
    pub(crate) fn new(machine: Machine, scale: Scale) -> Report {
        Report { machine, rounds: scale.rounds, quick: scale.quick, lines: vec![] }
    }

    pub(crate) fn add(&mut self, line: Line) {
        self.lines.push(line);
    }

    pub(crate) fn all_met(&self) -> bool {
        self.lines.iter().all(|line| line.verdict != Verdict::NotMet)
    }

    pub(crate) fn heading(&self) -> String {
        let Machine { processor, cores, kernel, fdatasync_per_second, fdatasync_median_ms } =
            &self.machine;
        let size = if self.quick { ", quick" } else { "" };
        format!(
            "fdatasync: {fdatasync_per_second:.0} per second, median {fdatasync_median_ms:.2} ms \
             ({cores} × {processor}, Linux {kernel}, {} rounds{size})\n",
            self.rounds
        )
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = self.heading();
        text.push_str("\n| work | database | ours | yardstick | ratio | gate | verdict |\n");
        text.push_str("|---|---|--:|--:|--:|---|---|\n");
        for line in &self.lines {
            // Writing to a string never fails.
            let _ = writeln!(text, "{}", line.markdown());
        }
        text
    }

    pub(crate) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("a report holds only text, numbers and lists");
        text.push('\n');
        text
    }
}

/// A whole number with its thousands apart.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(thousands(1_234_567.0), "1,234,567");
        assert_eq!(thousands(123.0), "123");
    }

    #[test]
    fn a_gate_is_met_or_not() {
        let values = (Value(66.0, "/s"), Value(100.0, "/s"));
        assert_eq!(Line::at_least("a", "SQLite", values, "b", 0.65).verdict, Verdict::Met);
        assert_eq!(Line::at_least("a", "SQLite", values, "b", 0.7).verdict, Verdict::NotMet);
        let values = (Value(301.0, "s"), Value(100.0, "s"));
        assert_eq!(Line::at_most("a", "SQLite", values, "b", 3.0).verdict, Verdict::NotMet);
    }
}
