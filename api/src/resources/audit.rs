//! `/audit_events`: every event of the tenant without its content; a page, or everything as NDJSON
//! or CSV.

pub(crate) mod content;
mod naming;

use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream;
use rollcall_projections::audit_events::{self, AuditEvent, Filter};
use rollcall_store::Stored;
use serde::Serialize;

use crate::answer::{List, Token, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::openapi::{self, Operation, Tag};
use crate::params::{Params, Piece};

const EXPORT_PAGE: u32 = 200;
const COLUMNS: &str =
    "position,recorded_at,type,stream,version,event_id,principal,subject,run,causation\r\n";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/audit_events", get(list))
        .route("/audit_events/{position}", get(content::read))
}

pub(super) fn operations() -> Vec<Operation> {
    use openapi::{instant, text};
    let about =
        "Every event of the tenant, newest first; as NDJSON or CSV everything, oldest first.";
    let listed = openapi::get(Tag::History, "/audit_events", "list_audit_events", about)
        .query([
            text("stream", "Only this stream."),
            text("actor", "Only about this person."),
            text("type", "Only events of this type, such as `actor.created`."),
            text("principal", "Only what they caused."),
            text("run", "Only what this run caused."),
            instant("since", "Not before."),
            instant("until", "Before."),
        ])
        .list::<View>()
        .min_position()
        .format(200, "", "application/x-ndjson", json!({ "type": "string" }))
        .format(200, "", "text/csv", json!({ "type": "string" }))
        .refuses([Code::NotAcceptable]);
    let about = "One event with what it says.";
    let one = openapi::get(Tag::History, "/audit_events/{position}", "read_audit_event", about)
        .json::<content::Full>(200, "The event.");
    vec![listed, one]
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct View {
    pub(crate) position: String,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) r#type: String,
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) event_id: String,
    pub(crate) principal: String,
    pub(crate) subject: Option<String>,
    pub(crate) run: Option<String>,
    pub(crate) causation: Option<String>,
}

pub(super) fn view(shard: u16, row: AuditEvent) -> View {
    View {
        position: Token { shard, position: row.at }.to_string(),
        recorded_at: row.recorded_at,
        r#type: row.kind,
        stream: row.stream,
        version: row.version,
        event_id: row.event_id,
        principal: row.principal,
        subject: row.subject,
        run: row.correlation,
        causation: row.causation,
    }
}

fn view_of(stored: Stored) -> View {
    let text = |text: Option<Arc<str>>| text.map(|text| text.as_ref().to_owned());
    View {
        position: Token { shard: stored.shard, position: stored.position }.to_string(),
        recorded_at: stored.recorded_at,
        r#type: stored.kind.to_string(),
        stream: stored.stream.to_string(),
        version: stored.version,
        event_id: stored.event_id,
        principal: stored.principal.to_string(),
        subject: text(stored.subject),
        run: text(stored.correlation),
        causation: text(stored.causation),
    }
}

