//! What an operator decides about outgoing requests: who may be reached, how long, how much.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

/// The rules one `Egress` lives by. The default suits providers and customers on the internet.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Nets that pass although they are private, loopback or otherwise special. Empty by default.
    pub allow_private: Vec<IpNet>,
    /// Whether `http://` is accepted besides `https://`.
    pub allow_http: bool,
    /// Ports that may be used; empty means any. 443 and 8443 by default.
    pub ports: Vec<u16>,
    /// For resolving the name, connecting and the TLS handshake together.
    pub connect_timeout: Duration,
    /// From the start of a request until the last byte of the answer's head.
    pub first_byte_timeout: Duration,
    /// Between two pieces of the answer's body.
    pub idle_timeout: Duration,
    /// From the start of a request until the last byte of its answer.
    pub total_timeout: Duration,
    /// How many bytes of an answer's body, unpacked, are read before it counts as too large.
    pub max_body_bytes: u64,
    /// What we call ourselves.
    pub user_agent: String,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            allow_private: Vec::new(),
            allow_http: false,
            ports: vec![443, 8443],
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(60),
            max_body_bytes: 32 * 1024 * 1024,
            user_agent: concat!("rollcall/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Policy {
    /// The default, with these nets open on any port and without TLS: for simulators and for
    /// receivers inside an operator's own network. All other private addresses stay refused.
    pub fn permitting(nets: impl IntoIterator<Item = IpNet>) -> Self {
        Policy {
            allow_private: nets.into_iter().collect(),
            allow_http: true,
            ports: Vec::new(),
            ..Policy::default()
        }
    }

    /// Whether the operator has listed this address.
    pub(crate) fn permits(&self, address: IpAddr) -> bool {
        self.allow_private.iter().any(|net| net.contains(&address))
    }
}
