//! Style, script and icon of the pages: in the binary, named with their content so that they may be kept
//! for ever.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::edge::Code;

struct Asset {
    kind: &'static str,
    bytes: &'static [u8],
    /// The start of its SHA-256.
    version: String,
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let css: &[u8] = include_bytes!("../../assets/rollcall.css");
    [
        ("rollcall.css", "text/css; charset=utf-8", css),
        (
            "rollcall.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/rollcall.js"),
        ),
        (
            "htmx.min.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/htmx.min.js"),
        ),
        ("chart.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/chart.js")),
        ("favicon.svg", "image/svg+xml", include_bytes!("../../assets/favicon.svg")),
    ]
    .into_iter()
    .map(|(name, kind, bytes)| {
        let version = hex::encode(&Sha256::digest(bytes)[..6]);
        (name, Asset { kind, bytes, version })
    })
    .collect()
});

pub(super) fn routes() -> Router<App> {
    Router::new().route("/assets/{file}", get(read))
}

/// Where a page finds an asset.
pub(super) fn address(name: &str) -> String {
    match ASSETS.get(name) {
        Some(asset) => format!("/assets/{name}?v={}", asset.version),
        None => format!("/assets/{name}"),
    }
}

async fn read(Path(file): Path<String>) -> Response {
    match ASSETS.get(file.as_str()) {
        Some(asset) => {
            let kept = "public, max-age=31536000, immutable";
            ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, kept)], asset.bytes).into_response()
        }
        None => Code::NotFound.into_response(),
    }
}
