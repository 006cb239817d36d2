//! What came of trying a URL: the request as it was signed, and the reply.

use axum::response::Response;
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;

use crate::edge::{Code, Problem};

pub(super) struct Tried {
    pub(super) request: Request,
    pub(super) delivered: bool,
    pub(super) status: Option<u16>,
    pub(super) latency_ms: i64,
    pub(super) reply: Option<String>,
    pub(super) error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<Header>,
    pub(super) body: Value,
}

#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: String,
}

impl Tried {
    /// From what the API answers.
    pub(super) async fn of(answer: Response) -> Result<Tried, Problem> {
        let body = answer.into_body().collect().await.map_err(|_| Code::Internal)?.to_bytes();
        let mut body: Value = serde_json::from_slice(&body).map_err(|_| Code::Internal)?;
        let mut result = body["result"].take();
        if result.is_null() {
            let said = body["failure"]["summary"].as_str();
            let said = said.unwrap_or("The test is still under way; try it again in a moment.");
            return Err(Problem::new(Code::Conflict).detail(said.to_owned()));
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let request = Request::deserialize(result["request"].take()).map_err(|_| Code::Internal)?;
        Ok(Tried {
            request,
            delivered: result["delivered"].as_bool().unwrap_or_default(),
            status: result["status"].as_u64().and_then(|status| u16::try_from(status).ok()),
            latency_ms: result["latency_ms"].as_i64().unwrap_or_default(),
            reply: text(&result["reply"]).filter(|reply| !reply.is_empty()),
            error: text(&result["error"]),
        })
    }
}
