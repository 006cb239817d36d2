//! What is typed of an endpoint, as the API takes it, and back.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_domain::message::{Detail, Kind};

use crate::edge::{Code, Problem};
use crate::resources::webhooks::changes::Change;
use crate::resources::webhooks::new::New;
use crate::resources::webhooks::test::Draft;
use crate::resources::webhooks::view::View;
use crate::web::form::Fields;

/// The form's fields, in the words of the API.
struct Typed {
    url: String,
    name: String,
    events: BTreeSet<Kind>,
    scenarios: Option<BTreeSet<String>>,
    detail: Detail,
    headers: BTreeMap<String, String>,
    rate_limit: Option<u32>,
    concurrency: Option<u32>,
}

fn number(typed: &Fields, name: &str) -> Result<Option<u32>, Problem> {
    let odd =
        || Problem::new(Code::InvalidRequest).violation(format!("/{name}"), "It must be a number.");
    typed.text(name).map(|text| text.parse().map_err(|_| odd())).transpose()
}

/// A line each, such as `Authorization: Bearer …`.
fn headers(typed: &Fields) -> Result<BTreeMap<String, String>, Problem> {
    let mut headers = BTreeMap::new();
    for line in typed.raw("headers").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(':') else {
            let why = "Each line needs a name, a colon and a value.";
            return Err(Problem::new(Code::InvalidRequest).violation("/headers", why));
        };
        headers.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    Ok(headers)
}

fn read(typed: &Fields) -> Result<Typed, Problem> {
    let chosen: BTreeSet<String> = typed.all("scenarios").map(str::to_owned).collect();
    Ok(Typed {
        url: typed.text("url").unwrap_or_default(),
        name: typed.text("name").unwrap_or_default(),
        events: typed.all("events").filter_map(Kind::parse).collect(),
        scenarios: (!chosen.is_empty()).then_some(chosen),
        detail: Detail::parse(typed.raw("detail")).unwrap_or_default(),
        headers: headers(typed)?,
        rate_limit: number(typed, "rate_limit")?,
        concurrency: number(typed, "concurrency")?,
    })
}

pub(super) fn new(typed: &Fields) -> Result<New, Problem> {
    let Typed { url, name, events, scenarios, detail, headers, rate_limit, concurrency } =
        read(typed)?;
    let detail = Some(detail);
    Ok(New { url, name, events, scenarios, detail, headers, rate_limit, concurrency })
}

pub(super) fn draft(typed: &Fields) -> Result<Draft, Problem> {
    let Typed { url, events, detail, headers, .. } = read(typed)?;
    Ok(Draft { url, event: events.first().copied(), detail: Some(detail), headers })
}

/// Header values are never shown, so an empty field leaves them as they are; a box takes them away.
pub(super) fn change(typed: &Fields) -> Result<Change, Problem> {
    let read = read(typed)?;
    let headers = match (read.headers.is_empty(), typed.has("no_headers")) {
        (true, false) => None,
        (true, true) => Some(BTreeMap::new()),
        (false, _) => Some(read.headers),
    };
    Ok(Change {
        name: Some(read.name),
        url: Some(read.url),
        events: Some(read.events),
        // None is the live baseline.
        scenarios: Some(read.scenarios.unwrap_or_default()),
        detail: Some(read.detail),
        headers,
        rate_limit: Some(read.rate_limit.unwrap_or_default()),
        concurrency: read.concurrency,
        enabled: None,
    })
}

/// What the form shows of an endpoint that is there.
pub(super) fn typed(view: &View) -> Fields {
    let mut pairs = vec![
        ("url", view.url.clone()),
        ("name", view.name.clone()),
        ("detail", view.detail.to_owned()),
        ("concurrency", view.concurrency.to_string()),
    ];
    pairs.extend(view.rate_limit.map(|rate| ("rate_limit", rate.to_string())));
    pairs.extend(view.events.iter().map(|event| ("events", (*event).to_owned())));
    let scenarios = view.scenarios.iter().flatten();
    pairs.extend(scenarios.map(|scenario| ("scenarios", scenario.clone())));
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Fields::read(text.as_bytes())
}
