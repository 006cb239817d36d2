//! Somebody in front of a browser: cookies that are kept, and requests that say they come from our own
//! pages. And an installation without a provider, for whoever visits it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::Utc;
use reqwest::Method;
use rollcall::NodeOptions;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_commands::{NewTenant, create_tenant};
use rollcall_domain::tenant::Plan;
use rollcall_egress::Policy;
use rollcall_store::Cause;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::client::{Answer, listen, send};
use crate::clock::MovableClock;
use crate::node::{Node, impatient};
use crate::place::{PATIENCE, Place};

/// A password that nobody guesses.
pub(crate) const PASSWORD: &str = "mist kelp anchor 42";

/// A node with two tenants, `acme` and `beta`.
pub(crate) struct House {
    pub(crate) place: Place,
    pub(crate) clock: MovableClock,
    pub(crate) node: Node,
    pub(crate) acme: String,
    pub(crate) beta: String,
    operator: String,
}

impl House {
    pub(crate) async fn new(place: Place) -> House {
        House::with(place, NodeOptions::default()).await
    }

    pub(crate) async fn with(place: Place, options: NodeOptions) -> House {
        House::begin(place, NodeOptions { policy: impatient(), ..options }).await
    }

    /// The same with other deadlines for requests that leave.
    pub(crate) async fn with_deadlines(place: Place, policy: Policy) -> House {
        House::begin(place, NodeOptions { policy, ..NodeOptions::default() }).await
    }

    async fn begin(mut place: Place, options: NodeOptions) -> House {
        let clock = MovableClock::default();
        place.clock = clock.clock();
        let node = Node::start_as(place.open().await, options).await;
        let [acme, beta] = ["acme", "beta"].map(|slug| NewTenant {
            id: ulid::Ulid::generate().to_string(),
            live_baseline: ulid::Ulid::generate().to_string(),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            plan: Plan::Business,
        });
        let ids = (acme.id.clone(), beta.id.clone());
        for new in [acme, beta] {
            create_tenant(&node.store, new, Cause::by("test")).await.unwrap();
        }
        let new = NewToken {
            tenant: None,
            name: "operator".to_owned(),
            scopes: vec![Scope::Operator],
            expires_at: None,
            created_by: None,
        };
        let (_, operator) = create(&node.store, new, Utc::now()).await.unwrap();
        let operator = operator.expose_secret().to_owned();
        House { place, clock, node, acme: ids.0, beta: ids.1, operator }
    }

    /// As the operator, in a tenant where one is named.
    pub(crate) async fn operate(
        &self,
        method: Method,
        path: &str,
        tenant: &str,
        body: Option<Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.operator);
        let mut headers = vec![("authorization", bearer.as_str())];
        if !tenant.is_empty() {
            headers.push(("rollcall-tenant", tenant));
        }
        send(self.node.address, method, path, &headers, body.as_ref()).await
    }

    /// Registers somebody with the usual password; their id.
    pub(crate) async fn register(&self, email: &str) -> String {
        let name = format!("Name of {}", email.split('@').next().unwrap());
        let new = json!({ "email": email, "name": name, "password": PASSWORD });
        let made = self.operate(Method::POST, "/users", "", Some(new)).await;
        assert_eq!(made.status, 201, "{}", made.json());
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Lets somebody who is registered into a tenant.
    pub(crate) async fn join(&self, tenant: &str, email: &str, role: &str) {
        let new = json!({ "email": email, "role": role });
        let made = self.operate(Method::POST, "/members", tenant, Some(new)).await;
        assert_eq!(made.status, 201, "{}", made.json());
    }

    /// Somebody registered, with this role in `acme`, and signed in; their id.
    pub(crate) async fn member(&self, email: &str, role: &str) -> (String, Visitor) {
        let user = self.register(email).await;
        self.join("acme", email, role).await;
        self.settle().await;
        (user, self.signed_in(email).await)
    }

    pub(crate) async fn signed_in(&self, email: &str) -> Visitor {
        let visitor = self.visitor();
        let answer = visitor.sign_in(email, PASSWORD).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        visitor
    }

    /// Somebody with an empty jar.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor { address: self.node.address, jar: Mutex::default() }
    }

    /// Everything that was written can be read.
    pub(crate) async fn settle(&self) {
        self.node.projections.settle(PATIENCE).await.unwrap();
    }
}

pub(crate) struct Visitor {
    address: std::net::SocketAddr,
    jar: Mutex<BTreeMap<String, String>>,
}

impl Visitor {
    /// At a node, with an empty jar.
    pub(crate) fn of(node: &Node) -> Visitor {
        Visitor { address: node.address, jar: Mutex::default() }
    }

    /// A stream of events that goes on.
    pub(crate) async fn listen(&self, path: &str) -> reqwest::Response {
        let cookies = self.jar.lock().unwrap().clone().into_iter();
        let cookies: Vec<String> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
        let response = listen(self.address, path, &cookies.join("; ")).await;
        assert_eq!(response.status(), 200, "{path}");
        response
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask_with(method, path, &[("sec-fetch-site", "same-origin")], body).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let cookies = self.jar.lock().unwrap().clone().into_iter();
        let cookies: Vec<String> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [headers, &[("cookie", cookies.as_str())]].concat();
        let answer = send(self.address, method, path, &headers, body.as_ref()).await;
        for cookie in &answer.cookies {
            let (pair, rest) = cookie.split_once(';').unwrap();
            assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax"), "{rest}");
            let (name, value) = pair.split_once('=').unwrap();
            self.keep(name, value);
        }
        answer
    }

    /// Puts a cookie into the jar, or with nothing in it takes it out.
    pub(crate) fn keep(&self, name: &str, value: &str) {
        let mut jar = self.jar.lock().unwrap();
        match value {
            "" => jar.remove(name),
            value => jar.insert(name.to_owned(), value.to_owned()),
        };
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(name).cloned()
    }

    /// The same cookies at another node.
    pub(crate) fn at(&self, node: &Node) -> Visitor {
        let jar = self.jar.lock().unwrap().clone();
        Visitor { address: node.address, jar: Mutex::new(jar) }
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let given = json!({ "email": email, "password": password });
        self.ask(Method::POST, "/session", Some(given)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    /// What a request to read is answered with.
    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.ask(Method::GET, path, None).await.status
    }
}
