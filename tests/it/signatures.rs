//! What we sign, verified by libraries that are not ours: Standard Webhooks' own for Python and for
//! JavaScript, and the other header as its documentation says.

mod receivers;
mod run;

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::message::{
    Detail, EndpointFace, EndpointSecret, Kind, SECRET_BYTES, headers, sample,
};
use serde_json::{Value, json};

use receivers::{changed, verify};

const REQUESTS: usize = 2_000;
/// From here on each endpoint's secret is being replaced.
const ROTATED_FROM: usize = 1_400;

/// Bytes that differ from request to request and are the same in every test.
fn bytes(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// The request that an endpoint gets, the secrets its receiver may hold, and the body with another byte.
fn request(number: usize, at: DateTime<Utc>) -> Value {
    let kind = Kind::ALL[number % Kind::ALL.len()];
    let detail = Detail::ALL[number / 5 % 2];
    let webhook_id = format!("endpoint-{number}");
    let url = format!("https://example.com/hook/{number}?name=Zoë&sign=✓");
    let message = sample(kind, at - TimeDelta::milliseconds(number as i64));
    let body = message.body(&EndpointFace { webhook_id, url }, detail).to_string();

    let lengths = SECRET_BYTES.count();
    let secret = |seed: usize| {
        let length = SECRET_BYTES.start() + seed % lengths;
        EndpointSecret::new(&bytes(seed, length)).unwrap()
    };
    let (new, old) = (secret(2 * number), secret(2 * number + 1));
    let secrets = if number < ROTATED_FROM { vec![new] } else { vec![new, old] };
    let key: String = bytes(number, 24).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let signed = headers(&message.id, at, body.as_bytes(), &secrets, &key);
    let headers: serde_json::Map<String, Value> =
        signed.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "changed": changed(&body, number),
        "body": body,
        "headers": headers,
        "secrets": secrets.iter().map(EndpointSecret::text).collect::<Vec<_>>(),
        "organisation_key": key,
    })
}

#[test]
fn what_we_sign_is_verified_by_libraries_of_others() {
    // Receivers allow five minutes either way: a slow machine has nine.
    let at = Utc::now() + TimeDelta::minutes(4);
    let lines: String = (0..REQUESTS).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{}", request(number, at)).unwrap();
        lines
    });
    verify(&lines, REQUESTS);
}
