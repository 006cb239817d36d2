//! The pages that manage webhooks: register, look at, replace, delete, and the delivery log.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::answer;
use super::ask::Ask;
use super::deliver::Delivery;
use super::dictionary::FIELDS;
use super::shared::{Shared, locked};
use super::times::plain;
use super::webhooks::{Order, Refused};

const LOG_ROWS: usize = 200;
const LOG_DAYS: i64 = 14;

pub(super) fn page(shared: &Shared, ask: &Ask, rest: &[&str]) -> Response {
    match (ask.method.as_str(), rest) {
        ("GET", []) => overview(shared, ask),
        ("POST", []) => create(shared, ask),
        ("GET", ["monitor_fields"]) => monitor_fields(shared),
        ("GET", ["post-fields"]) => post_fields(shared),
        (method, [id, rest @ ..]) => match own(shared, ask, id) {
            Err(refused) => *refused,
            Ok(id) => match (method, rest) {
                ("GET", []) => show(shared, id),
                ("PUT", []) => replace(shared, ask, id),
                ("DELETE", []) => {
                    locked(&shared.webhooks).remove(id);
                    answer::text(StatusCode::OK, "Web hook has been deleted.")
                }
                ("GET", ["log"]) => log(shared, id),
                _ => answer::refused(StatusCode::NOT_FOUND, "Not found"),
            },
        },
        _ => answer::refused(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
    }
}

/// The id, if there is such a webhook and the asking key made it.
fn own(shared: &Shared, ask: &Ask, text: &str) -> Result<u64, Box<Response>> {
    let webhooks = locked(&shared.webhooks);
    let id = text.parse().ok();
    match id.and_then(|id| webhooks.get(id)) {
        None => {
            let error = format!("No webhook was found with ID: {text}.");
            let errors = json!([{ "error": error }]);
            Err(Box::new(answer::errors(StatusCode::NOT_FOUND, &errors)))
        }
        Some(webhook) if webhook.owner != ask.key => {
            let error = format!("You do not have access to webhook ID: {text}");
            let errors = json!({ "error": error });
            Err(Box::new(answer::errors(StatusCode::FORBIDDEN, &errors)))
        }
        Some(webhook) => Ok(webhook.id),
    }
}

fn overview(shared: &Shared, ask: &Ask) -> Response {
    let webhooks = locked(&shared.webhooks);
    let own = webhooks.all().filter(|webhook| webhook.owner == ask.key);
    let rows: Vec<Value> = own.map(|webhook| webhook.summary()).collect();
    answer::json(StatusCode::OK, &json!({ "webhooks": rows }))
}

/// The only answer that has the key in it.
fn create(shared: &Shared, ask: &Ask) -> Response {
    match Order::parse(&ask.body, &shared.sight(), shared.config.allow_http_webhooks) {
        Err(refused) => registration_refused(refused),
        Ok(order) => {
            let mut webhooks = locked(&shared.webhooks);
            let webhook = webhooks.add(ask.key, Utc::now(), order);
            let mut body = webhook.described();
            body["privateKey"] = json!(webhook.private_key);
            answer::json(StatusCode::CREATED, &body)
        }
    }
}

/// A full replacement: what is left out goes back to its default. The key stays.
fn replace(shared: &Shared, ask: &Ask, id: u64) -> Response {
    match Order::parse(&ask.body, &shared.sight(), shared.config.allow_http_webhooks) {
        Err(refused) => registration_refused(refused),
        Ok(order) => {
            if let Some(webhook) = locked(&shared.webhooks).get_mut(id) {
                webhook.order = order;
            }
            show(shared, id)
        }
    }
}

fn registration_refused(refused: Refused) -> Response {
    match refused {
        Refused::Invalid(issues) => {
            let errors = json!([{"error": "Invalid request body", "issues": issues}]);
            answer::errors(StatusCode::BAD_REQUEST, &errors)
        }
        Refused::Fields(errors) => answer::errors(StatusCode::FORBIDDEN, &errors),
    }
}

/// Fields the owner has lost the right to show as errors.
fn show(shared: &Shared, id: u64) -> Response {
    let sight = shared.sight();
    let webhooks = locked(&shared.webhooks);
    let Some(webhook) = webhooks.get(id) else {
        return answer::refused(StatusCode::NOT_FOUND, "Not found");
    };
    let lost = webhook.monitors().filter(|field| !sight.field(field.alias));
    let lost: Vec<Value> = lost.map(|field| json!({"id": field.id, "name": field.alias})).collect();
    let mut body = webhook.described();
    if !lost.is_empty() {
        let error = "Permission denied to the following fields";
        body["errors"] = json!([{ "error": error, "monitorFields": lost }]);
    }
    answer::json(StatusCode::OK, &body)
}

fn log(shared: &Shared, id: u64) -> Response {
    if locked(&shared.faults).log_over_limit {
        let message = "Over rate limit, please try again in 60 seconds";
        return answer::json(StatusCode::OK, &json!({"error": {"code": 429, "message": message}}));
    }
    let oldest = Utc::now() - TimeDelta::days(LOG_DAYS);
    let never = || "Webhook Not Found".to_owned();
    let row = |delivery: &Delivery| {
        let attempted = delivery.attempted?;
        (delivery.webhook_id == id && attempted >= oldest).then(|| {
            json!({
                "webhookId": id.to_string(), "url": delivery.url,
                "lastAttempted": plain(attempted),
                "lastSuccess": delivery.succeeded.map_or_else(never, plain),
                "statusCode": delivery.status.map_or_else(String::new, |code| code.to_string()),
                "format": if delivery.form_encoded { "form-encoded" } else { "json" },
                "employeeIds": delivery.employees.iter().map(u64::to_string).collect::<Vec<_>>(),
            })
        })
    };
    answer::json(StatusCode::OK, &shared.outbox.newest(LOG_ROWS, row))
}

fn monitor_fields(shared: &Shared) -> Response {
    let sight = shared.sight();
    let shown = FIELDS.iter().filter(|field| field.monitored && sight.field(field.alias));
    let fields = shown.map(|field| {
        json!({"id": field.id.to_string(), "name": field.name, "alias": field.public_alias()})
    });
    answer::json(StatusCode::OK, &json!({ "fields": fields.collect::<Vec<_>>() }))
}

fn post_fields(shared: &Shared) -> Response {
    let sight = shared.sight();
    let shown = FIELDS.iter().filter(|field| field.in_reports && sight.field(field.alias));
    let fields = shown.map(|field| {
        json!({
            "id": field.id, "alias": field.public_alias(), "name": field.name,
            "type": field.kind, "pageId": 1, "tableId": null,
        })
    });
    let body = json!({
        "fields": fields.collect::<Vec<_>>(), "pages": [{"id": 1, "name": "Personal"}],
        "tables": [{"id": 9, "name": "Job Information"}],
    });
    answer::json(StatusCode::OK, &body)
}
