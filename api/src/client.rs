//! Where a request comes from, as far as signing in is concerned.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

use crate::app::App;
use crate::origin::Origin;
use crate::sessions;

/// What is kept of what a browser says of itself.
const AGENT: usize = 120;

#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// `None` on the owner's socket.
    pub(crate) address: Option<IpAddr>,
    pub(crate) agent: String,
    /// What a device that signed in before brings along.
    pub(crate) device: Option<String>,
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<Origin>().and_then(|origin| origin.client);
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let agent = agent.unwrap_or_default().chars().take(AGENT).collect();
        let device = sessions::device(app, &parts.headers).map(str::to_owned);
        Ok(Client { address, agent, device })
    }
}

impl Client {
    /// Whose tries are counted together: an address, or what one customer of a provider has.
    pub(crate) fn throttled_as(&self) -> String {
        match self.address {
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => network(address, 4),
            None => "owner".to_owned(),
        }
    }

    /// Enough of the address to recognise it, and too little to find anybody.
    pub(crate) fn part_of_address(&self) -> String {
        match self.address {
            Some(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            Some(IpAddr::V6(address)) => network(address, 3),
            None => String::new(),
        }
    }
}

/// The first so many groups.
fn network(address: Ipv6Addr, groups: usize) -> String {
    let mut segments = address.segments();
    segments[groups..].fill(0);
    format!("{}/{}", Ipv6Addr::from(segments), groups * 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_a_part_is_kept() {
        let client = |text: &str| Client {
            address: Some(text.parse().unwrap()),
            agent: String::new(),
            device: None,
        };
        assert_eq!(client("192.0.2.77").part_of_address(), "192.0.2.0/24");
        assert_eq!(client("192.0.2.77").throttled_as(), "192.0.2.77");
        assert_eq!(client("2001:db8:1:2:3:4:5:6").part_of_address(), "2001:db8:1::/48");
        assert_eq!(client("2001:db8:1:2:3:4:5:6").throttled_as(), "2001:db8:1:2::/64");
    }
}
