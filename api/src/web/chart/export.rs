//! The chart as files: a drawing that needs nothing around it, and the reporting lines as a table.

use std::collections::HashMap;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use rollcall_projections::actors::{self, Card};

use super::asked::Asked;
use super::picture::{NAME, Picture, TITLE, picture};
use super::shown::{MOST_EXPORTED, Opened, shown};
use super::tree::Tree;
use super::words::for_xml;
use super::{Place, tops, tree};
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::problems::internal;
use crate::resources::audit::cell;
use crate::resources::names;
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "chart/chart.svg")]
struct Drawing {
    title: String,
    picture: Picture,
}

pub(super) async fn svg(
    shell: Shell,
    reader: Reader,
    _place: Place,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (tree, tops) = everybody(&shell, &reader, query).await?;
    let all = Opened { levels: Some(usize::MAX), ..Opened::default() };
    let view = shown(&tree, &tops, &all, MOST_EXPORTED);
    let settled = Asked::default();
    let picture = picture(&reader, &shell, &tree, &view, (&settled, None)).await?;
    let title = for_xml(&shell.scenario()?.name).into_owned();
    let text = Drawing { title, picture }.render().map_err(|error| internal(&error))?;
    Ok(file("image/svg+xml", "org-chart.svg", text))
}

const COLUMNS: &str = "id,name,job_title,active,manager_id,manager,level,reports,below\r\n";

/// A line for each, managers before those who report to them.
pub(super) async fn csv(
    shell: Shell,
    reader: Reader,
    _place: Place,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (tree, tops) = everybody(&shell, &reader, query).await?;
    let all = Opened { levels: Some(usize::MAX), ..Opened::default() };
    let view = shown(&tree, &tops, &all, MOST_EXPORTED);
    // Whoever the table begins with reports to somebody who is not in it.
    let above = tops.iter().filter_map(|top| tree.above[*top]);
    let people = view.cards.iter().map(|card| card.person).chain(above);
    let ids: Vec<String> = people.map(|person| tree.lines[person].actor.clone()).collect();
    let scenario = &shell.scenario()?.scenario;
    let cards = actors::cards(reader.db(), reader.id(), scenario, &ids).await?;
    let cards: HashMap<&str, &Card> = cards.iter().map(|card| (&*card.actor, card)).collect();
    let name = |person: usize| {
        let card = cards.get(&*tree.lines[person].actor)?;
        names::of_parts(&card.preferred_name, &card.first_name, &card.last_name)
    };
    let mut text = COLUMNS.to_owned();
    let mut levels: Vec<usize> = Vec::with_capacity(view.cards.len());
    for card in &view.cards {
        let level = card.above.map_or(1, |above| levels[above] + 1);
        levels.push(level);
        let line = &tree.lines[card.person];
        let manager = tree.above[card.person];
        let title = cards.get(&*line.actor).and_then(|card| card.job_title.clone());
        let cells = [
            line.actor.clone(),
            name(card.person).unwrap_or_default(),
            title.unwrap_or_default(),
            line.active.to_string(),
            manager.map(|manager| tree.lines[manager].actor.clone()).unwrap_or_default(),
            manager.and_then(name).unwrap_or_default(),
            level.to_string(),
            tree.reports[card.person].len().to_string(),
            tree.below[card.person].to_string(),
        ];
        text.push_str(&cells.map(|value| cell(&value)).join(","));
        text.push_str("\r\n");
    }
    Ok(file("text/csv; charset=utf-8", "reporting-lines.csv", text))
}

/// A file holds everybody it is asked for, or is refused: nobody takes a part for the whole.
async fn everybody(
    shell: &Shell,
    reader: &Reader,
    query: Option<String>,
) -> Result<(Tree, Vec<usize>), Problem> {
    let asked = Asked::read(query.as_deref().unwrap_or_default())?;
    let tree = tree(reader, shell, asked.all).await?;
    let (_, tops) = tops(&tree, asked.root.as_deref())?;
    let people: usize = tops.iter().map(|top| tree.below[*top] + 1).sum();
    if people > MOST_EXPORTED {
        let why = format!(
            "These are {people} people and a file holds {MOST_EXPORTED}; begin at somebody with fewer below."
        );
        return Err(Problem::new(Code::InvalidRequest).violation("root", why));
    }
    Ok((tree, tops))
}

fn file(kind: &'static str, name: &'static str, text: String) -> Response {
    let saved = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let saved = saved.unwrap_or(HeaderValue::from_static("attachment"));
    let harmless = HeaderValue::from_static("default-src 'none'; sandbox");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONTENT_DISPOSITION, saved),
        (CONTENT_SECURITY_POLICY, harmless),
    ];
    (headers, text).into_response()
}
