//! Where a request comes from: the client's own address and whether it speaks TLS, also behind proxies,
//! and whether the name it asks for is one of ours.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;

use crate::app::App;
use crate::edge::{Code, Encrypted, Peer, Problem};
use crate::inbound;

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const FORWARDED_HOST: &str = "x-forwarded-host";

/// Every request carries it as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// `None` for the owner, who comes through the Unix socket.
    pub(crate) client: Option<IpAddr>,
    /// Whether the client's own connection is encrypted: then cookies are for such connections only.
    pub(crate) https: bool,
}

/// Tells the handlers, and turns away who asks for a name that is not ours: a page on another site may
/// have its own name lead here.
pub(crate) async fn known(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let https = request.extensions().get::<Encrypted>().is_some();
    let address = match peer {
        Some(Peer::Tcp(address)) => Some(address.ip().to_canonical()),
        Some(Peer::Owner) | None => None,
    };
    let origin = match address {
        Some(address) if is_trusted(&app.settings.trusted_proxies, address) => {
            behind(&app.settings.trusted_proxies, address, https, request.headers_mut())
        }
        Some(_) | None => Origin { client: address, https },
    };
    if let (Some(_), Err(problem)) = (address, named(&app, &request)) {
        return problem.answering(request.headers()).into_response();
    }
    request.extensions_mut().insert(origin);
    next.run(request).await
}

fn is_trusted(proxies: &[IpNet], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// What a trusted proxy says of whom it speaks for. The nearest address that is no proxy of ours is the
/// client: whatever stands before it, the client may have written itself.
fn behind(proxies: &[IpNet], proxy: IpAddr, https: bool, headers: &mut HeaderMap) -> Origin {
    let said = headers.get_all(FOR).iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = said.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = proxy;
    for text in chain.into_iter().rev() {
        let Ok(address) = text.parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_trusted(proxies, client) {
            break;
        }
    }
    let last = |name: &str| {
        let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next().map(|text| text.trim().to_owned())
    };
    let https = last(PROTO).map_or(https, |word| word.eq_ignore_ascii_case("https"));
    if let Some(host) = last(FORWARDED_HOST).and_then(|host| HeaderValue::try_from(host).ok()) {
        headers.insert(HOST, host);
    }
    Origin { client: Some(client), https }
}

/// Addresses are always ours: only a name can be made to lead somewhere else. Deliveries pass under any:
/// they prove themselves, and one that is refused would never come again.
fn named(app: &App, request: &Request) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or_default();
    if hosts.next().is_some() {
        return Err(Problem::new(Code::Malformed).detail("The request names two hosts."));
    }
    let Some(allowed) = &app.settings.allowed_hosts else { return Ok(()) };
    let name = without_port(host);
    let is_ours = name.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || allowed.iter().any(|known| known.eq_ignore_ascii_case(&name));
    match is_ours || request.uri().path().starts_with(inbound::PREFIX) {
        true => Ok(()),
        false => Err(Code::WrongHost.into()),
    }
}

fn without_port(host: &str) -> String {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn told(headers: &[(&'static str, &'static str)]) -> (Origin, HeaderMap) {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let named = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut map: HeaderMap = headers.iter().map(named).collect();
        (behind(&proxies, "10.0.0.1".parse().unwrap(), false, &mut map), map)
    }

    #[test]
    fn the_client_is_the_nearest_that_is_no_proxy_of_ours() {
        for (said, client) in [
            ("203.0.113.9", "203.0.113.9"),
            ("198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
            ("made up, 203.0.113.9", "203.0.113.9"),
            ("10.1.2.3", "10.1.2.3"),
            ("203.0.113.9, made up", "10.0.0.1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            let (origin, _) = told(&[(FOR, said)]);
            assert_eq!(origin.client, Some(client.parse().unwrap()), "{said}");
        }
    }

    #[test]
    fn a_proxy_says_which_name_was_asked_for_and_how() {
        let (origin, headers) =
            told(&[(PROTO, "http, https"), (FORWARDED_HOST, "rollcall.example"), ("host", "x")]);
        assert!(origin.https);
        assert_eq!(headers[HOST], "rollcall.example");
        assert!(!told(&[]).0.https);
    }

    #[test]
    fn a_port_is_no_part_of_a_name() {
        for (host, name) in [
            ("Rollcall.example:8080", "rollcall.example"),
            ("rollcall.example.", "rollcall.example"),
            ("[::1]:8080", "::1"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("", ""),
        ] {
            assert_eq!(without_port(host), name);
        }
    }
}
