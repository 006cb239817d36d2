//! given / when / then for a delivery.

use super::*;
use crate::testing::given;
use crate::vocabulary::Provider;

fn delivery() -> Received {
    Received {
        provider: Provider::BambooHr,
        connection: "c1".into(),
        blob: "b1".into(),
        body_sha256: "ab".repeat(32),
        body_bytes: 12,
        content_type: "application/json".into(),
        timestamp: None,
        headers: vec![],
        event_type: "employee.updated".into(),
        subjects: vec![],
        people: None,
        proof: Proof::Signature,
        verdict: Verdict::Accepted,
    }
}

#[test]
fn a_delivery_is_received() {
    given::<Receipt>([]).when(Command::Receive(delivery())).then([Event::Received(delivery())]);
}

#[test]
fn a_delivery_is_received_once() {
    given::<Receipt>([Event::Received(delivery())])
        .when(Command::Receive(delivery()))
        .then_refused(Refusal::AlreadyReceived);
}
