//! `/departments/{department}`: what it is, who is in it, and its name.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_domain::access::Permission;
use rollcall_domain::unit::Kind;

use super::{of_kind, people_in, plural, source};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Problem, Violation};
use crate::extractors::{JsonBody, PathIds};
use crate::params::Params;
use crate::resources::actors::{self as people, View as Person};
use crate::resources::departments::{self, Rename, View};
use crate::resources::names;
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{address, done, filters, page, settled, with_status};

#[derive(Template)]
#[template(path = "departments/one.html")]
struct Page {
    shell: Shell,
    unit: View,
    members: Vec<Person>,
    next: Option<String>,
    /// The name as it was typed.
    name: String,
    wrong: Wrong,
}

impl Page {
    fn kind(&self) -> Kind {
        Kind::parse(&self.unit.kind).unwrap_or(Kind::Department)
    }
    /// The list it is in.
    fn list(&self) -> String {
        self.shell.to(&of_kind("/departments", self.kind()))
    }
    fn other(&self, unit: &str) -> String {
        self.shell.to(&format!("/departments/{unit}"))
    }
    fn above(&self) -> &str {
        match super::above(&self.unit) {
            "" => "not there yet",
            path => path,
        }
    }
    fn people(&self) -> String {
        self.shell.to(&people_in(&self.unit))
    }
    fn person(&self, id: &str) -> String {
        self.shell.to(&format!("/people/{id}"))
    }
    fn next_page(&self, cursor: &str) -> String {
        let path = format!("/departments/{}", self.unit.id);
        self.shell.to(&address(&path, &[("cursor", cursor)]))
    }
    /// Whether somebody may try to rename it here.
    fn is_renamed_here(&self) -> bool {
        self.shell.may(Permission::PeopleWrite) && self.unit.lock.is_none()
    }
    fn called(&self, person: &Person) -> String {
        names::of_parts(&person.preferred_name, &person.first_name, &person.last_name)
            .unwrap_or_else(|| "No name".to_owned())
    }
    fn others(&self) -> Vec<&Violation> {
        self.wrong.beside(&["/name"])
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    PathIds(department): PathIds<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let shown =
        read(&app, shell, &reader, &department, query.as_deref().unwrap_or_default()).await?;
    page(&shown)
}

async fn read(
    app: &App,
    shell: Shell,
    reader: &Reader,
    department: &str,
    query: &str,
) -> Result<Page, Problem> {
    let scenario = shell.scenario()?.scenario.clone();
    let ids = PathIds((scenario.clone(), department.to_owned()));
    let unit =
        departments::read(State(app.clone()), reader.clone(), ids, Params::read("")).await?.0;
    let mut asked = Params::of_page(query);
    let cursor = asked.text("cursor");
    asked.done()?;
    let asked = [("department", department), ("cursor", cursor.as_deref().unwrap_or_default())];
    let params = Params::read(&crate::web::query(&asked));
    let members =
        people::list(State(app.clone()), reader.clone(), PathIds(scenario), params).await?.0;
    Ok(Page {
        shell,
        name: unit.name.clone(),
        unit,
        members: members.data,
        next: members.next_cursor,
        wrong: Wrong::default(),
    })
}

pub(super) async fn rename(
    State(app): State<App>,
    shell: Shell,
    admin: Reader,
    reader: Reader,
    PathIds(department): PathIds<String>,
    typed: Fields,
) -> Result<Response, Problem> {
    let ids = PathIds((shell.scenario()?.scenario.clone(), department.clone()));
    let name = typed.text("name").unwrap_or_default();
    match departments::rename(State(app.clone()), admin, ids, JsonBody(Rename { name })).await {
        Ok(_) => {
            settled(&app, &reader, &["units"]).await?;
            Ok(done("It was renamed.", &shell.to(&format!("/departments/{department}"))))
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            let name = typed.raw("name").to_owned();
            let shown = read(&app, shell, &reader, &department, "").await?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &Page { name, wrong, ..shown })
        }
    }
}