/// What was asked for, kept for as long as an export takes.
#[derive(Default)]
struct Asked {
    stream: Option<String>,
    actor: Option<String>,
    kind: Option<String>,
    principal: Option<String>,
    run: Option<String>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Asked {
    fn read(params: &mut Params) -> Asked {
        Asked {
            stream: params.text("stream"),
            actor: params.text("actor"),
            kind: params.text("type"),
            principal: params.text("principal"),
            run: params.text("run"),
            since: params.instant("since"),
            until: params.instant("until"),
        }
    }

    fn filter(&self) -> Filter<'_> {
        Filter {
            stream: self.stream.as_deref(),
            actor: self.actor.as_deref(),
            kind: self.kind.as_deref(),
            principal: self.principal.as_deref(),
            run: self.run.as_deref(),
            since: self.since,
            until: self.until,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Ndjson,
    Csv,
}

impl Format {
    fn accepted(headers: &HeaderMap) -> Result<Format, Problem> {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        accept
            .unwrap_or("*/*")
            .split(',')
            .find_map(|kind| match kind.split(';').next().unwrap_or_default().trim() {
                "application/x-ndjson" => Some(Format::Ndjson),
                "text/csv" => Some(Format::Csv),
                "application/json" | "application/*" | "*/*" => Some(Format::Json),
                _ => None,
            })
            .ok_or_else(|| Code::NotAcceptable.into())
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let asked = Asked::read(&mut params);
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    let format = Format::accepted(&headers)?;
    caught_up(&app, &reader, min, &["audit_events"]).await?;
    match format {
        Format::Json => Ok(newest(&reader, &asked, &piece).await?.into_response()),
        Format::Ndjson => Ok(export(reader, asked, "application/x-ndjson", "", ndjson)),
        Format::Csv => Ok(export(reader, asked, "text/csv; charset=utf-8", COLUMNS, csv)),
    }
}

/// A page of them, newest first.
pub(crate) async fn page(reader: &Reader, mut params: Params) -> Result<List<View>, Problem> {
    let (asked, piece) = (Asked::read(&mut params), params.piece());
    params.done()?;
    Ok(newest(reader, &asked, &piece).await?.0)
}

async fn newest(
    reader: &Reader,
    asked: &Asked,
    piece: &Piece,
) -> Result<Json<List<View>>, Problem> {
    let (db, shard) = (reader.db(), reader.tenant.shard);
    let filter = asked.filter();
    let page = audit_events::newest(db, reader.id(), &filter, piece.after(), piece.limit).await?;
    Ok(List::of(page, piece, |row| view(shard, row)))
}

/// Everything, oldest first, page by page as the client takes it. A failure on the way breaks the
/// body off, so that nobody takes a part for the whole.
fn export(
    reader: Reader,
    asked: Asked,
    content_type: &'static str,
    head: &'static str,
    line: fn(&View, &mut Vec<u8>),
) -> Response {
    let shard = reader.tenant.shard;
    let asked = Arc::new(asked);
    let pages = stream::try_unfold(Some(None::<String>), move |at| {
        let (reader, asked) = (reader.clone(), Arc::clone(&asked));
        async move {
            let Some(after) = at else { return Ok(None) };
            let (db, tenant, after) = (reader.db(), reader.id(), after.as_deref());
            let page =
                audit_events::oldest(db, tenant, &asked.filter(), after, EXPORT_PAGE).await?;
            let mut text = Vec::with_capacity(page.rows.len() * 256);
            for row in page.rows {
                line(&view(shard, row), &mut text);
            }
            Ok::<_, rollcall_projections::ReadError>(Some((Bytes::from(text), page.next.map(Some))))
        }
    });
    let head = stream::once(async move { Ok(Bytes::from_static(head.as_bytes())) });
    let body = Body::from_stream(futures_util::StreamExt::chain(head, pages));
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

fn ndjson(row: &View, text: &mut Vec<u8>) {
    serde_json::to_writer(&mut *text, row).expect("a struct of texts and numbers is JSON");
    text.push(b'\n');
}

fn csv(row: &View, text: &mut Vec<u8>) {
    let at = row.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let version = row.version.to_string();
    let or_nothing = |value: &'_ Option<String>| value.clone().unwrap_or_default();
    let cells = [
        &row.position,
        &at,
        &row.r#type,
        &row.stream,
        &version,
        &row.event_id,
        &row.principal,
        &or_nothing(&row.subject),
        &or_nothing(&row.run),
        &or_nothing(&row.causation),
    ];
    let line: Vec<String> = cells.into_iter().map(|value| cell(value)).collect();
    text.extend_from_slice(line.join(",").as_bytes());
    text.extend_from_slice(b"\r\n");
}

/// A spreadsheet takes a cell that starts like this for a formula; an apostrophe makes it text.
pub(crate) fn cell(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let value = if formula { format!("'{value}") } else { value.to_owned() };
    match value.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value,
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_never_a_formula() {
        for (value, shown) in [
            ("=1+1", "'=1+1"),
            ("@cmd", "'@cmd"),
            ("-2,3", "\"'-2,3\""),
            ("\tx", "'\tx"),
            ("plain", "plain"),
            ("a \"b\"", "\"a \"\"b\"\"\""),
        ] {
            assert_eq!(cell(value), shown);
        }
    }
}
