//! What the codes of runs are called on pages.

use std::collections::HashMap;

use rollcall_domain::catalogue::Explained;
use rollcall_domain::run::{NoteReason, SkipReason};
use rollcall_domain::vocabulary::{Counts, Provider};

use crate::web::filters::sentence;
use crate::wording;

pub(super) fn provider(code: &str) -> &str {
    match Provider::parse(code) {
        Some(Provider::BambooHr) => "BambooHR",
        Some(Provider::Dynamics365) => "Dynamics 365 HR",
        Some(Provider::HrisWebhook) => "HRIS Webhook",
        None => code,
    }
}

pub(super) fn trigger(code: &str) -> String {
    match code {
        "cli" => "Command line".to_owned(),
        "rerun" => "Re-run".to_owned(),
        "catch_up" => "Catch-up".to_owned(),
        other => sentence(other),
    }
}

/// The same, with the names of the scenarios that it speaks of.
pub(super) fn told_of(text: &str, names: &HashMap<String, String>) -> String {
    let named = |told: String, (id, name): (&String, &String)| {
        let told = told.replace(&format!("scenario {id}"), name);
        told.replace(id.as_str(), name)
    };
    wording::sentence(&names.iter().fold(text.to_owned(), named))
}

/// How it came to a run.
pub(super) fn started(trigger: &str) -> &'static str {
    match trigger {
        "delivery" => "a delivery started it",
        "schedule" => "the schedule started it",
        "catch_up" => "it makes up for what was missed",
        "cli" => "the command line asked for it",
        "rerun" => "it runs another one again",
        _ => "a person asked for it",
    }
}

/// Meaning and remedy of why a run was skipped.
pub(super) fn skipped(code: &str) -> Option<(&'static str, &'static str)> {
    let known = SkipReason::ALL.into_iter().find(|known| known.as_str() == code)?;
    Some((known.meaning(), known.remedy()))
}

/// Meaning of why a person was not brought in line; a code that is not known as words.
pub(super) fn noted(code: &str) -> String {
    let known = NoteReason::ALL.into_iter().find(|known| known.as_str() == code);
    known.map_or_else(|| sentence(code), |known| known.meaning().to_owned())
}

/// What a plan does to somebody, as what was done would be called: it picks hue and icon.
pub(super) fn done(action: &str) -> &'static str {
    match action {
        "create" => "created",
        "update" => "updated",
        "deactivate" => "deactivated",
        "reactivate" => "reactivated",
        "unsync" => "unsynced",
        "unchanged" => "unchanged",
        _ => "skipped",
    }
}

/// How somebody was found, as a few words.
pub(super) fn matched_by(code: Option<&str>) -> String {
    match code {
        None => String::new(),
        Some("email") => "E-mail, now by source id".to_owned(),
        Some(other) => sentence(other),
    }
}

/// A number of a run, and the action whose people it counts where they are listed one by one.
#[derive(Debug, Clone)]
pub(super) struct Count {
    pub(super) name: &'static str,
    pub(super) number: u64,
    /// The query of the people behind it.
    pub(super) query: Option<&'static str>,
}

/// The counts of a run in the order of the contract. `lists_skipped`: a read of everybody counts whom it
/// skipped, and lists only those of whom there is something to say.
pub(super) fn counts(counts: &Counts, lists_skipped: bool) -> [Count; 9] {
    let count = |name, number, query| Count { name, number, query };
    let skipped = lists_skipped.then_some("action=skipped");
    [
        count("fetched", counts.fetched, None),
        count("created", counts.created, Some("action=created")),
        count("updated", counts.updated, Some("action=updated")),
        count("deactivated", counts.deactivated, Some("action=deactivated")),
        count("reactivated", counts.reactivated, Some("action=reactivated")),
        count("unsynced", counts.unsynced, Some("action=unsynced")),
        count("unchanged", counts.unchanged, None),
        count("skipped", counts.skipped, skipped),
        count("errors", counts.errors, Some("errors=true")),
    ]
}

impl Count {
    /// What picks the hue.
    pub(super) fn hue(&self) -> &'static str {
        match self.name {
            "errors" => "error",
            "fetched" | "unchanged" | "to skip" => "queued",
            "to deactivate" => "deactivated",
            "to take out of sync" => "unsynced",
            "to reactivate" => "reactivated",
            "to create" => "created",
            "to update" => "updated",
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_stands_alone_as_a_sentence() {
        let names = HashMap::from([("01X".to_owned(), "Budget".to_owned())]);
        let told = told_of("in scenario 01X, 6 of 9 would leave", &names);
        assert_eq!(told, "In Budget, 6 of 9 would leave.");
    }
}
