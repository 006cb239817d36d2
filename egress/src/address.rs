//! Which addresses a request from outside may never make us connect to.
//!
//! Sources: the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its successors),
//! plus the metadata services of the clouds. IPv6 is judged the other way round: only global
//! unicast (2000::/3) can pass at all, so what is not yet assigned is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    #[error("this machine itself")]
    Loopback,
    #[error("a private network")]
    Private,
    #[error("a link-local address")]
    LinkLocal,
    #[error("a cloud's metadata service")]
    Metadata,
    #[error("a provider's shared network")]
    Shared,
    #[error("a multicast address")]
    Multicast,
    #[error("an address that hides another one")]
    Embedding,
    #[error("an address reserved for documentation or tests")]
    Documentation,
    #[error("a reserved address")]
    Reserved,
}

/// Says why nobody outside may send us to this address; `Ok` is an ordinary internet address.
pub fn judge(address: IpAddr) -> Result<(), Forbidden> {
    match address {
        IpAddr::V4(v4) => judge_v4(v4),
        IpAddr::V6(v6) => judge_v6(v6),
    }
}

fn judge_v4(address: Ipv4Addr) -> Result<(), Forbidden> {
    match V4.iter().find(|(net, _)| net.contains(&address)) {
        Some((_, why)) => Err(*why),
        None => Ok(()),
    }
}

fn judge_v6(address: Ipv6Addr) -> Result<(), Forbidden> {
    if let Some((_, why)) = V6.iter().find(|(net, _)| net.contains(&address)) {
        return Err(*why);
    }
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return judge_v4(Ipv4Addr::new(a, b, c, d)).map_err(|_| Forbidden::Embedding);
    }
    if GLOBAL_UNICAST.contains(&address) { Ok(()) } else { Err(Forbidden::Reserved) }
}

/// The well-known translation prefix (RFC 6052): as good or bad as the IPv4 address inside.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

const V4: &[(Ipv4Net, Forbidden)] = &[
    (v4([0, 0, 0, 0], 8), Forbidden::Loopback),
    (v4([10, 0, 0, 0], 8), Forbidden::Private),
    (v4([100, 100, 100, 200], 32), Forbidden::Metadata),
    (v4([100, 64, 0, 0], 10), Forbidden::Shared),
    (v4([127, 0, 0, 0], 8), Forbidden::Loopback),
    (v4([168, 63, 129, 16], 32), Forbidden::Metadata),
    (v4([169, 254, 169, 254], 32), Forbidden::Metadata),
    (v4([169, 254, 0, 0], 16), Forbidden::LinkLocal),
    (v4([172, 16, 0, 0], 12), Forbidden::Private),
    (v4([192, 0, 0, 192], 32), Forbidden::Metadata),
    (v4([192, 0, 0, 0], 24), Forbidden::Reserved),
    (v4([192, 0, 2, 0], 24), Forbidden::Documentation),
    (v4([192, 31, 196, 0], 24), Forbidden::Reserved),
    (v4([192, 52, 193, 0], 24), Forbidden::Reserved),
    (v4([192, 88, 99, 0], 24), Forbidden::Embedding),
    (v4([192, 168, 0, 0], 16), Forbidden::Private),
    (v4([192, 175, 48, 0], 24), Forbidden::Reserved),
    (v4([198, 18, 0, 0], 15), Forbidden::Documentation),
    (v4([198, 51, 100, 0], 24), Forbidden::Documentation),
    (v4([203, 0, 113, 0], 24), Forbidden::Documentation),
    (v4([224, 0, 0, 0], 4), Forbidden::Multicast),
    (v4([240, 0, 0, 0], 4), Forbidden::Reserved),
];

/// Those outside 2000::/3 stand here for the sake of a better reason.
const V6: &[(Ipv6Net, Forbidden)] = &[
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 127), Forbidden::Loopback),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 80), Forbidden::Embedding),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), Forbidden::Embedding),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), Forbidden::Reserved),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), Forbidden::Embedding),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Forbidden::Reserved),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Forbidden::Documentation),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Forbidden::Embedding),
    (v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), Forbidden::Reserved),
    (v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16), Forbidden::Reserved),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Forbidden::Documentation),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), Forbidden::Metadata),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Forbidden::Private),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Forbidden::LinkLocal),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Forbidden::Private),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Forbidden::Multicast),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}
