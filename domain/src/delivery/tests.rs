//! Deliveries and their proof; more spellings are tried with the provider's tests.

use chrono::TimeDelta;

use super::*;
use crate::connection::SignatureForm;

const KEY: &[u8] = b"0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const TIME: &str = "1769884920";
const A: &str = r#"{"type":"employee.updated","timestamp":"2026-01-31T18:42:00+0000","data":{"companyId":"4711","employeeId":"67","changedFields":["department"]}}"#;
const B: &str = r#"{"employees":[{"action":"Updated","changedFields":["Department"],"fields":{"Department":"R&D – Zürich"},"id":"67","timestamp":"2026-01-31T18:42:00+0000"}]}"#;
const C: &str = "type=employee.updated&data%5BcompanyId%5D=4711&data%5BemployeeId%5D=67&data%5BchangedFields%5D%5B0%5D=department";
const OF_A: &str = "3f9a01a799f462beff9e45ff3fcdebed07537ee3e0cfc92868271c81d3faf07d";
const OF_B: &str = "6893a3eb812c0303c0e92cb2f7ef2379b76e13304b10480f6e560cc1b0423f27";
const OF_C: &str = "42b76ae9f0728a6a9e4bcd8c166c80ee7e5b9648063b874679317a124c73fb1e";

/// What tells people how to sign by hand.
const HANDBOOK: &str = include_str!("../../../docs/bamboohr.md");

fn genuine(key: &[u8], body: &str, signature: &str) -> bool {
    verify(SignatureForm::BodyTimestamp, key, body.as_bytes(), TIME, signature)
}

#[test]
fn the_published_vectors_verify() {
    for (body, signature) in [(A, OF_A), (B, OF_B), (C, OF_C)] {
        assert!(genuine(KEY, body, signature));
        assert!(!genuine(KEY, &body.replace("67", "68"), signature));
        assert!(!genuine(b"another key", body, signature));
    }
    assert!(!genuine(KEY, A, &OF_A[2..]));
    assert!(!genuine(KEY, A, "not hex"));
    assert!(!genuine(KEY, A, ""));
}

#[test]
fn the_example_of_the_handbook_is_signed_as_it_says() {
    let (_, rest) = HANDBOOK.split_once("body='").unwrap();
    let (body, _) = rest.split_once('\'').unwrap();
    let is_hex = |word: &&str| word.chars().all(|digit| digit.is_ascii_hexdigit());
    let words: Vec<&str> = HANDBOOK.split('`').filter(is_hex).collect();
    let told = |length| *words.iter().find(|word| word.len() == length).unwrap();

    let (key, timestamp, signature) = (told(32), told(10), told(64));

    let form = SignatureForm::BodyTimestamp;
    assert!(verify(form, key.as_bytes(), body.as_bytes(), timestamp, signature));
    let spoken = "printf '%s%s' \"$body\" \"$timestamp\" | openssl dgst -sha256 -hmac";
    assert!(HANDBOOK.contains(spoken), "the command joins them in the same order");
}

#[test]
fn no_form_of_signature_passes_for_another() {
    let seed = sign(SignatureForm::TimestampDotBody, KEY, A.as_bytes(), TIME);
    let body_only = sign(SignatureForm::Body, KEY, A.as_bytes(), "");
    let decoded = hex::decode(KEY).unwrap();
    let hex_key = sign(SignatureForm::BodyTimestamp, &decoded, A.as_bytes(), TIME);
    let known = [
        (seed, "9f554a06", "a7588"),
        (body_only, "995928d5", "a8555"),
        (hex_key, "6a9f57df", "a9fe98"),
    ];
    for (signature, head, tail) in known {
        assert!(signature.starts_with(head) && signature.ends_with(tail), "{signature}");
        assert!(!genuine(KEY, A, &signature));
    }
}

