//! What the demo counts at its end: runs, deliveries and events, as the API tells them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::setup::Demo;
use crate::failure::Failure;

/// `runs` by kind and status, `receipts` by verdict, `events`.
pub(super) async fn of(demo: &Demo) -> Result<Value, Failure> {
    let mut runs: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for run in demo.api.list("/api/v1/integration_sync_logs", usize::MAX).await? {
        *runs.entry(word(&run, "kind")).or_default().entry(word(&run, "status")).or_default() += 1;
    }
    let mut receipts: BTreeMap<String, u64> = BTreeMap::new();
    for receipt in demo.api.list("/api/v1/receipts", usize::MAX).await? {
        *receipts.entry(word(&receipt, "verdict")).or_default() += 1;
        *receipts.entry("duplicate".to_owned()).or_default() +=
            receipt["duplicates"].as_u64().unwrap_or(0);
    }
    let refused = demo.api.get("/api/v1/receipts/refused?limit=200").await?;
    let refused = refused["data"].as_array().map_or(0, Vec::len);
    receipts.insert("refused".to_owned(), refused as u64);
    let mut events = 0_u64;
    let count = |_: &[u8]| {
        events += 1;
        Ok(true)
    };
    demo.api.lines("/api/v1/audit_events", count).await?;
    Ok(json!({ "runs": runs, "receipts": receipts, "events": events }))
}

fn word(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or("unknown").to_owned()
}
