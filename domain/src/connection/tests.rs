//! given / when / then for every rule and refusal of a connection.

use super::*;
use crate::testing::given;

fn settings(subdomain: &str) -> Settings {
    ProviderSettings::BambooHr(BambooHr::of(subdomain)).into()
}
fn in_auckland() -> Settings {
    Settings { time_zone: Some("Pacific/Auckland".into()), ..settings("acme") }
}
fn targets(scenarios: &[&str]) -> Targets {
    let scenarios = scenarios.iter().map(|&s| s.to_owned()).collect();
    Targets { live_baseline: true, scenarios, all_future: false }
}
fn connect(account: &str) -> Command {
    Command::Connect {
        connection: "c1".into(),
        settings: settings(account),
        targets: targets(&["s1", "s1"]),
        credentials: "vault/1".into(),
    }
}
fn connected() -> Event {
    Event::Connected {
        connection: "c1".into(),
        settings: settings("acme"),
        targets: targets(&["s1"]),
        credentials: "vault/1".into(),
    }
}
fn secret(fingerprint: &str) -> SecretRef {
    let vault = format!("vault/{fingerprint}");
    SecretRef { vault, fingerprint: fingerprint.into(), webhook: None }
}
fn add(fingerprint: &str) -> Command {
    Command::AddWebhookSecret { secret: secret(fingerprint) }
}
fn added(fingerprint: &str) -> Event {
    Event::WebhookSecretAdded(secret(fingerprint))
}
fn remove(fingerprint: &str) -> Command {
    Command::RemoveWebhookSecret { fingerprint: fingerprint.into() }
}
fn removed(fingerprint: &str) -> Event {
    Event::WebhookSecretRemoved(secret(fingerprint))
}
fn import(fingerprint: &str) -> Command {
    Command::ImportWebhookSecret { secret: secret(fingerprint) }
}
fn changes() -> [Command; 8] {
    [
        Command::ChangeSettings { settings: in_auckland() },
        Command::ChangeTargets { targets: targets(&[]) },
        Command::ReplaceCredentials { credentials: "vault/2".into() },
        add("a"),
        import("a"),
        remove("a"),
        Command::Pause,
        Command::Resume,
    ]
}

#[test]
fn a_connection_is_saved_and_active() {
    given::<Connection>([]).when(connect("acme")).then([connected()]);
    assert_eq!(given::<Connection>([connected()]).state.status(), Some(Status::Active));
}

#[test]
fn an_account_is_a_label_and_never_an_address() {
    for account in ["", "acme.evil.example", "acme/../x", "-acme", "acme-", "ac me"] {
        given::<Connection>([]).when(connect(account)).then_refused(Refusal::SubdomainInvalid);
    }
    given::<Connection>([connected()])
        .when(Command::ChangeSettings { settings: settings("a/b") })
        .then_refused(Refusal::SubdomainInvalid);
}

#[test]
fn a_time_zone_is_one_that_is_known() {
    let nowhere = Settings { time_zone: Some("Auckland".into()), ..settings("acme") };
    given::<Connection>([connected()])
        .when(Command::ChangeSettings { settings: nowhere })
        .then_refused(Refusal::TimeZoneUnknown { name: "Auckland".into() });
}

#[test]
fn a_source_is_provider_and_account() {
    assert_eq!(settings("Acme").source(), settings("acme").source());
    assert_ne!(settings("acme").source(), settings("other").source());
    given::<Connection>([connected()])
        .when(Command::ChangeSettings { settings: settings("other") })
        .then_refused(Refusal::AnotherAccount);
}

#[test]
fn saving_the_same_again_is_no_news() {
    given::<Connection>([connected()]).when(connect("acme")).then_nothing();
}

#[test]
fn a_connection_is_not_connected_over() {
    given::<Connection>([connected()])
        .when(connect("other"))
        .then_refused(Refusal::AlreadyConnected);
}

#[test]
fn settings_targets_and_credentials_change() {
    let known = || given::<Connection>([connected()]);
    known()
        .when(Command::ChangeSettings { settings: in_auckland() })
        .then([Event::SettingsChanged { old: settings("acme"), new: in_auckland() }]);
    known()
        .when(Command::ChangeTargets { targets: targets(&["s2", "s1", "s2"]) })
        .then([Event::TargetsChanged { old: targets(&["s1"]), new: targets(&["s2", "s1"]) }]);
    known()
        .when(Command::ReplaceCredentials { credentials: "vault/2".into() })
        .then([Event::CredentialsReplaced { old: "vault/1".into(), new: "vault/2".into() }]);
}

#[test]
fn without_any_target_nothing_is_connected_or_changed() {
    let (connection, targets) = ("c1".into(), Targets::default());
    let (settings, credentials) = (settings("acme"), "vault/1".into());
    given::<Connection>([])
        .when(Command::Connect { connection, settings, targets, credentials })
        .then_refused(Refusal::NoTarget);
    given::<Connection>([connected()])
        .when(Command::ChangeTargets { targets: Targets::default() })
        .then_refused(Refusal::NoTarget);
}

