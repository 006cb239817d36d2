//! Every event type ever stored still reads, and is written back byte for byte.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decider::{Malformed, Written};
use crate::recorded::Fact;

#[derive(Deserialize)]
struct Golden<'a> {
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(borrow)]
    personal: Option<&'a RawValue>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// `(kind, version, text)` of every golden file.
fn goldens() -> Vec<(String, u16, String)> {
    let files = fs::read_dir(folder("golden")).unwrap().map(|file| file.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let (kind, version) = name.strip_suffix(".json").unwrap().rsplit_once(".v").unwrap();
            // A second one of a type says what is told of it: `unit.created.v1.nested.json`.
            let version = version.split('.').next().unwrap();
            (kind.to_owned(), version.parse().unwrap(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// What every `kind()` in the sources can answer.
fn kinds_in_sources() -> BTreeSet<String> {
    let aggregates = fs::read_dir(folder("src")).unwrap().map(|entry| entry.unwrap().path());
    let sources = aggregates.filter_map(|path| fs::read_to_string(path.join("event.rs")).ok());
    let mut kinds = BTreeSet::new();
    for source in sources {
        let answers = source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
        kinds.extend(answers.filter(|text| text.contains('.')).map(str::to_owned));
    }
    kinds
}

/// `(kind, schema version, payload, personal part)`, as written.
fn written<E: Written>(event: &E) -> (&'static str, u16, Vec<u8>, Option<Vec<u8>>) {
    (event.kind(), event.schema_version(), event.payload(), event.personal_bytes())
}

fn rewritten(fact: &Fact) -> (&'static str, u16, Vec<u8>, Option<Vec<u8>>) {
    match fact {
        Fact::Actor(event) => written(event),
        Fact::Connection(event) => written(event),
        Fact::Health(event) => written(event),
        Fact::Identity(event) => written(event),
        Fact::Inbox(event) => written(event),
        Fact::Lane(event) => written(event),
        Fact::Mail(event) => written(event),
        Fact::Members(event) => written(event),
        Fact::Notification(event) => written(event),
        Fact::Pushes(event) => written(event),
        Fact::Receipt(event) => written(event),
        Fact::Run(event) => written(event),
        Fact::Scenario(event) => written(event),
        Fact::SigningKey(event) => written(event),
        Fact::Slot(event) => written(event),
        Fact::Subject(event) => written(event),
        Fact::Tenant(event) => written(event),
        Fact::Unit(event) => written(event),
        Fact::User(event) => written(event),
        Fact::WebhookEndpoint(event) => written(event),
    }
}

#[test]
fn every_event_type_has_a_golden_file() {
    let golden: BTreeSet<String> = goldens().into_iter().map(|(kind, _, _)| kind).collect();
    let known: BTreeSet<String> = Fact::KINDS.map(str::to_owned).into();
    assert_eq!(kinds_in_sources(), known, "Fact::KINDS names what each `kind()` can answer");
    assert_eq!(golden, known, "domain/golden has a file per type");
}

#[test]
fn every_golden_event_reads_and_is_written_back_byte_for_byte() {
    for (kind, version, text) in goldens() {
        let golden: Golden = serde_json::from_str(&text).unwrap();
        let personal = golden.personal.map(|personal| personal.get().as_bytes());
        let fact = Fact::read(&kind, golden.payload.get().as_bytes(), personal)
            .unwrap_or_else(|malformed| panic!("{kind}: {malformed}"));
        let (rewritten_kind, schema, payload, sealed) = rewritten(&fact);
        assert_eq!((rewritten_kind, schema), (kind.as_str(), version));
        assert_eq!(String::from_utf8(payload).unwrap(), golden.payload.get(), "{kind}");
        assert_eq!(sealed.as_deref(), personal, "{kind}");
    }
}

#[test]
fn an_erased_event_still_reads() {
    for (kind, _, text) in goldens() {
        let golden: Golden = serde_json::from_str(&text).unwrap();
        let fact = Fact::read(&kind, golden.payload.get().as_bytes(), None).unwrap();
        let (_, _, payload, sealed) = rewritten(&fact);
        assert_eq!(String::from_utf8(payload).unwrap(), golden.payload.get(), "{kind}");
        assert_eq!(sealed, None, "{kind}");
    }
}

#[test]
fn a_type_of_a_newer_version_is_told_from_a_damaged_event() {
    let newer = Fact::read("actor.merged", br#"{"merged":{}}"#, None);
    assert_eq!(newer, Err(Malformed::UnknownType("actor.merged".into())));
    let damaged = Fact::read("actor.created", br#"{"created":{}}"#, None);
    assert!(matches!(damaged, Err(Malformed::Shape { .. })));
}
