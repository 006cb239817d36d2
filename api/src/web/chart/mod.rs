//! `/people/chart`: who reports to whom, as a drawing and as an outline. The whole tree is known by ids
//! at each request; names are read for those that are drawn.

mod asked;
mod export;
mod layout;
mod picture;
mod shown;
mod tree;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use rollcall_domain::access::Permission;
use rollcall_projections::actors;
use tokio::sync::OwnedSemaphorePermit;

use self::asked::Asked;
use self::picture::{Picture, picture};
use self::shown::{MOST, View, shown};
use self::tree::Tree;
use super::filters;
use super::shell::Shell;
use super::{page, query};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::resources::actors::{self as people, View as Person};
use crate::resources::names;

/// People that a search names; of more it says so.
const FOUND: usize = 20;
/// Managers that are named above the one the chart begins at, the nearest.
const CRUMBS: usize = 8;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/people/chart", get(chart))
        .route("/people/chart.svg", get(export::svg))
        .route("/people/chart.csv", get(export::csv))
}

/// A place to draw at: a chart of thousands takes a processor and some memory meanwhile.
struct Place(#[expect(dead_code, reason = "held until the chart is drawn")] OwnedSemaphorePermit);

impl FromRequestParts<App> for Place {
    type Rejection = Problem;
    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Place(app.charts.take().await?))
    }
}

#[derive(Template)]
#[template(path = "chart/chart.html")]
struct Chart {
    shell: Shell,
    asked: Asked,
    /// Everybody there is, and here below.
    people: usize,
    here: usize,
    loose: usize,
    circles: Vec<Named>,
    /// Those above the one the chart begins at, the top first.
    above: Vec<Named>,
    root: Option<Named>,
    found: Found,
    view: View,
    picture: Picture,
}

struct Named {
    id: String,
    name: String,
}

/// Whom a search found, and which of them is outlined.
#[derive(Default)]
struct Found {
    people: Vec<Named>,
    at: Option<usize>,
}

impl Found {
    fn now(&self) -> Option<&Named> {
        self.people.get(self.at?)
    }
    fn next(&self) -> Option<&Named> {
        self.people.get(self.at? + 1)
    }
    fn before(&self) -> Option<&Named> {
        self.people.get(self.at?.checked_sub(1)?)
    }
    fn is_cut(&self) -> bool {
        self.people.len() == FOUND
    }
}

impl Chart {
    fn person(&self, id: &str) -> String {
        self.shell.to(&format!("/people/{id}"))
    }
    /// The list of those the chart has.
    fn list(&self) -> String {
        self.shell.to(if self.asked.all { "/people?status=all" } else { "/people?status=active" })
    }
    fn scenario(&self) -> &str {
        self.shell.scenario.as_ref().map_or("", |scenario| scenario.name.as_str())
    }
    fn to(&self, asked: &Asked) -> String {
        self.shell.to(&asked.address())
    }
    fn export(&self, kind: &str) -> String {
        self.shell.to(&self.asked.export(kind))
    }
    fn zoom(&self) -> &str {
        self.asked.zoom.as_deref().unwrap_or("100")
    }
    fn is_fit(&self) -> bool {
        self.zoom() == "fit"
    }
    /// How large the drawing is shown.
    fn size(&self) -> (i32, i32) {
        let percent = self.zoom().parse().unwrap_or(100);
        let (width, height) = (self.picture.width, self.picture.height);
        (width * percent / 100, height * percent / 100)
    }
}

/// The tree of a scenario, without those who left unless they are asked for.
async fn tree(reader: &Reader, shell: &Shell, all: bool) -> Result<Tree, Problem> {
    let scenario = &shell.scenario()?.scenario;
    let mut lines = actors::lines(reader.db(), reader.id(), scenario).await?;
    lines.retain(|line| all || line.active);
    Ok(Tree::of(lines))
}

/// Where a chart begins, and the people it begins with.
fn tops(tree: &Tree, root: Option<&str>) -> Result<(Option<usize>, Vec<usize>), Problem> {
    let Some(root) = root else { return Ok((None, tree.tops.clone())) };
    let root = tree.place(root).ok_or(Code::NotFound)?;
    Ok((Some(root), vec![root]))
}

