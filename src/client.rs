//! The HTTP client of the command line: talks to a server of ours, by Unix socket or by TCP.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{ClientBuilder, Method, Response, redirect, retry};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::failure::Failure;

/// Where the API has connections, and where runs.
pub(crate) const INTEGRATIONS: &str = "/api/v1/integrations";
pub(crate) const LOGS: &str = "/api/v1/integration_sync_logs";

const TENANT: HeaderName = HeaderName::from_static("rollcall-tenant");
const POSITION: HeaderName = HeaderName::from_static("rollcall-position");
const NDJSON: &str = "application/x-ndjson";
/// More than any list holds that is asked for as a whole.
const EVERYTHING: usize = 1_000_000;

/// A way to a server, as somebody, for some tenant. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    /// Before every path.
    origin: String,
    headers: HeaderMap,
}

/// What a server said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `Rollcall-Position`: reads that ask for it see what this request changed.
    pub(crate) position: Option<String>,
    /// `Null` where there was no body.
    pub(crate) body: Value,
}

impl Client {
    /// As the operator, through the socket only its owner may open.
    pub(crate) fn owner(socket: PathBuf) -> Client {
        let http = reqwest::Client::builder().unix_socket(socket);
        Client::new(http, "http://rollcall".to_owned(), HeaderMap::new())
    }