#[test]
fn both_families_and_both_encodings_say_the_same() {
    let json = parse_delivery("application/json; charset=utf-8", A.as_bytes()).unwrap();
    assert_eq!((json.event_type.as_str(), json.family), ("employee.updated", Family::EventBased));
    assert_eq!(json.people[0].at, instant("2026-01-31T18:42:00Z"));
    let form = parse_delivery("application/x-www-form-urlencoded", C.as_bytes()).unwrap();
    let expected = DeliveredPerson { at: None, ..json.people[0].clone() };
    assert_eq!(form.people, [expected]);

    let fields = parse_delivery("application/json", B.as_bytes()).unwrap();
    assert_eq!(fields.event_type, "employee_with_fields.updated");
    assert_eq!(fields.people[0].values["Department"].as_deref(), Some("R&D – Zürich"));
}

#[test]
fn a_form_is_as_deep_as_it_needs_to_be_and_no_deeper() {
    let deep = format!("{C}&a{}=1", "[x]".repeat(300_000));

    let read = parse_delivery("application/x-www-form-urlencoded", deep.as_bytes()).unwrap();

    assert_eq!(read.people[0].changed_fields, ["department"]);
}

/// Whom each of these names: JSON as it should not be.
#[test]
fn whoever_can_be_told_is_named() {
    for (body, ids, unreadable) in [
        (&b"\xef\xbb\xbf{\"type\":\"employee.updated\",\"data\":{\"employeeId\":67}}"[..], "67", 0),
        (
            br#"{"type":"employee.updated","data":{"employeeId":"67","changedFields":["\ud83c"]}}"#,
            "67",
            0,
        ),
        (b"{\"type\":\"employee.\nupdated\",\"data\":{\"employeeId\":\"67\"}}", "67", 0),
        (b"{\"type\":\"M\xfcller\",\"data\":{\"employeeId\":\"67\"}}", "67", 0),
        (br#"{"type":7,"data":{"employeeId":"67"}}"#, "67", 0),
        (br#"{"employees":null,"type":[],"data":{"employeeId":"67"}}"#, "67", 0),
        (br#"{"data":{"employeeId":"67","changedFields":[1e999]}}"#, "67", 1),
        (
            br#"{"type":"employee.updated","data":{"employeeId": 67,"changedFields":[oops]}}"#,
            "67",
            1,
        ),
        (br#"{"employees":[{"id":"67","fields":{"Name":"\udc00"}},{"id":68}]}"#, "67 68", 0),
        (br#"{"employees":["67",68,null,[],{"id":"6\ud83c"}]}"#, "67 68", 3),
        (br#"{"employees":{"0":{"id":"67"},"2":{"id":68},"3":7}}"#, "67 68 3", 0),
        (br#"{"employees":{"67":{"action":"Updated"},"68":[]}}"#, "67 68", 0),
        (br#"{"employees":{"id":"67","action":"Updated","fields":{}}}"#, "67", 0),
        (br#"{"employees":[{"id":"67","fields":{"Pay":1e999}},{"id":"68","x":}]}"#, "67 68", 1),
    ] {
        let text = String::from_utf8_lossy(body);
        let read = parse_delivery("application/json", body).unwrap();
        let named: Vec<&str> = read.people.iter().map(|one| one.source_id.as_str()).collect();
        assert_eq!((named.join(" ").as_str(), read.unreadable), (ids, unreadable), "{text}");
    }
    for nobody in [r#"{"data":{"employeeId":null,}}"#, r#"{"employees":[{"id":}]}"#, "<html>"] {
        let read = parse_delivery("application/json", nobody.as_bytes());
        assert!(matches!(read, Err(DeliveryError::NotJson { .. })), "{nobody}");
    }
}

#[test]
fn only_recent_times_are_fresh() {
    let now = DateTime::from_timestamp(1_769_884_920, 0).unwrap();
    let judge = |text: &str| freshness(text, now, TimeDelta::minutes(5));
    for fresh in
        [TIME, "2026-01-31T18:42:00Z", "2026-01-31T18:46:00+0000", "2026-01-31T19:40:00+01:00"]
    {
        assert_eq!(judge(fresh), Freshness::Fresh, "{fresh}");
    }
    assert_eq!(judge("1769884619"), Freshness::Stale);
    assert_eq!(judge("2026-01-31T18:48:00Z"), Freshness::Stale);
    for odd in ["yesterday", "", "99999999999999999"] {
        assert_eq!(judge(odd), Freshness::Unreadable, "{odd}");
    }
}
