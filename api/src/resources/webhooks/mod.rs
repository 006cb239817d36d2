//! `/webhooks`: outbound endpoints, and what became of each message to them.

pub(crate) mod changes;
pub(crate) mod deliveries;
pub(crate) mod new;
pub(crate) mod resend;
pub(crate) mod signing_key;
pub(crate) mod test;
pub(crate) mod view;

use axum::Router;
use axum::routing::{get, post};
use serde_json::json;

use super::operations::View as Performed;
use crate::app::App;
use crate::edge::Code;
use crate::openapi::{self, Operation, Tag};
use view::View;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/webhooks", get(view::list).post(new::create))
        .route("/webhooks/test", post(test::before_saving))
        .route("/webhooks/deliveries", get(deliveries::of_all))
        .route("/webhooks/signing_key", get(signing_key::about).post(signing_key::show))
        .route("/webhooks/signing_key/rotate", post(signing_key::rotate))
        .route(
            "/webhooks/{endpoint}",
            get(view::read).patch(changes::change).delete(changes::remove),
        )
        .route("/webhooks/{endpoint}/test", post(test::saved))
        .route("/webhooks/{endpoint}/rotate_secret", post(changes::rotate_secret))
        .route("/webhooks/{endpoint}/recover", post(resend::recover))
        .route("/webhooks/{endpoint}/resend_failed", post(resend::failed))
        .route("/webhooks/{endpoint}/send_missed", post(resend::missed))
        .route("/webhooks/{endpoint}/deliveries", get(deliveries::of_one))
        .route("/webhooks/{endpoint}/deliveries/{delivery}", get(deliveries::read))
        .route("/webhooks/{endpoint}/deliveries/{delivery}/resend", post(resend::one))
}

const ONE: &str = "/webhooks/{endpoint}";

pub(super) fn operations() -> Vec<Operation> {
    let tag = Tag::Webhooks;
    let new = json!({
        "name": "Employee data",
        "url": "https://hooks.example.com/rollcall",
        "events": ["employee_data_changed"],
    });
    let own = vec![
        openapi::get(tag, "/webhooks", "list_webhooks", "All endpoints.")
            .list::<View>()
            .min_position(),
        openapi::post(tag, "/webhooks", "create_webhook", "Makes one; its secret is shown once.")
            .body::<new::New>(&new)
            .placed::<new::Made>(201, "The secret."),
        openapi::get(tag, ONE, "read_webhook", "One endpoint.")
            .json::<View>(200, "The endpoint.")
            .min_position(),
        openapi::patch(tag, ONE, "change_webhook", "Changes an endpoint, or dis- or enables it.")
            .body::<changes::Change>(&json!({ "name": "Payroll" }))
            .empty(204, "Changed."),
        openapi::delete(tag, ONE, "remove_webhook", "Removes one; what waits is not sent.")
            .empty(204, "It is gone."),
        openapi::post(tag, "/webhooks/test", "test_url", "Tries a URL with people made up.")
            .body::<test::Draft>(&json!({ "url": "https://hooks.example.com/rollcall" }))
            .performed::<Performed>(),
    ];
    own.into_iter().chain(acts()).chain(deliveries::operations()).collect()
}

/// What can be asked of one, and of the tenant's key.
fn acts() -> Vec<Operation> {
    let tag = Tag::Webhooks;
    let post = |path, id, summary| openapi::post(tag, path, id, summary);
    let since = || openapi::instant("since", "Only what is younger; all of it, unless said.");
    let count = || openapi::flag("count", "Only say how many that would be.");
    vec![
        post("/webhooks/{endpoint}/test", "test_webhook", "Tries it with people made up.")
            .optional_body::<test::Asked>(&json!({ "event": "employee_data_changed" }))
            .performed::<Performed>(),
        post("/webhooks/{endpoint}/rotate_secret", "rotate_webhook_secret", "Another secret.")
            .optional_body::<changes::Rotation>(&json!({ "overlap_hours": 24 }))
            .json::<changes::Rotated>(200, "The secret, shown once."),
        post("/webhooks/{endpoint}/recover", "recover_webhook", "Enables it and sends all parked.")
            .query([count()])
            .json::<resend::Count>(200, "How many messages."),
        post("/webhooks/{endpoint}/resend_failed", "resend_failed", "Sends parked ones again.")
            .query([since(), count()])
            .json::<resend::Count>(200, "How many messages."),
        post("/webhooks/{endpoint}/send_missed", "send_missed", "Sends what it was never sent.")
            .query([openapi::required("since", "Only what is younger."), count()])
            .json::<resend::Count>(200, "How many messages; they are queued by and by."),
        openapi::get(tag, "/webhooks/signing_key", "about_signing_key", "Whether there is a key.")
            .json::<signing_key::About>(200, "About the key."),
        post("/webhooks/signing_key", "show_signing_key", "Shows the key to who signs in anew.")
            .optional_body::<signing_key::Proof>(&json!({ "password": "not a real password" }))
            .json::<signing_key::Shown>(200, "The key."),
        post("/webhooks/signing_key/rotate", "rotate_signing_key", "Another key at once.")
            .optional_body::<signing_key::Proof>(&json!({ "password": "not a real password" }))
            .json::<signing_key::Shown>(200, "The new key."),
        post(
            "/webhooks/{endpoint}/deliveries/{delivery}/resend",
            "resend_delivery",
            "Sends one again.",
        )
        .json::<resend::Queued>(202, "It is queued.")
        .refuses([Code::Conflict]),
    ]
}
