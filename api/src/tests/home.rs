//! One installation in a temporary directory, its clock under the test's hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chrono::DateTime;
use http_body_util::BodyExt;
use rollcall_commands::{Connect, InboundPolicies, NewTenant, Runs, connect, create_tenant};
use rollcall_domain::connection::{BambooHr, ProviderSettings, SignatureForm, Targets};
use rollcall_domain::delivery::sign;
use rollcall_domain::tenant::Plan;
use rollcall_egress::{Egress, Policy};
use rollcall_projections::Projections;
use rollcall_store::{Cause, Clock, Location, OperatorKey, Options, Store};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tower::ServiceExt;

use crate::tokens::{NewToken, Scope, create};
use crate::{App, Parts, operator_router, router};

/// The key of bamboohr.md §6.2.
pub(crate) const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// When the vectors of bamboohr.md §6.2 were sent, and what time it is at first.
pub(crate) const SENT: i64 = 1_769_884_920;

pub(crate) struct Home {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) store: Store,
    pub(crate) projections: Projections,
    clock: Arc<AtomicI64>,
    // Deleted when the test is over.
    _directory: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    /// Status and code, for asserting both at once.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        (self.status.as_u16(), self.json()["code"].as_str().unwrap().to_owned())
    }
}

impl Home {
    pub(crate) async fn new() -> Home {
        Home::with(crate::Settings::default()).await
    }

    pub(crate) async fn with(settings: crate::Settings) -> Home {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(Options {
            location: Location::Sqlite(directory.path().to_owned()),
            operator_key: OperatorKey::generate(),
            migrate: true,
            clock: rollcall_store::Clock::system(),
        });
        let store = store.await.unwrap();
        let options = rollcall_projections::Options::default();
        let projections = Projections::open(&store, options).await.unwrap();
        let clock = Arc::new(AtomicI64::new(SENT));
        let hand = clock.clone();
        let app = App::new(Parts {
            store: store.clone(),
            inbound_policies: Arc::new(InboundPolicies::default()),
            runs: Arc::new(Runs::default()),
            projections: projections.clone(),
            clock: Clock::new(move || {
                DateTime::from_timestamp(hand.load(Ordering::Relaxed), 0).unwrap()
            }),
            egress: Egress::new(Policy::default()).unwrap(),
            settings,
        });
        let router = router(app.clone());
        Home { app, router, store, projections, clock, _directory: directory }
    }

    pub(crate) fn set_clock(&self, seconds: i64) {
        self.clock.store(seconds, Ordering::Relaxed);
    }

    /// A tenant; its id.
    pub(crate) async fn tenant(&self, slug: &str, plan: Plan) -> String {
        let new = NewTenant {
            id: ulid::Ulid::generate().to_string(),
            live_baseline: ulid::Ulid::generate().to_string(),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            plan,
        };
        let row = create_tenant(&self.store, new, Cause::by("cli")).await.unwrap();
        row.id.to_string()
    }

    /// A connection to BambooHR in this form; its id.
    pub(crate) async fn connect(&self, tenant: &str, form: SignatureForm) -> String {
        let own = BambooHr { signature_form: form, ..BambooHr::of("acme") };
        self.connect_to(ProviderSettings::BambooHr(own), tenant).await
    }

    pub(crate) async fn connect_to(&self, provider: ProviderSettings, tenant: &str) -> String {
        let id = ulid::Ulid::generate().to_string();
        let new = Connect {
            id: id.clone(),
            settings: provider.into(),
            targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
            credentials: SecretString::from("key"),
        };
        connect(&self.store, tenant, new, &Cause::by("cli")).await.unwrap();
        self.app.inbound_policies.forget();
        id
    }

    pub(crate) async fn add_secret(&self, tenant: &str, connection: &str, secret: &str) {
        let (secret, cause) = (SecretString::from(secret), Cause::by("cli"));
        rollcall_commands::add_webhook_secret(&self.store, tenant, connection, &secret, &cause)
            .await
            .unwrap();
        self.app.inbound_policies.forget();
    }

    /// The tenant `acme`, connected, with one secret. Tenant and connection.
    pub(crate) async fn acme(&self, form: SignatureForm) -> (String, String) {
        let tenant = self.tenant("acme", Plan::Business).await;
        let connection = self.connect(&tenant, form).await;
        self.add_secret(&tenant, &connection, SECRET).await;
        (tenant, connection)
    }

    pub(crate) async fn token(&self, tenant: Option<&str>, scopes: &[Scope]) -> String {
        let new = NewToken {
            tenant: tenant.map(str::to_owned),
            name: "test".into(),
            scopes: scopes.to_vec(),
            expires_at: None,
            created_by: None,
        };
        let (_, text) = create(&self.store, new, self.app.now()).await.unwrap();
        text.expose_secret().to_owned()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.router.clone(), request).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("x-request-id", "same");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// As the owner over the Unix socket.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        tenant: &str,
        body: Option<Value>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("content-type", "application/json");
        let request =
            if tenant.is_empty() { request } else { request.header("rollcall-tenant", tenant) };
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        answer(operator_router(self.app.clone()), request.body(body).unwrap()).await
    }

    pub(crate) async fn deliver(
        &self,
        tenant: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let path = format!("/api/v1/integrations/bamboohr/webhook/{tenant}");
        let mut request = Request::post(path)
            .header("user-agent", "BambooHR-WebHooks/1.0")
            .header("x-request-id", "same");
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Signed as BambooHR does it, at this time.
    pub(crate) async fn signed(&self, tenant: &str, at: i64, body: &str) -> Answer {
        let at = at.to_string();
        let signature = sign(SignatureForm::BodyTimestamp, SECRET.as_bytes(), body.as_bytes(), &at);
        let headers = [("x-bamboohr-timestamp", at.as_str()), ("x-bamboohr-signature", &signature)];
        self.deliver(tenant, &headers, body).await
    }

    /// Everything that was received, as the log has it.
    pub(crate) async fn received(&self) -> Vec<rollcall_domain::receipt::Received> {
        let mut found = vec![];
        for shard in 0..self.store.shards() {
            for stored in self.store.read_shard(shard, 0, 10_000).await.unwrap() {
                let fact = rollcall_domain::Fact::read(&stored.kind, &stored.payload, None);
                if let Ok(rollcall_domain::Fact::Receipt(event)) = fact {
                    let rollcall_domain::receipt::Event::Received(received) = event;
                    found.push(received);
                }
            }
        }
        found
    }

    /// Waits until so many refused deliveries are written down; they are written beside the answer.
    pub(crate) async fn refused(&self, tenant: &str, count: usize) -> Vec<String> {
        for _ in 0..500 {
            let rows = self.store.refused(tenant, 200).await.unwrap();
            if rows.len() >= count {
                return rows.into_iter().map(|row| row.reason).collect();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("fewer than {count} refused deliveries were written down");
    }
}

async fn answer(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}
