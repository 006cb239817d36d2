//! The simulated provider of a test: its company, its webhook, and deliveries made by hand.

use rollcall_domain::connection::{BambooHr, ProviderSettings, Settings};
use rollcall_simulators::bamboohr::{Config, Handle, Simulator, signature};
use serde_json::json;
use std::time::Duration;

use crate::client;

/// A simulator, and the key its webhook signs with once there is one.
pub(crate) struct Provider {
    pub(crate) simulator: Simulator,
    pub(crate) secret: String,
}

impl Provider {
    pub(crate) async fn start(people: usize) -> Self {
        let config = Config {
            people,
            retry_delays: vec![Duration::from_millis(50); 400],
            delivery_timeout: Duration::from_secs(10),
            settle_timeout: Duration::from_secs(60),
            ..Config::default()
        };
        let simulator = Simulator::start(config).await.unwrap();
        Provider { simulator, secret: String::new() }
    }

    pub(crate) fn company(&self) -> Handle {
        self.simulator.handle()
    }

    /// What a connection to it is configured with.
    pub(crate) fn settings(&self) -> Settings {
        let base_url = Some(self.simulator.origin());
        ProviderSettings::BambooHr(BambooHr { base_url, ..BambooHr::of("acme") }).into()
    }

    pub(crate) fn api_key() -> String {
        Config::default().api_key
    }

    /// Registers an event-based webhook for everything worth knowing, and keeps its key.
    pub(crate) async fn register_webhook(&mut self, url: &str) {
        let body = json!({
            "name": "rollcall",
            "url": url,
            "format": "json",
            "events": ["employee.created", "employee.updated", "employee.deleted"],
            "monitorFields": ["firstName", "lastName", "jobTitle", "department", "division",
                "location", "workEmail", "status", "hireDate", "91"],
        });
        let basic = format!("{}:x", Self::api_key());
        let headers = [
            ("authorization".to_owned(), format!("Basic {}", base64(basic.as_bytes()))),
            ("content-type".to_owned(), "application/json".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        let address = self.simulator.address();
        let body = body.to_string();
        let answer =
            client::post(address, "/api/v1/webhooks", &headers, body.as_bytes()).await.unwrap();
        assert!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
        self.secret = answer.json()["privateKey"].as_str().unwrap().to_owned();
    }

    /// A delivery that tells of an update of somebody, correctly signed at this second.
    pub(crate) fn update_of(&self, id: u64, timestamp: i64) -> Letter {
        let body = json!({
            "type": "employee.updated",
            "timestamp": "2026-01-01T00:00:00+0000",
            "data": {
                "companyId": "4711",
                "employeeId": id.to_string(),
                "changedFields": ["firstName"],
            },
        });
        Letter::signed(&self.secret, body.to_string().as_bytes(), timestamp)
    }
}

/// A delivery as it goes over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Letter {
    pub(crate) fn signed(secret: &str, body: &[u8], timestamp: i64) -> Self {
        let timestamp = timestamp.to_string();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("x-bamboohr-signature", signature(secret, body, &timestamp)),
            ("x-bamboohr-timestamp", timestamp),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Letter { headers, body: body.to_vec() }
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
