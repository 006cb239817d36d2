//! What the simulator promises, asked over HTTP as a client would.

mod api;
mod bulk;
mod dataset;
mod deliveries;
mod faults;
mod hooks;
mod list;
mod odd;
mod receiver;
mod report;
mod signature;
mod time;
mod xml;

use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{Config, Simulator};

/// An answer, read to its end.
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().no_gzip().build().unwrap()
}

async fn small() -> Simulator {
    let config = Config {
        people: 20,
        second_api_key: Some("second".to_owned()),
        retry_delays: vec![std::time::Duration::from_millis(1); 5],
        delivery_timeout: std::time::Duration::from_millis(200),
        ..Config::default()
    };
    Simulator::start(config).await.unwrap()
}

/// A request with the first key, asking for JSON.
fn request(simulator: &Simulator, method: Method, path: &str) -> reqwest::RequestBuilder {
    bare(method, format!("{}{path}", simulator.base_url())).header(ACCEPT, "application/json")
}

/// A request with the first key that says nothing of what it takes.
fn bare(method: Method, url: String) -> reqwest::RequestBuilder {
    client().request(method, url).basic_auth(Config::default().api_key, Some("x"))
}

async fn get(simulator: &Simulator, path: &str) -> Answer {
    read(request(simulator, Method::GET, path).send().await.unwrap()).await
}

async fn send(simulator: &Simulator, method: Method, path: &str, body: Value) -> Answer {
    let request = request(simulator, method, path).header("Content-Type", "application/json");
    read(request.body(body.to_string()).send().await.unwrap()).await
}

async fn report(simulator: &Simulator, query: &str, fields: &[&str]) -> Answer {
    let path = format!("/reports/custom?format=JSON{query}");
    send(simulator, Method::POST, &path, json!({ "fields": fields })).await
}

async fn control(simulator: &Simulator, method: Method, path: &str, body: Value) -> Answer {
    let url = format!("{}/_control/{path}", simulator.origin());
    read(client().request(method, url).body(body.to_string()).send().await.unwrap()).await
}
