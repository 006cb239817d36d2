//! How values look on every page: `{{ run.status|badge }}`, `{{ person.updated_at|when }}`.
//! What is markup here is made of fixed words and escaped values only.

#![expect(unreachable_pub, reason = "the macro that makes filters writes `pub`")]

use std::fmt;

use askama::filters::{HtmlSafe, escape};
use chrono::{DateTime, Utc};

use crate::wording;

/// Markup that is safe to stand as it is.
pub(crate) struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

type Shown = askama::Result<Markup>;

fn escaped(text: impl fmt::Display) -> String {
    escape(text.to_string(), askama::filters::Html).map(|safe| safe.to_string()).unwrap_or_default()
}

/// `{{ "rollcall.css"|asset }}`
#[askama::filter_fn]
pub(crate) fn asset(name: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(super::assets::address(&name.to_string()))
}

/// One of the symbols of `icons.html`.
#[askama::filter_fn]
pub(crate) fn icon(name: impl fmt::Display, _: &dyn askama::Values) -> Shown {
    Ok(Markup(svg(&escaped(name))))
}

fn svg(name: &str) -> String {
    format!(r##"<svg class="icon" aria-hidden="true"><use href="#i-{name}"/></svg>"##)
}

/// A status as icon, word and hue.
#[askama::filter_fn]
pub(crate) fn badge(status: impl fmt::Display, _: &dyn askama::Values) -> Shown {
    let status = escaped(status);
    let (icon, word) = (status_icon(&status), sentence(&status));
    Ok(Markup(format!(r#"<span class="badge" data-s="{status}">{}{word}</span>"#, svg(icon))))
}

/// The icon that goes with a status or an action.
fn status_icon(status: &str) -> &'static str {
    match status {
        "active" | "succeeded" | "live" | "ok" | "created" | "reactivated" => "check",
        "error" | "failed" | "deactivated" => "fail",
        "held" | "conflict" | "warn" => "hand",
        "partial" | "unsynced" => "half",
        "running" => "spin",
        "updated" | "info" => "refresh",
        "test" | "scenario" => "flask",
        "paused" | "waiting" => "pause",
        "queued" | "preparing" => "clock",
        "disconnected" => "unplug",
        "skipped" => "skip",
        _ => "minus",
    }
}

/// `not_approved` as `Not approved`.
pub(crate) fn sentence(code: &str) -> String {
    wording::capital(&code.replace(['_', '.'], " "))
}

/// A code as words.
#[askama::filter_fn]
pub(crate) fn words(code: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(sentence(&code.to_string()))
}

/// An instant, in UTC: this year's without the year, today's as `Today`.
#[askama::filter_fn]
pub(crate) fn when(at: &DateTime<Utc>, _: &dyn askama::Values) -> Shown {
    let now = Utc::now();
    let words = if at.date_naive() == now.date_naive() {
        at.format("Today, %H:%M").to_string()
    } else if at.format("%Y").to_string() == now.format("%Y").to_string() {
        at.format("%-d %b, %H:%M").to_string()
    } else {
        at.format("%-d %b %Y, %H:%M").to_string()
    };
    let (exact, full) = (at.to_rfc3339(), at.format("%-d %b %Y, %H:%M:%S UTC"));
    Ok(Markup(format!(r#"<time datetime="{exact}" title="{full}">{words}</time>"#)))
}

/// `1,204,881`
#[askama::filter_fn]
pub(crate) fn number(count: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(thousands(&count.to_string()))
}

pub(crate) fn thousands(digits: &str) -> String {
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// At most two letters that stand for a name.
#[askama::filter_fn]
pub(crate) fn initials(name: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    let name = name.to_string();
    let mut words =
        name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let (first, last) = (words.next(), words.next_back());
    Ok(first.into_iter().chain(last).flat_map(char::to_uppercase).collect())
}

/// JSON to read, for a `pre`.
#[askama::filter_fn]
pub(crate) fn highlighted(value: &serde_json::Value, _: &dyn askama::Values) -> Shown {
    Ok(Markup(super::json::shown(value)))
}

/// How long it took, in milliseconds: `0.8 s`, `26 s`, `3 min`.
#[askama::filter_fn]
pub(crate) fn duration(millis: &i64, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(match *millis {
        millis @ ..10_000 => format!("{}.{} s", millis / 1000, millis.abs() % 1000 / 100),
        millis @ ..120_000 => format!("{} s", millis / 1000),
        millis => format!("{} min", millis / 60_000),
    })
}
