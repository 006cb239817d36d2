//! Addresses that are refused by their text alone, each with its reason.

use super::super::address::{URL_LENGTH, UrlFault, address};

const BAD: [(&str, UrlFault); 62] = [
    ("", UrlFault::Unreadable),
    ("hooks.example", UrlFault::Unreadable),
    ("hooks.example/path", UrlFault::Unreadable),
    ("//hooks.example", UrlFault::Unreadable),
    ("/hooks", UrlFault::Unreadable),
    ("https://", UrlFault::Unreadable),
    ("https:", UrlFault::Unreadable),
    ("https:/hooks.example", UrlFault::Unreadable),
    ("https:hooks.example", UrlFault::Unreadable),
    ("https:///hooks.example", UrlFault::Unreadable),
    ("https://?a", UrlFault::Unreadable),
    ("https://:443/", UrlFault::Unreadable),
    ("https://hooks.example:port/", UrlFault::Unreadable),
    ("https://hooks.example:99999/", UrlFault::Unreadable),
    ("https://hooks.example:-1/", UrlFault::Unreadable),
    ("https://[::1", UrlFault::Unreadable),
    ("https://[not-an-address]/", UrlFault::Unreadable),
    ("https://[1.2.3.4]/", UrlFault::Unreadable),
    ("https://1.2.3.4.5.6/", UrlFault::Unreadable),
    ("https://256.1.1.1/", UrlFault::Unreadable),
    ("https://0x1ffffffff/", UrlFault::Unreadable),
    ("https://hooks..example/", UrlFault::Unreadable),
    ("https://.hooks.example/", UrlFault::Unreadable),
    ("https://-hooks.example/", UrlFault::Unreadable),
    ("https://hooks-.example/", UrlFault::Unreadable),
    ("https://hooks.example../", UrlFault::Unreadable),
    ("https://./", UrlFault::Unreadable),
    ("https://hooks%00.example/", UrlFault::Unreadable),
    ("https://hooks%2eexample%/", UrlFault::Unreadable),
    ("https://hooks<.example/", UrlFault::Unreadable),
    ("https://hooks|.example/", UrlFault::Unreadable),
    ("https://hooks^.example/", UrlFault::Unreadable),
    ("https://*.example/", UrlFault::Unreadable),
    ("https://hooks!.example/", UrlFault::Unreadable),
    ("https://$host/", UrlFault::Unreadable),
    ("https://{host}/", UrlFault::Unreadable),
    ("http://hooks.example/", UrlFault::Scheme),
    ("HTTP://hooks.example/", UrlFault::Scheme),
    ("ftp://hooks.example/", UrlFault::Scheme),
    ("file:///etc/passwd", UrlFault::Scheme),
    ("gopher://hooks.example/", UrlFault::Scheme),
    ("ws://hooks.example/", UrlFault::Scheme),
    ("wss://hooks.example/", UrlFault::Scheme),
    ("data:text/plain,hello", UrlFault::Scheme),
    ("javascript:alert(1)", UrlFault::Scheme),
    ("mailto:ada@example.com", UrlFault::Scheme),
    ("unix:/var/run/docker.sock", UrlFault::Scheme),
    ("httpss://hooks.example/", UrlFault::Scheme),
    ("https://ada@hooks.example/", UrlFault::Credentials),
    ("https://ada:secret@hooks.example/", UrlFault::Credentials),
    ("https://:secret@hooks.example/", UrlFault::Credentials),
    ("https://@hooks.example/", UrlFault::Credentials),
    ("https://hooks.example@internal.example/", UrlFault::Credentials),
    ("https://hooks.example/#", UrlFault::Fragment),
    ("https://hooks.example/#part", UrlFault::Fragment),
    ("https://hooks.example/?a=1#b", UrlFault::Fragment),
    ("https://hooks.example/a b", UrlFault::Characters),
    ("https://hooks.example/a\tb", UrlFault::Characters),
    ("https://hooks.example/\r\nHost: internal", UrlFault::Characters),
    ("https://hooks.example\\@internal.example/", UrlFault::Characters),
    ("https://hooks.example/\0", UrlFault::Characters),
    ("https://hooks\u{a0}.example/", UrlFault::Characters),
];

#[test]
fn bad_addresses_are_refused_with_their_reason() {
    for (text, fault) in BAD {
        assert_eq!(address(text, false), Err(fault), "{text:?}");
    }
    let long = format!("https://hooks.example/{}", "a".repeat(URL_LENGTH));
    assert_eq!(address(&long, false), Err(UrlFault::TooLong));
    // Each of them becomes nine.
    let longer = format!("https://hooks.example/{}", "€".repeat(600));
    assert_eq!(address(&longer, false), Err(UrlFault::TooLong));
}

#[test]
fn without_tls_only_where_the_operator_allows_it() {
    let plain = "http://127.0.0.1:8081/hooks";
    assert_eq!(address(plain, false), Err(UrlFault::Scheme));
    assert_eq!(address(plain, true).as_deref(), Ok(plain));
    assert_eq!(address("ftp://127.0.0.1/", true), Err(UrlFault::Scheme));
}

#[test]
fn good_addresses_are_stored_in_one_form() {
    for (given, stored) in [
        ("https://hooks.example", "https://hooks.example/"),
        (" https://Hooks.Example/A?b=c ", "https://hooks.example/A?b=c"),
        ("https://hooks.example:8443/x", "https://hooks.example:8443/x"),
        ("https://hooks.example:443/x", "https://hooks.example/x"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("https://my_host.example./", "https://my_host.example./"),
    ] {
        assert_eq!(address(given, false).as_deref(), Ok(stored));
    }
}