async fn chart(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    _place: Place,
    RawQuery(given): RawQuery,
) -> Result<Response, Problem> {
    let mut asked = Asked::read(given.as_deref().unwrap_or_default())?;
    let tree = tree(&reader, &shell, asked.all).await?;
    let found = found(&app, &reader, &shell, &asked, &tree).await?;
    let at = found.now().and_then(|now| tree.place(&now.id));
    let (mut root, mut tops) = tops(&tree, asked.root.as_deref())?;
    let outside = |at: usize, root: usize| at != root && tree.path(at).all(|above| above != root);
    if at.zip(root).is_some_and(|(at, root)| outside(at, root)) {
        (asked.root, root, tops) = (None, None, tree.tops.clone());
    }
    let mut opened = asked.opened(&tree);
    opened.path = at.into_iter().flat_map(|at| tree.path(at)).collect();
    let view = shown(&tree, &tops, &opened, MOST);
    let path = at.into_iter().flat_map(|at| tree.path(at));
    let settled = asked.settled(path.map(|place| tree.lines[place].actor.as_str()));
    let drawn = picture(&reader, &shell, &tree, &view, (&settled, at)).await?;
    let above: Vec<usize> =
        root.into_iter().flat_map(|root| tree.path(root)).take(CRUMBS).collect();
    let circles = tree.circles.iter().take(FOUND).copied();
    let above = above.into_iter().rev().chain(root).chain(circles);
    let mut above = named(&reader, &shell, &tree, above.collect()).await?;
    let circles = above.split_off(above.len() - tree.circles.len().min(FOUND));
    let root_name = root.and_then(|_| above.pop());
    page(&Chart {
        shell,
        people: tree.lines.len(),
        here: tops.iter().map(|top| tree.below[*top] + 1).sum(),
        loose: tree.loose,
        circles,
        above,
        root: root_name,
        found,
        view,
        picture: drawn,
        asked,
    })
}

/// What some people are called, in their order.
async fn named(
    reader: &Reader,
    shell: &Shell,
    tree: &Tree,
    places: Vec<usize>,
) -> Result<Vec<Named>, Problem> {
    let scenario = &shell.scenario()?.scenario;
    let ids: Vec<String> = places.iter().map(|place| tree.lines[*place].actor.clone()).collect();
    let cards = actors::cards(reader.db(), reader.id(), scenario, &ids).await?;
    let of = |id: String| {
        let card = cards.iter().find(|card| card.actor == id);
        let name = card.and_then(|card| {
            names::of_parts(&card.preferred_name, &card.first_name, &card.last_name)
        });
        Named { id, name: name.unwrap_or_else(nameless) }
    };
    Ok(ids.into_iter().map(of).collect())
}

/// Whom a search or an address names, as far as the chart has them.
async fn found(
    app: &App,
    reader: &Reader,
    shell: &Shell,
    asked: &Asked,
    tree: &Tree,
) -> Result<Found, Problem> {
    let at = asked.at.as_deref();
    let Some(find) = &asked.find else {
        let Some(place) = at.and_then(|at| tree.place(at)) else { return Ok(Found::default()) };
        let people = named(reader, shell, tree, vec![place]).await?;
        return Ok(Found { people, at: Some(0) });
    };
    let scenario = shell.scenario()?.scenario.clone();
    let status = if asked.all { "all" } else { "active" };
    let asked = [("q", &**find), ("limit", &*FOUND.to_string()), ("status", status)];
    let params = Params::read(&query(&asked));
    let list = people::list(State(app.clone()), reader.clone(), PathIds(scenario), params).await?.0;
    let is_here = |one: &Person| tree.place(&one.id).is_some();
    let people: Vec<Named> = list.data.into_iter().filter(is_here).map(of_person).collect();
    let at = people.iter().position(|one| Some(&*one.id) == at);
    let at = at.or((!people.is_empty()).then_some(0));
    Ok(Found { people, at })
}

fn of_person(person: Person) -> Named {
    let name = names::of_parts(&person.preferred_name, &person.first_name, &person.last_name);
    Named { id: person.id, name: name.unwrap_or_else(nameless) }
}

fn nameless() -> String {
    "No name".to_owned()
}
