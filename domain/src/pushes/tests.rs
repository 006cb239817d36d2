//! Which request another one repeats.

use chrono::DateTime;

use super::*;
use crate::connection::{HrisWebhook, ProviderSettings, Status, Targets};
use crate::push::SyncType;
use crate::testing::given;

fn taken(receipt: &str, body: &str) -> Taken {
    Taken {
        receipt: receipt.into(),
        body_sha256: body.into(),
        configuration: "one".into(),
        at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
    }
}

fn after(all: &[Taken]) -> Pushes {
    all.iter().fold(Pushes::default(), |known, one| known.evolve(&Event::Taken(one.clone())))
}

#[test]
fn a_request_is_taken() {
    let one = taken("a", "body");
    given::<Pushes>([]).when(Command::Take(one.clone())).then([Event::Taken(one)]);
}

#[test]
fn the_latest_alone_is_repeated() {
    let known = after(&[taken("a", "first"), taken("b", "second")]);

    assert_eq!(known.repeated_by("second", "one"), Some(&taken("b", "second")));
    assert_eq!(known.repeated_by("first", "one"), None);
}

#[test]
fn a_request_under_other_settings_is_no_repetition() {
    assert_eq!(after(&[taken("a", "body")]).repeated_by("body", "two"), None);
}

#[test]
fn whatever_decides_what_a_request_does_tells_configurations_apart() {
    let known = KnownConnection {
        connection: "c".into(),
        status: Status::Test,
        settings: ProviderSettings::HrisWebhook(HrisWebhook::at("0f")).into(),
        targets: Targets { live_baseline: true, ..Targets::default() },
        credentials: "ignored".into(),
        credentials_expire_on: None,
        secrets: vec![],
        removed_secrets: Default::default(),
    };
    let own = HrisWebhook { sync_type: SyncType::OneToOne, ..HrisWebhook::at("0f") };
    let others = [
        KnownConnection { status: Status::Active, ..known.clone() },
        KnownConnection { credentials: "others".into(), ..known.clone() },
        KnownConnection { targets: Targets::default(), ..known.clone() },
        KnownConnection { settings: ProviderSettings::HrisWebhook(own).into(), ..known.clone() },
    ];

    for other in others {
        assert_ne!(configuration(&other), configuration(&known), "{other:?}");
    }
    let rotated = KnownConnection { removed_secrets: ["x".to_owned()].into(), ..known.clone() };
    assert_eq!(configuration(&rotated), configuration(&known));
}
