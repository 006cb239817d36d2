//! Another system that hears of everything: a receiver on this machine, and an endpoint that sends to it.

use rollcall_domain::message::Kind;
use rollcall_simulators::sink::Sink;
use serde_json::json;

use crate::client::Client;
use crate::failure::Failure;

/// Starts the receiver and has every type of message sent to it.
pub(super) async fn receiver(owner: &Client) -> Result<Sink, Failure> {
    let sink = Sink::start().await?;
    let new = json!({
        "name": "Demo receiver",
        "url": sink.url(),
        "events": Kind::ALL.map(Kind::as_str),
    });
    owner.post("/api/v1/webhooks", Some(&new)).await?;
    Ok(sink)
}
