//! `/events`: the messages that outbound webhooks carry, to be fetched instead, from the beginning of
//! the log on. What somebody missed is there for ever, and in order.

mod stream;

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use rollcall_domain::message::{Detail, EndpointFace, Kind, Message, Scenarios, Selection};
use rollcall_projections::Page;
use rollcall_projections::messages::{self, Fed};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::openapi::{self, Operation, Tag};
use crate::params::{Params, Piece};

/// Who a message is for that no endpoint gets.
const FEED: &str = "feed";
const PATH: &str = "/api/v1/events";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/events", get(list))
}

pub(super) fn operations() -> Vec<Operation> {
    use openapi::{text, word};
    let about = "The messages that outbound webhooks carry, oldest first; as server-sent events, the \
                 same without an end.";
    let listed = openapi::get(Tag::History, "/events", "list_messages", about)
        .query([
            word("type", "Only messages of this type.", &Kind::ALL.map(Kind::as_str)),
            text("scenario", "Changes in this scenario instead of the live baseline."),
            word(
                "detail",
                "`thin` names fields that changed, `full` tells their values; full, unless said.",
                &Detail::ALL.map(Detail::as_str),
            ),
        ])
        .list::<View>()
        .min_position()
        .format(200, "", "text/event-stream", json!({ "type": "string" }))
        .refuses([Code::NotAcceptable]);
    vec![listed]
}

/// A message as an endpoint gets it, and where to go on after it.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct View {
    /// Give it back as `cursor`, or as `Last-Event-ID`, for what comes after this message.
    pub(crate) cursor: String,
    /// `webhook_id`, `url` and `event`, the type; here of the feed itself.
    pub(crate) webhook: Value,
    /// The same at every delivery of this message.
    pub(crate) event_id: String,
    pub(crate) occurred_at: Value,
    /// The connection; `null` for what somebody changed by hand.
    pub(crate) connector: Value,
    /// What happened to what.
    pub(crate) data: Value,
    /// Where the event lies in the log.
    pub(crate) log: Value,
}

/// What was asked for.
#[derive(Clone)]
struct Asked {
    selection: Selection,
    detail: Detail,
    piece: Piece,
}

impl Asked {
    fn read(params: &mut Params) -> Asked {
        let kind = params.word("type", &Kind::ALL.map(Kind::as_str));
        let kinds: BTreeSet<Kind> = match kind.and_then(|kind| Kind::parse(&kind)) {
            Some(kind) => [kind].into(),
            None => Kind::ALL.into(),
        };
        let scenarios = match params.text("scenario") {
            Some(id) => Scenarios::These([id].into()),
            None => Scenarios::LiveBaseline,
        };
        let detail = params.word("detail", &Detail::ALL.map(Detail::as_str));
        let detail = detail.and_then(|detail| Detail::parse(&detail)).unwrap_or_default();
        Asked { selection: Selection { kinds, scenarios }, detail, piece: params.piece() }
    }

    async fn page(&self, app: &App, reader: &Reader) -> Result<Page<Fed>, Problem> {
        let (db, messages, piece) = (reader.db(), &app.messages, &self.piece);
        let (tenant, after, limit) = (reader.id(), piece.after(), piece.limit);
        Ok(messages::feed(db, messages, tenant, &self.selection, after, limit).await?)
    }

    fn view(&self, fed: Fed) -> View {
        let cursor = self.piece.next(Some(fed.cursor)).unwrap_or_default();
        let mut body = body(&fed.message, self.detail);
        let mut part = |name: &str| body[name].take();
        View {
            cursor,
            webhook: part("webhook"),
            event_id: fed.message.id.clone(),
            occurred_at: part("occurred_at"),
            connector: part("connector"),
            data: part("data"),
            log: part("log"),
        }
    }
}

fn body(message: &Message, detail: Detail) -> Value {
    let endpoint = EndpointFace { webhook_id: FEED.to_owned(), url: PATH.to_owned() };
    message.body(&endpoint, detail)
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    parts: Parts,
    mut params: Params,
) -> Result<Response, Problem> {
    let (asked, min) = (Asked::read(&mut params), params.min_position());
    params.done()?;
    let streams = is_stream(&parts.headers)?;
    caught_up(&app, &reader, min, &["messages"]).await?;
    if streams {
        return stream::follow(app, reader, parts, asked);
    }
    let page = asked.page(&app, &reader).await?;
    let Json(list) = List::of(page, &asked.piece, |fed| asked.view(fed));
    Ok(Json(list).into_response())
}

fn is_stream(headers: &HeaderMap) -> Result<bool, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept
        .unwrap_or("*/*")
        .split(',')
        .find_map(|kind| match kind.split(';').next().unwrap_or_default().trim() {
            "text/event-stream" => Some(true),
            "application/json" | "application/*" | "*/*" => Some(false),
            _ => None,
        })
        .ok_or_else(|| Code::NotAcceptable.into())
}
