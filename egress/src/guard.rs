//! Lets a request through only to where it may go: judges the URL, the name and every address.
//!
//! A name is resolved once per connection and the connection is made to exactly the addresses that
//! were judged, so an answer that changes in between (DNS rebinding) changes nothing. A kept-alive
//! connection stays with the address it was made to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::judge;
use crate::{Error, Policy, UrlFault};

/// Reads a URL and refuses what can be refused without asking a name server.
pub(crate) fn vet(text: &str, policy: &Policy) -> Result<Url, Error> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.contains(odd) {
        return Err(Error::InvalidUrl(UrlFault::Characters));
    }
    let url = Url::parse(text).map_err(|_| Error::InvalidUrl(UrlFault::Unreadable))?;
    match url.scheme() {
        "https" => {}
        "http" if policy.allow_http => {}
        _ => return Err(Error::InvalidUrl(UrlFault::Scheme)),
    }
    // `https:/a`, `https:a` and `https:///a` all mean `https://a` to some readers only.
    let Some(authority) = authority(text) else {
        return Err(Error::InvalidUrl(UrlFault::Unreadable));
    };
    if !url.username().is_empty() || url.password().is_some() || authority.contains('@') {
        return Err(Error::InvalidUrl(UrlFault::UserInfo));
    }
    let port = url.port_or_known_default().unwrap_or_default();
    if port == 0 || (!policy.ports.is_empty() && !policy.ports.contains(&port)) {
        return Err(Error::InvalidUrl(UrlFault::Port));
    }
    match url.host() {
        Some(Host::Ipv4(address)) => vet_address(text_of_host(&url), address.into(), policy)?,
        Some(Host::Ipv6(address)) => vet_address(text_of_host(&url), address.into(), policy)?,
        Some(Host::Domain(name)) if !name.is_empty() => {}
        Some(Host::Domain(_)) | None => return Err(Error::InvalidUrl(UrlFault::Unreadable)),
    }
    Ok(url)
}

/// All addresses of a name, or a refusal if a single one of them is not to be contacted.
pub(crate) fn vet_all(
    host: &str,
    addresses: Vec<SocketAddr>,
    policy: &Policy,
) -> Result<Vec<SocketAddr>, Error> {
    if addresses.is_empty() {
        return Err(Error::Unresolvable { host: host.to_owned() });
    }
    for address in &addresses {
        vet_address(host, address.ip(), policy)?;
    }
    Ok(addresses)
}

fn vet_address(host: &str, address: IpAddr, policy: &Policy) -> Result<(), Error> {
    match judge(address) {
        Err(why) if !policy.permits(address) => {
            Err(Error::Refused { host: host.to_owned(), address, why })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The name server of the client: it hands out judged addresses or none.
pub(crate) struct Guard(pub(crate) Arc<Policy>);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0))
                .await
                .map_err(|_| Error::Unresolvable { host: host.to_owned() })?
                .collect();
            let vetted = vet_all(host, found, &policy)?;
            Ok(Box::new(vetted.into_iter()) as Addrs)
        })
    }
}

pub(crate) fn text_of_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// What stands between `//` and the path, as written: an empty user name leaves its `@` only here.
fn authority(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("://")?;
    after.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())
}
