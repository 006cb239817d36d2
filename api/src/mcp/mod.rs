//! `/mcp`: the Model Context Protocol endpoint, for assistants. It has tools that read, each of which asks
//! the same functions as the API, and nothing that writes. Every request stands for itself: no session
//! is kept here, so any node answers any of them.

mod answers;
mod arguments;
mod tools;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;

use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::BODY_LIMIT;

const INSTRUCTIONS: &str = "Rollcall keeps the people of an organisation-design tool in step with the \
company's HR system. These tools tell how its connections are, what its runs did and to whom, and what \
an error means; none of them changes anything. Begin with connection_health; go on with recent_runs and \
run_diagnostics. Where something has to be done, say what the answer's remedy says: a person does it.";

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/mcp", post(answer))
}

/// Who may is checked before (`access`), and so is where a request comes from: names of hosts and origins
/// are not looked at a second time.
async fn answer(State(app): State<App>, reader: Reader, request: Request) -> Response {
    let assistant = Assistant { app, reader };
    let settings = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(BODY_LIMIT)
        .disable_allowed_hosts();
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(assistant.clone()), sessions, settings);
    service.handle(request).await.map(Body::new)
}

/// What one request is answered by, for whoever sent it.
#[derive(Clone)]
struct Assistant {
    app: App,
    reader: Reader,
}

impl ServerHandler for Assistant {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("rollcall", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server.with_title("Rollcall"))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::ALL.iter().map(tools::Tool::described).collect()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::named(name).map(tools::Tool::described)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::named(&request.name) else {
            let names: Vec<_> = tools::ALL.iter().map(|tool| tool.name).collect();
            let say = format!("There is no such tool; there are: {}.", names.join(", "));
            return Err(ErrorData::invalid_params(say, None));
        };
        let arguments = tool.read(request.arguments.unwrap_or_default())?;
        let said = (tool.ask)(self.app.clone(), self.reader.clone(), arguments).await;
        said.map_or_else(refused, |said| Ok(told(said).into()))
    }
}

/// What a tool answers: a few sentences, and everything.
struct Said {
    summary: String,
    all: serde_json::Value,
}

/// The whole also as text, for clients that know nothing else.
fn told(said: Said) -> CallToolResult {
    let all = ContentBlock::text(said.all.to_string());
    let mut result = CallToolResult::success(vec![ContentBlock::text(said.summary), all]);
    result.structured_content = Some(said.all);
    result
}

/// Arguments that can't be meant are an error of the protocol; a question without an answer is told to
/// whoever asked.
fn refused(problem: Problem) -> Result<CallToolResponse, ErrorData> {
    let entry = problem.code.entry();
    let wrong: Vec<_> =
        problem.errors.iter().map(|one| format!("{}: {}", one.path, one.message)).collect();
    if problem.code == Code::InvalidRequest {
        return Err(ErrorData::invalid_params(wrong.join(" "), Some(json!(problem))));
    }
    let say = format!("{}: {}", entry.title, problem.detail);
    let mut result = CallToolResult::error(vec![ContentBlock::text(say)]);
    result.structured_content = Some(json!(problem));
    Ok(result.into())
}

/// An answer of the API as a value.
fn value<T: serde::Serialize>(Json(answer): Json<T>) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(answer).map_err(|error| crate::problems::internal(&error))
}
