//! Every spelling of `Retry-After` a server has been seen to send.

use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};

use crate::{HeaderMap, HeaderValue, header, retry_after};

#[test]
fn each_spelling_says_how_long() {
    let cases: &[(&str, Option<u64>)] = &[
        ("0", Some(0)),
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("3600", Some(3600)),
        ("1000000000", Some(3600)),
        ("99999999999999999999999999", Some(3600)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
        ("Mon, 06 Nov 1994 08:49:37 GMT", Some(37)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37)),
        ("Sun Nov  6 08:49:37 1994", Some(37)),
        ("Sun, 06 Nov 1994 23:00:00 GMT", Some(3600)),
        ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
        ("Saturday, 05-Nov-94 08:49:37 GMT", Some(0)),
        ("Sat Nov  5 08:49:37 1994", Some(0)),
        ("Sunday, 06-Nov-60 08:49:37 GMT", Some(0)),
        ("Sunday, 06-Nov-12 08:49:37 GMT", Some(3600)),
        ("-1", None),
        ("-120", None),
        ("+5", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("12 seconds", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("1994-11-06T08:49:37Z", None),
    ];

    for (text, seconds) in cases {
        let read = retry_after(&asking([text]), now());
        assert_eq!(read, seconds.map(Duration::from_secs), "{text:?}");
    }
}

#[test]
fn nothing_said_is_nothing_asked() {
    assert_eq!(retry_after(&HeaderMap::new(), now()), None);
}

#[test]
fn of_two_values_the_longer_one_counts() {
    let asked = asking(["garbage", "3", "60"]);

    assert_eq!(retry_after(&asked, now()), Some(Duration::from_secs(60)));
}

#[test]
fn a_short_year_can_lie_in_the_next_century() {
    let new_years_eve = Utc.with_ymd_and_hms(2099, 12, 31, 23, 59, 50).unwrap();

    let read = retry_after(&asking(["Friday, 01-Jan-00 00:00:00 GMT"]), new_years_eve);

    assert_eq!(read, Some(Duration::from_secs(10)));
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(1994, 11, 6, 8, 49, 0).unwrap()
}

fn asking<const N: usize>(values: [&str; N]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::RETRY_AFTER, HeaderValue::from_str(value).unwrap());
    }
    headers
}