#[test]
fn who_is_no_target_is_named_with_the_reason() {
    let declined = |scenario: &str, why| Declined { scenario: scenario.into(), why };
    let refusal = Refusal::NotOffered(vec![
        declined("s1", NotOffered::Archived),
        declined("s2", NotOffered::Preparing),
    ]);
    assert_eq!(
        refusal.to_string(),
        "scenario s1 can't be a target: it is archived; choose another, or copy one anew. Also, \
         scenario s2 can't be a target: it is still being copied; choose it when it is active"
    );
}

#[test]
fn a_change_to_the_same_is_no_news() {
    for command in [
        Command::ChangeSettings { settings: settings("acme") },
        Command::ChangeTargets { targets: targets(&["s1"]) },
        Command::ReplaceCredentials { credentials: "vault/1".into() },
        Command::Resume,
    ] {
        given::<Connection>([connected()]).when(command).then_nothing();
    }
}

#[test]
fn two_secrets_are_live_at_a_time() {
    given::<Connection>([connected(), added("a")]).when(add("b")).then([added("b")]);
    given::<Connection>([connected(), added("a"), added("b")])
        .when(add("c"))
        .then_refused(Refusal::SecretsFull { oldest: "a".into(), newest: "b".into() });
}

#[test]
fn a_live_secret_is_added_once() {
    given::<Connection>([connected(), added("a"), added("b")]).when(add("b")).then_nothing();
}

#[test]
fn a_secret_is_removed_once() {
    given::<Connection>([connected(), added("a")]).when(remove("a")).then([removed("a")]);
    given::<Connection>([connected(), added("a"), removed("a")]).when(remove("a")).then_nothing();
}

#[test]
fn a_secret_that_never_was_cannot_be_removed() {
    given::<Connection>([connected(), added("a")])
        .when(remove("b"))
        .then_refused(Refusal::NoSuchSecret { fingerprint: "b".into() });
}

#[test]
fn a_removed_secret_is_remembered_for_imports() {
    let gone = [connected(), added("a"), removed("a")];
    given::<Connection>(gone.clone()).when(import("a")).then_nothing();
    given::<Connection>(gone.clone()).when(import("b")).then([added("b")]);
    given::<Connection>(gone).when(add("a")).then([added("a")]);
    given::<Connection>([connected(), added("a")]).when(import("a")).then_nothing();
}

#[test]
fn a_connection_is_paused_and_resumed() {
    given::<Connection>([connected()]).when(Command::Pause).then([Event::Paused]);
    given::<Connection>([connected(), Event::Paused]).when(Command::Pause).then_nothing();
    given::<Connection>([connected(), Event::Paused]).when(Command::Resume).then([Event::Resumed]);
}

#[test]
fn a_connection_is_disconnected_once_and_for_good() {
    let gone = [connected(), Event::Paused, Event::Disconnected];
    given::<Connection>(gone[..2].to_vec()).when(Command::Disconnect).then([Event::Disconnected]);
    given::<Connection>(gone.clone()).when(Command::Disconnect).then_nothing();
    for command in changes().into_iter().chain([connect("acme")]) {
        given::<Connection>(gone.clone()).when(command).then_refused(Refusal::Disconnected);
    }
}

#[test]
fn nothing_can_be_done_before_it_is_connected() {
    for command in changes().into_iter().chain([Command::Disconnect]) {
        given::<Connection>([]).when(command).then_refused(Refusal::NotConnected);
    }
}

fn last_day() -> Option<chrono::NaiveDate> {
    chrono::NaiveDate::from_ymd_opt(2027, 6, 30)
}

#[test]
fn the_last_day_of_credentials_can_be_entered_and_taken_away() {
    let entered = Event::CredentialExpiryChanged { old: None, new: last_day() };
    given::<Connection>([connected()])
        .when(Command::SetCredentialExpiry { on: last_day() })
        .then([entered.clone()]);
    given::<Connection>([connected(), entered.clone()])
        .when(Command::SetCredentialExpiry { on: last_day() })
        .then_nothing();
    given::<Connection>([connected(), entered])
        .when(Command::SetCredentialExpiry { on: None })
        .then([Event::CredentialExpiryChanged { old: last_day(), new: None }]);
}

#[test]
fn new_credentials_have_no_last_day_at_first() {
    let entered = Event::CredentialExpiryChanged { old: None, new: last_day() };
    let replaced = Event::CredentialsReplaced { old: "vault/1".into(), new: "vault/2".into() };
    given::<Connection>([connected(), entered, replaced])
        .when(Command::SetCredentialExpiry { on: None })
        .then_nothing();
}
