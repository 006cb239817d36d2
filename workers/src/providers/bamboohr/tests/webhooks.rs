//! Webhooks at the provider.

use rollcall_domain::connection::SignatureForm;
use rollcall_domain::delivery::{DeliveredAction, parse_delivery, verify};
use rollcall_simulators::bamboohr::signature;
use secrecy::ExposeSecret;

use super::{client, company};
use crate::providers::bamboohr::{Format, MonitorField, NewWebhook, default_monitor_fields};
use crate::providers::{Code, ProviderError};

fn wanted(monitor_fields: Vec<String>) -> NewWebhook {
    NewWebhook {
        name: "Rollcall".to_owned(),
        url: "https://receiver.example/hook".to_owned(),
        format: Format::Json,
        events: ["employee.created", "employee.updated", "employee.deleted"]
            .map(str::to_owned)
            .to_vec(),
        monitor_fields,
    }
}

#[tokio::test]
async fn a_webhook_is_registered_shown_and_removed() {
    let simulator = company(10).await;
    let client = client(&simulator);
    let offered = client.monitor_fields().await.unwrap();
    let fields = default_monitor_fields(&offered);
    assert_eq!(fields.len(), 10, "{fields:?}");

    let made = client.create_webhook(&wanted(fields)).await.unwrap();

    assert_eq!(made.private_key.expose_secret().len(), 32);
    let listed = client.list_webhooks().await.unwrap();
    assert_eq!((listed[0].id.as_str(), listed[0].name.as_str()), (made.id.as_str(), "Rollcall"));
    let shown = client.show_webhook(&made.id).await.unwrap();
    assert_eq!(shown.events.unwrap().len(), 3);
    assert_eq!(shown.monitor_fields.unwrap().len(), 10);
    client.delete_webhook(&made.id).await.unwrap();
    let error = client.delete_webhook(&made.id).await.err().unwrap();
    assert!(matches!(error, ProviderError::Rejected { code: Code::NotFound, .. }), "{error}");
}

#[tokio::test]
async fn fields_that_may_not_be_watched_are_named() {
    let simulator = company(10).await;
    simulator.change_faults(|faults| _ = faults.hidden_fields.insert("workEmail".to_owned()));
    let fields = vec!["lastName".to_owned(), "workEmail".to_owned()];

    let error = client(&simulator).create_webhook(&wanted(fields)).await.err().unwrap();

    assert!(error.to_string().contains("workEmail"), "{error}");
}

#[test]
fn the_manager_is_found_by_id_or_name_and_terminations_are_not_watched() {
    let field = |id: &str, name: &str, alias: Option<&str>| MonitorField {
        id: id.to_owned(),
        name: name.to_owned(),
        alias: alias.map(str::to_owned),
    };
    let offered = [
        field("1", "First Name", Some("firstName")),
        field("1935", "Termination Date", Some("terminationDate")),
        field("91", "Vorgesetzte", None),
    ];
    assert_eq!(default_monitor_fields(&offered), ["firstName", "91"]);
    assert_eq!(default_monitor_fields(&[field("7", "Reporting to", None)]), ["7"]);
}

#[tokio::test]
async fn what_the_simulator_sends_verifies_and_names_the_employee() {
    let simulator = company(10).await;
    let made =
        client(&simulator).create_webhook(&wanted(vec!["lastName".to_owned()])).await.unwrap();
    simulator.update(3, [("lastName", "Lovelace")]).unwrap();

    let deliveries = simulator.deliveries();

    let delivery = &deliveries[0];
    let body = delivery.body.as_ref();
    let read = parse_delivery("application/json", body).unwrap();
    assert_eq!(read.event_type, "employee.updated");
    assert_eq!(read.people[0].source_id, "3");
    assert_eq!(read.people[0].action, DeliveredAction::Updated);
    assert_eq!(read.people[0].changed_fields, ["lastName"]);
    let key = made.private_key.expose_secret();
    let signed = signature(key, body, "1769884920");
    let form = SignatureForm::BodyTimestamp;
    assert!(verify(form, key.as_bytes(), body, "1769884920", &signed));
}
