//! One request as the simulator sees it: API version, path, query, headers, body and who asks.

use axum::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// A request below one of the two base URLs.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// `v1`, `v1_2`, `v2`.
    pub(super) version: String,
    /// The path behind the version, without slashes at its ends.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Which of the configured keys, counted from 0.
    pub(super) key: usize,
}

/// Why a path is not below a base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotApi;

impl Ask {
    /// Understands `/api/v1/…` and `/api/gateway.php/{company}/v1/…`, with or without a last slash.
    pub(super) fn parse(
        company: &str,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Ask, NotApi> {
        let path = uri.path().strip_prefix("/api/").ok_or(NotApi)?;
        let path = match path.strip_prefix("gateway.php/") {
            None => path,
            Some(path) => match path.split_once('/') {
                Some((name, path)) if name == company => path,
                Some(_) | None => return Err(NotApi),
            },
        };
        let (version, path) = path.split_once('/').unwrap_or((path, ""));
        if !version.starts_with('v') {
            return Err(NotApi);
        }
        let query = uri.query().unwrap_or_default();
        Ok(Ask {
            method,
            version: version.to_owned(),
            path: path.trim_matches('/').to_owned(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body,
            key: 0,
        })
    }

    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.split('/').collect()
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter().filter(|(key, _)| key == name);
        pairs.next().map(|(_, value)| value.as_str())
    }

    /// A comma-separated list of field names.
    pub(super) fn fields(&self) -> Vec<&str> {
        let fields = self.query("fields").unwrap_or_default().split(',').map(str::trim);
        fields.filter(|field| !field.is_empty()).collect()
    }

    /// Everywhere on unless `false` or `0`.
    pub(super) fn only_current(&self) -> bool {
        !matches!(self.query("onlyCurrent"), Some("false" | "0"))
    }

    /// Everything else is XML.
    pub(super) fn wants_json(&self) -> bool {
        self.accept().contains("application/json")
    }

    pub(super) fn takes_gzip(&self) -> bool {
        self.header(&ACCEPT_ENCODING).contains("gzip")
    }

    /// The address of a page of the simulator, so that whoever follows it stays here.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/api/{path}", self.header(&HOST))
    }

    /// What the client calls its request.
    pub(super) fn request_id(&self) -> Option<&HeaderValue> {
        self.headers.get("x-request-id")
    }

    pub(super) fn accept(&self) -> &str {
        self.header(&ACCEPT)
    }

    pub(super) fn content_type(&self) -> &str {
        self.header(&CONTENT_TYPE)
    }

    /// The user name of HTTP Basic, which is where an API key stands.
    pub(super) fn basic_user(&self) -> Option<String> {
        let (scheme, encoded) = self.header(&AUTHORIZATION).split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        decoded.split_once(':').map(|(user, _)| user.to_owned())
    }

    fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