    /// As whoever has the token.
    pub(crate) fn with_token(address: SocketAddr, token: &SecretString) -> Result<Client, Failure> {
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer)
            .map_err(|_| Failure::usage("the token has characters no token has"))?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        Ok(Client::new(reqwest::Client::builder(), format!("http://{address}"), headers))
    }

    fn new(http: ClientBuilder, origin: String, headers: HeaderMap) -> Client {
        let http = http
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // A connection each: the server may end an idle one at any moment.
            .pool_max_idle_per_host(0)
            // Our own server speaks plain HTTP; the machine's certificates are not even read.
            .tls_certs_only([])
            .build()
            .expect("nothing of it depends on the machine");
        Client { http, origin, headers }
    }

    /// The same for one tenant, by id or slug.
    pub(crate) fn for_tenant(&self, tenant: &str) -> Result<Client, Failure> {
        let tenant = HeaderValue::from_str(tenant)
            .map_err(|_| Failure::usage("a tenant is named by its slug or id"))?;
        let mut client = self.clone();
        client.headers.insert(TENANT, tenant);
        Ok(client)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.get_stamped(path).await?.body)
    }

    /// The same, with the position it stands at.
    pub(crate) async fn get_stamped(&self, path: &str) -> Result<Answer, Failure> {
        self.ask(Method::GET, path, None).await
    }

    /// What is no JSON, whole.
    pub(crate) async fn bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let response = self.send(Method::GET, path, "application/octet-stream", None).await?;
        Ok(response.bytes().await.map_err(broken)?.to_vec())
    }

    pub(crate) async fn post(&self, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        self.ask(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.ask(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, Failure> {
        self.ask(Method::DELETE, path, None).await
    }

    /// Waits until a read of this sees what a request changed (`position`), and returns it.
    pub(crate) async fn get_after(
        &self,
        path: &str,
        position: Option<&str>,
    ) -> Result<Value, Failure> {
        self.get(&format!("{path}{}", query(&[("min_position", position)]))).await
    }

    /// A list with everything that was written before this was asked.
    pub(crate) async fn whole_now(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let now = self.now().await?;
        self.list(&format!("{path}{}", query(&[("min_position", now.as_deref())])), EVERYTHING)
            .await
    }

    /// The same of what is no list.
    pub(crate) async fn get_now(&self, path: &str) -> Result<Value, Failure> {
        let now = self.now().await?;
        self.get_after(path, now.as_deref()).await
    }

    async fn now(&self) -> Result<Option<String>, Failure> {
        Ok(self.get_stamped("/api/v1/me").await?.position)
    }

    /// A list that is never longer than one answer.
    pub(crate) async fn whole(&self, path: &str) -> Result<Vec<Value>, Failure> {
        rows_of(&mut self.get(path).await?)
    }

    /// A list from its first page to its last, or until there are `most` rows.
    pub(crate) async fn list(&self, path: &str, most: usize) -> Result<Vec<Value>, Failure> {
        Ok(self.list_and_head(path, most).await?.0)
    }

    /// The same, with what its last page says beside the rows.
    pub(crate) async fn list_and_head(
        &self,
        path: &str,
        most: usize,
    ) -> Result<(Vec<Value>, Value), Failure> {
        let join = if path.contains('?') { '&' } else { '?' };
        let mut rows = Vec::new();
        let mut at = format!("{path}{join}limit={}", most.clamp(1, 200));
        let page = loop {
            let mut page = self.get(&at).await?;
            rows.extend(rows_of(&mut page)?);
            match page["next_cursor"].as_str() {
                Some(cursor) if rows.len() < most => {
                    let cursor: String =
                        form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
                    at = format!("{path}{join}limit=200&cursor={cursor}");
                }
                Some(_) | None => break page,
            }
        };
        rows.truncate(most);
        Ok((rows, page))
    }

    /// What is exported line by line; `each` says whether to go on.
    pub(crate) async fn lines(
        &self,
        path: &str,
        mut each: impl FnMut(&[u8]) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut response = self.send(Method::GET, path, NDJSON, None).await?;
        let mut left = Vec::new();
        while let Some(data) = response.chunk().await.map_err(broken)? {
            left.extend_from_slice(&data);
            while let Some(end) = left.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = left.drain(..=end).collect();
                if !each(&line[..end])? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let response = self.send(method, path, "application/json", body).await?;
        let position = response.headers().get(POSITION).and_then(|value| value.to_str().ok());
        let position = position.map(str::to_owned);
        let bytes = response.bytes().await.map_err(broken)?;
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes).map_err(broken)?,
        };
        Ok(Answer { position, body })
    }

    /// A good answer's head; any other is a failure in the server's words.
    async fn send(
        &self,
        method: Method,
        path: &str,
        accept: &'static str,
        body: Option<&Value>,
    ) -> Result<Response, Failure> {
        let url = format!("{}{path}", self.origin);
        let mut request = self.http.request(method, url).headers(self.headers.clone());
        request = request.header(ACCEPT, accept);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let response = request.send().await.map_err(|error| match error.is_connect() {
            true => Failure::Failed(format!(
                "can't reach the server: {}; is it running?",
                root_of(&error)
            )),
            false => broken(error),
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.map_err(broken)?;
        Err(Failure::refused(status.as_u16(), &body))
    }
}

fn rows_of(page: &mut Value) -> Result<Vec<Value>, Failure> {
    match page["data"].as_array_mut() {
        Some(rows) => Ok(std::mem::take(rows)),
        None => Err(Failure::failed("the server's list has an unknown form")),
    }
}

fn broken(error: impl Error) -> Failure {
    Failure::Failed(format!("the server's answer broke off: {}", root_of(&error)))
}

/// What it comes down to: above it stand only the client's own words and our own address.
fn root_of(error: &dyn Error) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root.to_string()
}

/// What RFC 3986 leaves as it is (§2.3); everything else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One part of a path: whatever a person gave as an id stays one. Dots alone would lead elsewhere,
/// also when escaped, and are escaped twice: nothing is called so.
pub(crate) fn segment(id: &str) -> String {
    match id {
        "." | ".." => id.replace('.', "%252E"),
        id => utf8_percent_encode(id, ESCAPED).to_string(),
    }
}

/// A query of the parameters that have a value, with its question mark; empty when none has.
pub(crate) fn query(parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in given {
        text.append_pair(name, value);
    }
    let text = text.finish();
    if text.is_empty() { text } else { format!("?{text}") }
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn an_id_is_one_part_of_a_path() {
        assert_eq!(segment("01JABC-x_y.z~"), "01JABC-x_y.z~");
        assert_eq!(segment("a b%2f/?#ä"), "a%20b%252f%2F%3F%23%C3%A4");
        for dots in [".", ".."] {
            let url = format!("http://rollcall/runs/{}/x", segment(dots));
            assert_eq!(reqwest::Url::parse(&url).unwrap().path().split('/').count(), 4);
        }
    }
}
