//! Runs the corpus of addresses against the guard, with listeners that count who comes through.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;

use super::corpus::{ELSEWHERE, FINE, THIS_MACHINE};
use super::server::{Server, Then, local};
use crate::guard::vet_all;
use crate::{Egress, Error, Policy, Request, judge};

#[tokio::test]
async fn no_spelling_of_this_machine_reaches_it() {
    let (v4, v6) = listeners().await;
    let port = v4.local_addr().unwrap().port();
    let egress = Egress::new(strict()).unwrap();

    for host in THIS_MACHINE {
        for url in [format!("http://{host}:{port}/"), format!("https://{host}:{port}/x?y")] {
            let error = egress.send(Request::get(&url)).await.err();
            assert!(error.as_ref().is_some_and(is_refusal), "{url:?}: {error:?}");
        }
    }

    assert!(nobody_came(v4));
    if let Some(v6) = v6 {
        assert!(nobody_came(v6));
    }
}

#[tokio::test]
async fn special_nets_are_refused_as_literals() {
    let egress = Egress::new(strict()).unwrap();

    for (text, why) in ELSEWHERE {
        let address: IpAddr = text.parse().unwrap();
        assert_eq!(judge(address), Err(*why), "{text}");
        let url = format!("https://{}/", SocketAddr::new(address, 443));
        let error = egress.send(Request::get(&url)).await.err();
        assert!(matches!(error, Some(Error::Refused { .. })), "{url}: {error:?}");
    }
}

#[test]
fn the_rest_of_the_internet_is_open() {
    for text in FINE {
        assert_eq!(judge(text.parse().unwrap()), Ok(()), "{text}");
    }
}

#[test]
fn one_bad_address_spoils_a_name() {
    for bad in ["127.0.0.1", "10.0.0.1", "::1", "fd00:ec2::254", "::ffff:127.0.0.1"] {
        for found in [[bad, "8.8.8.8"], ["2606:4700:4700::1111", bad]] {
            let addresses = found.map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).to_vec();
            let error = vet_all("mixed.example", addresses, &strict()).unwrap_err();
            assert!(matches!(error, Error::Refused { .. }), "{found:?}: {error:?}");
        }
    }
}

#[test]
fn a_name_without_addresses_is_not_a_pass() {
    let error = vet_all("empty.example", Vec::new(), &strict()).unwrap_err();

    assert!(matches!(error, Error::Unresolvable { .. }), "{error:?}");
}

#[test]
fn what_is_not_a_web_address_is_refused() {
    let egress = Egress::new(strict()).unwrap();
    for text in [
        "",
        "example.com",
        "//example.com/",
        "https:example.com",
        "https:/example.com",
        "https:///example.com",
        "https://",
        "https://:443/",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://[::1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
        "https://a:b@example.com/",
        "https://example.com\\.evil.com/",
    ] {
        assert!(egress.vet(text).as_ref().is_err_and(is_refusal), "{text:?}");
    }
}

#[tokio::test]
async fn a_refusal_names_no_address() {
    let error = Egress::new(strict()).unwrap().send(Request::get("http://localhost/")).await;

    let message = error.err().unwrap().to_string();
    assert_eq!(
        message,
        "localhost leads to this machine itself, which may not be contacted; \
         an operator can allow the network it is in"
    );
}

#[tokio::test]
async fn an_operator_can_open_a_net() {
    let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n", Then::Listens).await;
    let egress = Egress::new(local()).unwrap();

    for host in ["127.0.0.1", "127.1", "2130706433"] {
        let url = format!("http://{host}:{}/", server.port);
        assert_eq!(egress.send(Request::get(url)).await.unwrap().status(), 204, "{host}");
    }
    let elsewhere = egress.send(Request::get("http://10.0.0.1/")).await.err();
    assert!(matches!(elsewhere, Some(Error::Refused { .. })), "{elsewhere:?}");
}

#[tokio::test]
async fn an_open_net_counts_for_names_too() {
    let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n", Then::Listens).await;
    let nets = ["127.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap());
    let egress = Egress::new(Policy::permitting(nets)).unwrap();

    let url = format!("http://localhost:{}/", server.port);

    assert_eq!(egress.send(Request::get(url)).await.unwrap().status(), 204);
}

/// Everything may be tried except addresses.
fn strict() -> Policy {
    Policy { allow_http: true, ports: Vec::new(), ..Policy::default() }
}

fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Refused { .. } | Error::Unresolvable { .. } | Error::InvalidUrl(_))
}

async fn listeners() -> (TcpListener, Option<TcpListener>) {
    let v4 = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = v4.local_addr().unwrap().port();
    let v6 = TcpListener::bind(SocketAddr::new("::1".parse().unwrap(), port)).await.ok();
    (v4, v6)
}

/// A connection is in the backlog before its client knows of it, so looking once is enough.
fn nobody_came(listener: TcpListener) -> bool {
    listener.into_std().unwrap().accept().is_err_and(|e| e.kind() == ErrorKind::WouldBlock)
}
