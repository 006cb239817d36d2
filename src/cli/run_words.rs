//! What became of a run and why, in words for people. A run that did not do all of its work always
//! has a reason.

use chrono::{DateTime, Utc};
use rollcall_domain::run::Status;
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::FailureCode;
use serde_json::Value;

use super::output;
use crate::client::Client;
use crate::failure::Failure;

const ENTITLEMENT: &str = "entitlement";

/// What its tenant is on, where one of these runs was skipped for that.
pub(super) async fn plan_behind(client: &Client, runs: &[Value]) -> Result<Option<Plan>, Failure> {
    if !runs.iter().any(|run| run["reason"] == ENTITLEMENT) {
        return Ok(None);
    }
    let me = client.get("/api/v1/me").await?;
    Ok(me["tenants"][0]["plan"].as_str().and_then(Plan::parse))
}

/// Why a run waits, failed, was skipped or did its work only in part; empty where all is well.
pub(super) fn why(run: &Value, plan: Option<Plan>) -> String {
    let told = [&run["error_summary"], &run["error"]["summary"]];
    let told = told.into_iter().filter_map(Value::as_str).find(|told| !told.is_empty());
    let reason = run["reason"].as_str().filter(|reason| !reason.is_empty());
    match run["status"].as_str().and_then(Status::parse) {
        Some(Status::Waiting) => waits(run),
        Some(Status::Queued | Status::Running | Status::Succeeded) => String::new(),
        Some(
            Status::Held
            | Status::Partial
            | Status::Failed
            | Status::Skipped
            | Status::Rejected
            | Status::Cancelled,
        )
        | None => match (told, reason) {
            (Some(told), _) => format!("{told}{}", with_which_command(&run["error"]["code"])),
            (None, Some(reason)) => skipped_because(reason, plan),
            (None, None) => "no reason was recorded".to_owned(),
        },
    }
}

/// `until 10:32:05 UTC: the provider did not answer`.
fn waits(run: &Value) -> String {
    let waiting = &run["waiting"];
    let until = waiting["until"].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let until = until.map_or_else(|| "later".to_owned(), |until| clock(until, Utc::now()));
    let because = waiting["summary"].as_str().or(waiting["code"].as_str());
    format!("until {until}: {}", because.unwrap_or("the provider has to answer first"))
}

/// The time of a day; with its date where that is not today's.
fn clock(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let format = if at.date_naive() == now.date_naive() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    format!("{} UTC", at.format(format))
}

/// The run's own words leave open how a command line does it.
fn with_which_command(code: &Value) -> &'static str {
    match code == FailureCode::Authentication.as_str() {
        true => ": rollcall connection credentials --api-key-file FILE",
        false => "",
    }
}

/// A reason's word as a sentence with what to do; free text stays as it is.
fn skipped_because(reason: &str, plan: Option<Plan>) -> String {
    match reason {
        ENTITLEMENT => {
            let enough = Plan::ALL.into_iter().filter(|plan| plan.includes_live_sync());
            let enough: Vec<&str> = enough.map(Plan::as_str).collect();
            let has = match plan {
                Some(plan) => format!("this tenant is on {}", plan.as_str()),
                None => "this tenant has none of them".to_owned(),
            };
            let (last, others) = enough.split_last().unwrap_or((&"", &[]));
            format!(
                "live sync needs the {} or {last} plan; {has}; see: rollcall tenant plan --help",
                others.join(", ")
            )
        }
        "paused" => "the connection is paused; see: rollcall connection resume --help".to_owned(),
        "superseded" => "a newer run does its work".to_owned(),
        "nothing_to_do" => "there was nothing to do".to_owned(),
        "disconnected" => "the connection is disconnected".to_owned(),
        other => other.to_owned(),
    }
}

/// `waiting until …`, or the status alone where nothing more is to be said.
pub(super) fn state(run: &Value) -> String {
    let status = run["status"].as_str().unwrap_or("unknown");
    match status == Status::Waiting.as_str() {
        true => format!("{status} {}", waits(run)),
        false => status.to_owned(),
    }
}

/// The same with what it is at, while it runs.
pub(super) fn phase(run: &Value) -> String {
    let runs = run["status"] == Status::Running.as_str();
    match run["progress"]["phase"].as_str().filter(|_| runs) {
        Some(phase) => phase.to_owned(),
        None => state(run),
    }
}

/// How a sentence about a run that did not end well begins.
pub(super) fn ended(run: &Value) -> String {
    let id = output::text(run, "id");
    let how = match run["status"].as_str().and_then(Status::parse) {
        Some(Status::Failed) => "failed",
        Some(Status::Skipped) => "was skipped",
        Some(Status::Rejected) => "was rejected",
        Some(Status::Cancelled) => "was cancelled",
        Some(Status::Held) => "is held",
        Some(Status::Succeeded | Status::Partial) => "ended",
        Some(Status::Queued | Status::Waiting | Status::Running) | None => "has not ended",
    };
    format!("run {id} {how}")
}

/// `01J… partial: updated 3, errors 1; the reason`.
pub(super) fn outcome(run: &Value, plan: Option<Plan>) -> String {
    let mut said = vec![output::counts(&run["counts"]), why(run, plan)];
    said.retain(|one| !one.is_empty());
    let head = format!("{} {}", output::text(run, "id"), output::text(run, "status"));
    if said.is_empty() { head } else { format!("{head}: {}", said.join("; ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_waiting_run_says_until_when_and_why() {
        let until = "2126-01-31T10:32:05Z";
        let summary = "the provider did not answer";
        let run = json!({"status": "waiting", "waiting": {"until": until, "summary": summary}});
        assert_eq!(
            state(&run),
            "waiting until 2126-01-31 10:32:05 UTC: the provider did not answer"
        );
        let today = "2126-01-31T00:00:00Z".parse().unwrap();
        assert_eq!(clock(until.parse().unwrap(), today), "10:32:05 UTC");
    }

    #[test]
    fn whatever_did_not_do_its_work_has_a_reason() {
        for status in Status::ALL {
            let run = json!({"id": "r", "status": status.as_str(), "counts": {}});
            let well = [Status::Queued, Status::Running, Status::Succeeded].contains(&status);
            assert_eq!(why(&run, None).is_empty(), well, "{status:?}");
            assert!(!outcome(&run, None).ends_with([':', ' ']), "{status:?}");
        }
        let run = json!({"id": "r", "status": "partial", "counts": {"updated": 2, "errors": 0},
            "error_summary": "20 of 200 visible"});
        assert_eq!(outcome(&run, None), "r partial: updated 2; 20 of 200 visible");
    }

    #[test]
    fn refused_credentials_name_the_command_that_replaces_them() {
        let run = json!({"status": "failed", "error_summary": "refused; create a new key",
            "error": {"code": "authentication", "summary": "refused; create a new key"}});
        let command = "rollcall connection credentials --api-key-file FILE";
        assert_eq!(why(&run, None), format!("refused; create a new key: {command}"));
    }

    #[test]
    fn entitlement_names_the_plans_and_the_tenants_own() {
        let run = json!({"status": "skipped", "reason": "entitlement"});
        let said = why(&run, Some(Plan::Free));
        let plans = "needs the business, enterprise or agency plan; this tenant is on free";
        assert!(said.contains(plans), "{said}");
    }
}
