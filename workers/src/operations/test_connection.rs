//! What a provider's credentials can and cannot read. It changes nobody and appends nothing.

use std::sync::Arc;

use rollcall_commands::operations::{Answer, Credentials};
use rollcall_domain::connection::Settings;
use serde_json::json;

use super::{failed, open};
use crate::providers::{Check, Checked, TestReport};
use crate::sync::Engine;
use crate::work::WorkError;

pub(super) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    settings: &Settings,
    credentials: &Credentials,
) -> Result<Answer, WorkError> {
    let provider = match open(engine, tenant, settings, credentials).await? {
        Ok(provider) => provider,
        Err(answer) => return Ok(answer),
    };
    Ok(match provider.test().await {
        Ok(report) => Answer::Done(shown(&report)),
        Err(error) => failed(&error),
    })
}

fn shown(report: &TestReport) -> serde_json::Value {
    let check = |check: &Check| {
        json!({
            "kind": match check.what {
                Checked::Permission => "permission",
                Checked::Field => "field",
                Checked::Entity => "entity",
            },
            "name": check.name,
            "readable": check.readable,
            "remedy": check.remedy,
        })
    };
    json!({
        "visible": report.people,
        "total": report.second_count,
        "all_readable": report.all_readable(),
        "checks": report.checks.iter().map(check).collect::<Vec<_>>(),
        "advice": report.advice,
    })
}
