//! `/settings/webhooks`: where messages are sent to, whether they arrive, and sending them again.

mod acts;
mod delivery;
mod fields;
mod key;
mod list;
mod new;
mod one;
mod tried;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

const HOME: &str = "/settings/webhooks";
const BEHIND: [&str; 1] = ["webhook_endpoints"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(HOME, get(list::show))
        .route("/settings/webhooks/new", get(new::show).post(new::create))
        .route("/settings/webhooks/new/test", post(new::test))
        .route("/settings/webhooks/key", post(key::show))
        .route("/settings/webhooks/{endpoint}", get(one::show))
        .route("/settings/webhooks/{endpoint}/edit", get(new::edit).post(new::change))
        .route("/settings/webhooks/{endpoint}/test", post(one::test))
        .route("/settings/webhooks/{endpoint}/secret", get(acts::secret).post(acts::rotate))
        .route("/settings/webhooks/{endpoint}/resend", get(acts::resend).post(acts::resent))
        .route("/settings/webhooks/{endpoint}/switch", get(acts::switch).post(acts::switched))
        .route("/settings/webhooks/{endpoint}/remove", get(acts::remove).post(acts::removed))
        .route("/settings/webhooks/{endpoint}/deliveries/{delivery}", get(delivery::show))
        .route("/settings/webhooks/{endpoint}/deliveries/{delivery}/resend", post(delivery::resend))
}
