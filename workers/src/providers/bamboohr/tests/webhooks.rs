//! Webhooks at the provider.

use rollcall_domain::connection::SignatureForm;
use rollcall_domain::delivery::{DeliveredAction, parse_delivery, verify};
use rollcall_simulators::bamboohr::signature;
use secrecy::ExposeSecret;

use super::{client, company};
use crate::providers::{
    Code, Format, MonitorField, ProviderError, ProviderWebhooks, Setting, WebhookOrder,
};

fn wanted(monitor_fields: Vec<String>) -> WebhookOrder {
    WebhookOrder {
        name: "Rollcall".to_owned(),
        url: "https://receiver.example/hook".to_owned(),
        format: Format::Json,
        events: ["employee.created", "employee.updated", "employee.deleted"]
            .map(str::to_owned)
            .to_vec(),
        monitor_fields,
        post_fields: [].into(),
        include_company_domain: false,
    }
}

#[tokio::test]
async fn a_webhook_is_registered_shown_replaced_and_removed() {
    let simulator = company(10).await;
    let client = client(&simulator);
    let offered = client.monitor_fields().await.unwrap();
    let fields = client.worth_watching(&offered);
    assert_eq!(fields.len(), 10, "{fields:?}");

    let made = client.create(&wanted(fields)).await.unwrap();

    let id = made.webhook.id.as_str();
    assert_eq!(made.private_key.expose_secret().len(), 32);
    let listed = client.list().await.unwrap();
    assert_eq!((listed[0].id.as_str(), listed[0].name.as_str()), (id, "Rollcall"));
    assert!(listed[0].created.is_some() && listed[0].last_sent.is_none());
    let shown = client.show(id).await.unwrap();
    assert_eq!(shown, made.webhook);
    assert_eq!(shown.events.unwrap().len(), 3);
    let other = WebhookOrder { name: "Renamed".to_owned(), ..wanted(vec!["lastName".to_owned()]) };
    let replaced = client.replace(id, &other).await.unwrap();
    assert_eq!((replaced.name.as_str(), replaced.monitor_fields.unwrap().len()), ("Renamed", 1));
    // Left out, they would be of the other family.
    assert_eq!(replaced.events.unwrap()[0], "employee.created");
    client.delete(id).await.unwrap();
    let gone = [
        client.delete(id).await.err(),
        client.show(id).await.err(),
        client.replace(id, &other).await.err(),
        client.log(id).await.err(),
    ];
    for error in gone.map(Option::unwrap) {
        assert!(matches!(error, ProviderError::Rejected { code: Code::NotFound, .. }), "{error}");
    }
}

#[tokio::test]
async fn field_based_ones_name_what_they_carry() {
    let simulator = company(10).await;
    let client = client(&simulator);
    let offered = client.post_fields().await.unwrap();
    let title = offered.iter().find(|field| field.alias.as_deref() == Some("jobTitle")).unwrap();
    let order = WebhookOrder {
        events: vec!["employee_with_fields.updated".to_owned()],
        post_fields: [(title.id.clone(), "jobTitle".to_owned())].into(),
        include_company_domain: true,
        format: Format::FormEncoded,
        ..wanted(vec!["jobTitle".to_owned()])
    };

    let made = client.create(&order).await.unwrap().webhook;

    assert_eq!(made.format.as_deref(), Some("form-encoded"));
    assert_eq!(made.post_fields, Some(order.post_fields));
    assert_eq!(made.include_company_domain, Some(true));
}

#[tokio::test]
async fn the_log_tells_what_was_sent_to_whom_and_how_it_was_answered() {
    let simulator = company(10).await;
    let client = client(&simulator);
    // Nobody listens there.
    let order = WebhookOrder {
        url: "http://127.0.0.1:9/hook".to_owned(),
        ..wanted(vec!["lastName".to_owned()])
    };
    let id = client.create(&order).await.unwrap().webhook.id;
    assert_eq!(client.log(&id).await.unwrap(), []);
    simulator.update(3, [("lastName", "Lovelace")]).unwrap();

    let log = loop {
        let log = client.log(&id).await.unwrap();
        if !log.is_empty() {
            break log;
        }
        tokio::task::yield_now().await;
    };

    let one = &log[0];
    assert_eq!((one.people.as_slice(), one.url.as_str()), (&["3".to_owned()][..], &*order.url));
    assert!(one.attempted.is_some());
    assert_eq!((one.status, one.succeeded), (None, None));
    simulator.change_faults(|faults| faults.log_over_limit = true);
    let error = client.log(&id).await.err().unwrap();
    assert!(matches!(error, ProviderError::RateLimited { .. }), "{error}");
}

#[tokio::test]
async fn an_address_that_nobody_can_deliver_to_is_not_registered() {
    let simulator = company(10).await;
    for url in
        ["ftp://receiver.example/hook", "https://user:x@receiver.example/", "https://10.0.0.1/hook"]
    {
        let order = WebhookOrder { url: url.to_owned(), ..wanted(vec!["lastName".to_owned()]) };
        let error = client(&simulator).create(&order).await.err().unwrap();
        let refused = matches!(error, ProviderError::Misconfigured(Setting::WebhookUrl(_)));
        assert!(refused, "{url}: {error}");
    }
    assert_eq!(simulator.requests_of("POST /webhooks"), 0);
}

#[tokio::test]
async fn fields_that_may_not_be_watched_are_named() {
    let simulator = company(10).await;
    simulator.change_faults(|faults| _ = faults.hidden_fields.insert("workEmail".to_owned()));
    let fields = vec!["lastName".to_owned(), "workEmail".to_owned()];

    let error = client(&simulator).create(&wanted(fields)).await.err().unwrap();

    assert!(error.to_string().contains("workEmail"), "{error}");
}

#[tokio::test]
async fn the_manager_is_found_by_id_or_name_and_terminations_are_not_watched() {
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
    let client = client(&company(1).await);
    assert_eq!(client.worth_watching(&offered), ["firstName", "91"]);
    assert_eq!(client.worth_watching(&[field("7", "Reporting to", None)]), ["7"]);
}

#[tokio::test]
async fn what_the_simulator_sends_verifies_and_names_the_employee() {
    let simulator = company(10).await;
    let made = client(&simulator).create(&wanted(vec!["lastName".to_owned()])).await.unwrap();
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
