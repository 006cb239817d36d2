//! What the simulator promises, asked over HTTP as a client would.

mod acts;
mod cast;
mod dataverse;
mod entra;
mod faults;
mod finance;
mod odd;
mod paging;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Response};
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
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The rows of a page.
    fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()["value"].as_array().unwrap().clone()
    }

    /// One column of every row.
    fn column(&self, name: &str) -> Vec<Value> {
        self.rows().iter().map(|row| row[name].clone()).collect()
    }

    fn next(&self) -> Option<String> {
        self.json()["@odata.nextLink"].as_str().map(str::to_owned)
    }
}

async fn read(request: RequestBuilder) -> Answer {
    let response: Response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

fn client() -> reqwest::Client {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let policy = reqwest::redirect::Policy::none();
    reqwest::Client::builder().no_proxy().no_gzip().redirect(policy).build().unwrap()
}

async fn start(config: Config) -> Simulator {
    Simulator::start(config).await.unwrap()
}

async fn small() -> Simulator {
    start(Config { people: 20, ..Config::default() }).await
}

/// The cast alone.
async fn cast() -> Simulator {
    start(Config { people: 0, fixtures: true, ..Config::default() }).await
}

/// The form of a good request for a token.
fn form(simulator: &Simulator) -> Vec<(&'static str, String)> {
    let config = Config::default();
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", config.client_id),
        ("client_secret", config.client_secret),
        ("scope", format!("{}/.default", simulator.environment_url())),
    ]
}

fn encoded(form: &[(&str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// A request for a token, of that tenant and with that form.
async fn ask_token(simulator: &Simulator, tenant: &str, form: &[(&str, String)]) -> Answer {
    let url = format!("{}/{tenant}/oauth2/v2.0/token", simulator.authority_url());
    let request = client().post(url).header("Content-Type", "application/x-www-form-urlencoded");
    read(request.body(encoded(form))).await
}

async fn token(simulator: &Simulator) -> String {
    let answer = ask_token(simulator, &Config::default().tenant_id, &form(simulator)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// A request for data with a fresh token.
async fn request(simulator: &Simulator, path: &str) -> RequestBuilder {
    let url = match path.starts_with("http") {
        true => path.to_owned(),
        false => format!("{}{path}", simulator.environment_url()),
    };
    client().get(url).bearer_auth(token(simulator).await)
}

async fn get(simulator: &Simulator, path: &str) -> Answer {
    read(request(simulator, path).await).await
}

/// All rows of a set, however many pages there are.
async fn everything(simulator: &Simulator, path: &str, prefer: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = read(request(simulator, &path).await.header("Prefer", prefer)).await;
        rows.extend(page.rows());
        next = page.next();
    }
    rows
}

async fn control(simulator: &Simulator, method: Method, path: &str, body: Value) -> Answer {
    let url = format!("{}/_control/{path}", simulator.environment_url());
    read(client().request(method, url).body(body.to_string())).await
}

fn nothing() -> Value {
    json!({})
}
