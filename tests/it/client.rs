//! A small HTTP client: one request on a connection of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::LazyLock;

use serde_json::Value;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    /// Where the log ended when a write was answered.
    pub(crate) position: Option<String>,
    /// Each as a browser is told to set it.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The receipt a delivery was acknowledged with.
    pub(crate) fn receipt(&self) -> String {
        assert_eq!(self.status, 202, "{self:?}");
        self.json()["receipt"].as_str().unwrap().to_owned()
    }
}

/// Keeps no connection: it would belong to the runtime of another test.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    client.pool_max_idle_per_host(0).build().unwrap()
});

/// `POST` to somebody who may be gone.
pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut request = CLIENT.post(format!("http://{address}{path}")).body(body.to_vec());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(io::Error::other)?;
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(io::Error::other)?.to_vec();
    Ok(Answer { status, retry_after, position: None, cookies: vec![], body })
}

/// Tells a simulator something.
pub(crate) async fn put(address: &str, told: &serde_json::Value) {
    let answer = CLIENT.put(address).json(told).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// A question of somebody with a token, and the head of the answer.
pub(crate) async fn raw(
    address: SocketAddr,
    token: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> reqwest::Response {
    let mut request = CLIENT.get(format!("http://{address}/api/v1{path}")).bearer_auth(token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// A stream of events, for somebody with cookies.
pub(crate) async fn listen(address: SocketAddr, path: &str, cookies: &str) -> reqwest::Response {
    let request = CLIENT.get(format!("http://{address}/api/v1{path}"));
    let request = request.header("cookie", cookies).header("sec-fetch-site", "same-origin");
    request.send().await.unwrap()
}

/// A page, or with a form what its submission leads to: redirects are followed.
pub(crate) async fn browse(
    address: SocketAddr,
    token: &str,
    path: &str,
    form: Option<&str>,
) -> reqwest::Response {
    let url = format!("http://{address}{path}");
    let kind = "application/x-www-form-urlencoded";
    let request = match form {
        None => CLIENT.get(url),
        Some(form) => CLIENT.post(url).header("content-type", kind).body(form.to_owned()),
    };
    request.bearer_auth(token).header("accept", "text/html").send().await.unwrap()
}

/// A write of somebody with a token who does not wait for it, and the head of the answer.
pub(crate) async fn begin(
    address: SocketAddr,
    token: &str,
    path: &str,
    body: &Value,
) -> reqwest::Response {
    let request = CLIENT.post(format!("http://{address}/api/v1{path}")).bearer_auth(token);
    let request = request.header("content-type", "application/json").header("prefer", "wait=0");
    request.body(body.to_string()).send().await.unwrap()
}

/// A request of somebody with a token, and what came back.
pub(crate) async fn ask(
    address: SocketAddr,
    token: &str,
    method: reqwest::Method,
    path: &str,
    body: Option<&Value>,
) -> Answer {
    send(address, method, path, &[("authorization", &format!("Bearer {token}"))], body).await
}

/// A request of whomever, and what came back.
pub(crate) async fn send(
    address: SocketAddr,
    method: reqwest::Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = CLIENT.request(method, format!("http://{address}/api/v1{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
    let position = response.headers().get("rollcall-position").map(text);
    let retry_after = response.headers().get("retry-after").map(text);
    let cookies = response.headers().get_all("set-cookie").iter().map(text).collect();
    let body = response.bytes().await.unwrap().to_vec();
    Answer { status, retry_after, position, cookies, body }
}
