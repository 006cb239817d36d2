//! `/hris_webhooks`: endpoints that HR systems post everybody to, and what was posted.

pub(crate) mod acts;
pub(crate) mod configuration;
pub(crate) mod requests;
pub(crate) mod view;

use axum::Router;
use axum::routing::{delete, get, post};
use serde_json::json;

use super::operations::View as Performed;
use crate::app::App;
use crate::edge::Code;
use crate::openapi::{self, Operation, Tag};
use view::View;

const ONE: &str = "/hris_webhooks/{hris_webhook}";
const REQUEST: &str = "/hris_webhooks/{hris_webhook}/requests/{request}";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/hris_webhooks", get(view::list).post(configuration::create))
        .route("/hris_webhooks/schema", get(configuration::schema))
        .route(ONE, get(view::read).patch(configuration::change))
        .route("/hris_webhooks/{hris_webhook}/enable", post(acts::enable))
        .route("/hris_webhooks/{hris_webhook}/disable", post(acts::disable))
        .route("/hris_webhooks/{hris_webhook}/keys", post(acts::add_key))
        .route("/hris_webhooks/{hris_webhook}/keys/{key}", delete(acts::remove_key))
        .route("/hris_webhooks/{hris_webhook}/requests", get(requests::list))
        .route(REQUEST, get(requests::read))
        .route(
            "/hris_webhooks/{hris_webhook}/requests/{request}/simulate",
            post(requests::simulate),
        )
        .route("/hris_webhooks/{hris_webhook}/requests/{request}/apply", post(requests::apply))
}

pub(super) fn operations() -> Vec<Operation> {
    let tag = Tag::HrisWebhooks;
    let new = json!({ "sync_type": "normal", "fields": ["job_title", "departments", "manager"] });
    let own = vec![
        openapi::get(tag, "/hris_webhooks", "list_hris_webhooks", "All endpoints.")
            .whole::<View>()
            .min_position(),
        openapi::post(tag, "/hris_webhooks", "create_hris_webhook", "Makes one, in test mode.")
            .optional_body::<configuration::New>(&new)
            .placed::<configuration::Made>(201, "Its address, and its key, shown once."),
        openapi::get(tag, "/hris_webhooks/schema", "hris_webhook_schema", "What is to be posted.")
            .format(
                200,
                "A JSON Schema, draft 4.",
                "application/schema+json",
                json!({ "type": "object" }),
            ),
        openapi::get(tag, ONE, "read_hris_webhook", "One endpoint.")
            .json::<View>(200, "The endpoint.")
            .min_position(),
        openapi::patch(tag, ONE, "change_hris_webhook", "Changes one, which returns to test mode.")
            .body::<configuration::Wanted>(&json!({ "sync_type": "one_to_one" }))
            .empty(204, "Changed."),
    ];
    own.into_iter().chain(acts()).chain(requests::operations()).collect()
}

fn acts() -> Vec<Operation> {
    let tag = Tag::HrisWebhooks;
    let post = |path, id, summary| openapi::post(tag, path, id, summary);
    vec![
        post(
            "/hris_webhooks/{hris_webhook}/enable",
            "enable_hris_webhook",
            "Applies what is posted.",
        )
        .empty(204, "It is live.")
        .refuses([Code::Conflict]),
        post("/hris_webhooks/{hris_webhook}/disable", "disable_hris_webhook", "Takes nothing in.")
            .empty(204, "It is disabled."),
        post(
            "/hris_webhooks/{hris_webhook}/keys",
            "add_hris_webhook_key",
            "One more key, shown once.",
        )
        .json::<acts::Key>(201, "The key.")
        .refuses([Code::Conflict]),
        openapi::delete(
            tag,
            "/hris_webhooks/{hris_webhook}/keys/{key}",
            "remove_hris_webhook_key",
            "Takes a key away.",
        )
        .empty(204, "It opens nothing any more."),
    ]
}
