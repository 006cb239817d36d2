//! One request as the simulator sees it: path, query, headers and body.

use axum::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HOST, HeaderName};
use axum::http::{HeaderMap, Method, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use form_urlencoded::byte_serialize;

/// A request for data or for a token.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// Decoded, without slashes at its ends.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Nothing is to happen to it.
    pub(super) calm: bool,
}

impl Ask {
    pub(super) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Ask {
        let pairs = |text: &str| form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        // A plus is a plus in a path.
        let path = uri.path().trim_matches('/').replace('+', "%2B");
        let decoded: Vec<(String, String)> = pairs(&path.replace('=', "%3D").replace('&', "%26"));
        let path = decoded.into_iter().next().map(|(path, _)| path).unwrap_or_default();
        Ask {
            method,
            path,
            query: pairs(uri.query().unwrap_or_default()),
            headers,
            body,
            calm: false,
        }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter().filter(|(key, _)| key == name);
        pairs.next().map(|(_, value)| value.as_str())
    }

    /// The fields of a form.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// `http://` and the host the client named.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.header(&HOST))
    }

    pub(super) fn takes_gzip(&self) -> bool {
        self.header(&ACCEPT_ENCODING).contains("gzip")
    }

    /// Rows without notes about them.
    pub(super) fn wants_no_metadata(&self) -> bool {
        self.header(&ACCEPT).contains("odata.metadata=none")
    }

    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(&AUTHORIZATION).split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// Name and secret of HTTP Basic.
    pub(super) fn basic(&self) -> Option<(String, String)> {
        let (scheme, encoded) = self.header(&AUTHORIZATION).split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (name, secret) = decoded.split_once(':')?;
        Some((name.to_owned(), secret.to_owned()))
    }

    /// The value of a preference, empty for one without: `odata.maxpagesize=2`.
    pub(super) fn preference(&self, name: &str) -> Option<String> {
        let headers = self.headers.get_all("prefer").iter().filter_map(|one| one.to_str().ok());
        let mut preferences = headers.flat_map(|one| one.split([',', ';']).map(str::trim));
        preferences.find_map(|one| {
            let (key, value) = one.split_once('=').unwrap_or((one, ""));
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
        })
    }

    pub(super) fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The query again with other values for some names; `None` leaves one out.
    pub(super) fn query_with(&self, changes: &[(&str, Option<String>)]) -> String {
        let changed = |name: &String| changes.iter().any(|(other, _)| other == name);
        let kept = self.query.iter().filter(|(name, _)| !changed(name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let new = changes.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let pair = |(name, value): (&str, &str)| {
            let value: String = byte_serialize(value.as_bytes()).collect();
            format!("{name}={}", value.replace('+', "%20"))
        };
        kept.chain(new).map(pair).collect::<Vec<_>>().join("&")
    }
}
