//! Receivers with certificates: `rollcall serve` trusts those of an authority that its machine trusts,
//! unless they have expired.

use chrono::Utc;
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_commands::{NewTenant, create_tenant};
use rollcall_domain::tenant::Plan;
use rollcall_simulators::sink::{Authority, Secured, Sink, Validity};
use rollcall_store::Cause;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::client::{self, Answer};
use crate::crash::scene::free_port;
use crate::crash::server::Server;
use crate::place::{PATIENCE, Place, eventually, on_both_databases};

on_both_databases!(an_expired_certificate_is_a_failure_until_it_is_renewed);

/// A server of its own process, which trusts an authority, and somebody who may do everything there.
struct Remote {
    place: Place,
    server: Server,
    port: u16,
    token: String,
    baseline: String,
}

impl Remote {
    async fn trusting(place: Place, authority: &Authority) -> Remote {
        let store = place.open().await;
        let baseline = ulid::Ulid::generate().to_string();
        let tenant = NewTenant {
            id: ulid::Ulid::generate().to_string(),
            live_baseline: baseline.clone(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        create_tenant(&store, tenant, Cause::by("test")).await.unwrap();
        let token = NewToken {
            tenant: None,
            name: "operator".to_owned(),
            scopes: vec![Scope::Operator],
            expires_at: None,
            created_by: None,
        };
        let (_, token) = create(&store, token, Utc::now()).await.unwrap();
        drop(store);
        place.let_go().await;
        let trusted = place.directory().join("authority.pem");
        std::fs::write(&trusted, authority.pem()).unwrap();
        let settings = [("SSL_CERT_FILE", trusted.to_str().unwrap())];
        let port = free_port();
        let server = Server::start_with(&place.directory(), &place, port, None, &settings).await;
        Remote { place, server, port, token: token.expose_secret().to_owned(), baseline }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), ("rollcall-tenant", "acme")];
        let address = ([127, 0, 0, 1], self.port).into();
        client::send(address, method, path, &headers, body.as_ref()).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.ask(Method::POST, path, Some(body)).await;
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.json());
        answer.json()
    }

    /// An endpoint that hears of every change of a person; its id.
    async fn endpoint(&self, url: &str) -> String {
        let new = json!({ "name": "Secured", "url": url, "events": ["employee_data_changed"] });
        let made = self.post("/webhooks", new).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// The only delivery of an endpoint, once this holds of it.
    async fn delivery(&self, webhook: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/webhooks/{webhook}/deliveries");
        let mut found = Value::Null;
        eventually(what, async || {
            // Until it can read everything, it says so.
            let answer = self.ask(Method::GET, &path, None).await;
            found = answer.json()["data"][0].clone();
            answer.status == 200 && holds(&found)
        })
        .await;
        found
    }
}

async fn an_expired_certificate_is_a_failure_until_it_is_renewed(place: Place) {
    let authority = Authority::new().unwrap();
    let (well, late) = (Sink::start().await.unwrap(), Sink::start().await.unwrap());
    let good = Secured::before(&well, &authority, Validity::Good).await.unwrap();
    let expired = Secured::before(&late, &authority, Validity::Expired).await.unwrap();
    let remote = Remote::trusting(place, &authority).await;
    let to_good = remote.endpoint(&good.url()).await;
    let to_expired = remote.endpoint(&expired.url()).await;

    let path = format!("/scenarios/{}/actors", remote.baseline);
    remote.post(&path, json!({ "first_name": "Ada" })).await;

    let tried = |one: &Value| one["attempts"].as_u64() > Some(0);
    let failed = remote.delivery(&to_expired, "it is tried", tried).await;
    assert_eq!(failed["status"], "waiting", "{failed}");
    let error = failed["error"].as_str().unwrap();
    assert!(error.starts_with("no secure connection to 127.0.0.1:"), "{error}");
    assert!(error.contains("certificate expired"), "{error}");
    assert!(failed["next_attempt_at"].is_string(), "{failed}");
    assert_eq!(late.count(), 0, "nothing is sent to who can't prove who they are");
    let delivered = |one: &Value| one["status"] == "delivered";
    let first = remote.delivery(&to_good, "it is delivered", delivered).await;
    assert_eq!(first["attempts"], 1, "{first}");
    assert!(well.has_received(1, PATIENCE).await);

    expired.renew(&authority, Validity::Good).unwrap();

    let again = remote.delivery(&to_expired, "it is delivered later", delivered).await;
    assert!(again["attempts"].as_u64() > Some(1), "{again}");
    let received = late.received();
    assert_eq!(
        (received.len(), &received[0].json()["data"]["record"]["first_name"]),
        (1, &json!("Ada"))
    );
    let Remote { server, place: _place, .. } = remote;
    server.stop().await;
}
