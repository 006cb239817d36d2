//! `/openapi.json`: everything the API answers, as an OpenAPI 3.1 document. Each resource tells its
//! operations beside its routes; what follows from the table of access, from the method or from the path
//! is added here, so that nobody repeats it.

mod common;
mod docs;
mod operation;
mod parameters;
pub(crate) mod shapes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::{Router, routing};
use bytes::Bytes;
use serde_json::{Map, Value, json};

pub(crate) use operation::{Operation, Tag, delete, get, patch, post, put};
pub(crate) use parameters::{flag, instant, required, text, word};

use crate::app::App;
use crate::{access, inbound, resources, service};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/openapi.json", routing::get(document))
        .route("/docs", routing::get(docs::page))
}

async fn document() -> impl IntoResponse {
    static BYTES: LazyLock<Bytes> = LazyLock::new(|| {
        Bytes::from(serde_json::to_vec(&*DOCUMENT).expect("a JSON value can be written"))
    });
    ([(CONTENT_TYPE, "application/json")], BYTES.clone())
}

/// The whole document; the same for everybody.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut schemas = common::schemas();
    let mut paths: BTreeMap<&'static str, Map<String, Value>> = BTreeMap::new();
    let rows: Vec<access::Row> = access::rows().collect();
    for operation in operations() {
        let row = rows.iter().find(|row| operation.is_of(row));
        let Some((_, path, access)) = row else { continue };
        let method = operation.method.as_str().to_lowercase();
        paths.entry(path).or_default().insert(method, operation.document(*access));
        schemas.extend(operation.schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rollcall",
            "version": env!("CARGO_PKG_VERSION"),
            "description": common::ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": Tag::ALL.map(|tag| json!({ "name": tag.as_str(), "description": tag.meaning() })),
        "paths": paths,
        "components": {
            "schemas": schemas.into_iter().collect::<BTreeMap<_, _>>(),
            "parameters": parameters::shared(),
            "headers": common::headers(),
            "securitySchemes": common::security_schemes(),
        },
    })
});

/// Of every route of the API and of the service, its own included; pages are no part of the API.
pub(crate) fn operations() -> Vec<Operation> {
    [resources::operations(), service::operations(), inbound::operations(), own()]
        .into_iter()
        .flatten()
        .collect()
}

fn own() -> Vec<Operation> {
    let about = "This document.";
    let one = get(Tag::Service, "/openapi.json", "read_openapi", about);
    let any = json!({ "type": "object" });
    vec![one.format(200, "The document.", "application/json", any)]
}
