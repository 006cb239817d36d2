//! Recordings say again what the provider said.

use super::{client, company, read_all};
use crate::providers::bamboohr::parse_recorded;
use crate::providers::{Outage, ProviderError};

#[tokio::test]
async fn a_recording_gives_the_same_pages_and_the_same_summary() {
    let simulator = company(1_500).await;
    let (summary, kept) = read_all(&client(&simulator)).await.unwrap();

    for size in [7, 4096, usize::MAX] {
        let mut pages = Vec::new();
        let again = parse_recorded(kept.raw.chunks(size), |page| pages.push(page)).unwrap();
        assert_eq!(again, summary);
        assert_eq!(pages, kept.pages);
    }
}

#[tokio::test]
async fn a_recording_that_was_cut_off_is_no_read() {
    let simulator = company(5).await;
    let (_, kept) = read_all(&client(&simulator)).await.unwrap();

    for end in 1..kept.raw.len() {
        let read = parse_recorded([&kept.raw[..end]], |_| {});
        assert!(
            matches!(read, Err(ProviderError::Unavailable(Outage::Truncated))),
            "{end}: {read:?}"
        );
    }
}

#[test]
fn what_is_no_recording_is_malformed() {
    for odd in
        ["{}\n", "nonsense\n", "{\"part\":\"report\",\"bytes\":1}\nx", "{\"part\":\"end\"}\n"]
    {
        let read = parse_recorded([odd], |_| {});
        assert!(matches!(read, Err(ProviderError::Malformed { .. })), "{odd}: {read:?}");
    }
}

/// A full read made by hand: `fields`, `employees` and a second count of 2.
fn recording(fields: &str, employees: &str) -> String {
    let report = format!(r#"{{"title":"t","fields":[{fields}],"employees":[{employees}]}}"#);
    let bytes = report.len();
    format!(
        "{{\"part\":\"read\",\"second_count\":2}}\n{{\"part\":\"report\",\"bytes\":{bytes}}}\n{report}{{\"part\":\"end\"}}\n"
    )
}

#[test]
fn a_read_is_complete_only_with_all_fields_all_people_and_all_readable() {
    let all = crate::providers::bamboohr::fields::aliases()
        .map(|alias| format!(r#"{{"id":"{alias}"}}"#))
        .collect::<Vec<_>>()
        .join(",");
    let two = r#"{"id":"1","status":"Active"},{"id":"2","status":null}"#;
    for (fields, employees, complete) in [
        (all.as_str(), two, true),
        (&all, r#"{"id":"1","status":"Active"}"#, false),
        (&all, r#"{"id":"1","status":""},{"id":"2","status":null}"#, false),
        (&all, &format!(r#"{two},{{"id":null}}"#), false),
        (&all, &format!(r#"{two},{{"id":"3","id":"4"}}"#), false),
        (&all, &format!("{two},7"), false),
        (&all, &format!(r#"{two},{{"id":}}"#), false),
        (&all, &format!(r#"{two},{{"id":"3","jobTitle":"\ud83c"}}"#), false),
        (&all.replace("photoUrl", "photo"), two, false),
        ("", two, false),
    ] {
        let summary = parse_recorded([recording(fields, employees)], |_| {}).unwrap();
        assert_eq!(summary.complete, complete, "{fields} {employees}");
    }
    let broken = recording(&all, r#"{"id":"1"]}"#);
    assert!(parse_recorded([broken], |_| {}).is_err());
}
