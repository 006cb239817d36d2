//! `/scenarios/{id}/actors`: the people of a scenario, with the names of what they belong to.

pub(crate) mod by_hand;
pub(crate) mod person;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rollcall_domain::field::Field;
use rollcall_projections::actors::{self, Actor, Filter, Order};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::history;
use super::names::{Named, Names};
use super::scenarios::exists;
use crate::answer::{List, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag, shapes};
use crate::params::Params;

const BEHIND: [&str; 4] = ["actors", "members", "units", "scenarios"];
const STATUSES: [&str; 3] = ["active", "inactive", "all"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios/{scenario}/actors", get(list).post(by_hand::create))
        .route("/scenarios/{scenario}/actors/{actor}", get(read).patch(by_hand::edit))
        .route("/scenarios/{scenario}/actors/{actor}/unsync", post(by_hand::unsync))
        .route("/scenarios/{scenario}/actors/{actor}/resync", post(by_hand::resync))
        .route("/scenarios/{scenario}/actors/{actor}/release", post(by_hand::release))
        .route("/scenarios/{scenario}/actors/{actor}/history", get(history::list))
}

pub(super) fn operations() -> Vec<Operation> {
    use openapi::{flag, text, word};
    const LIST: &str = "/scenarios/{scenario}/actors";
    const ONE: &str = "/scenarios/{scenario}/actors/{actor}";
    let person = json!({ "first_name": "Ada", "last_name": "Example", "job_title": "Engineer" });
    let all = vec![
        openapi::get(Tag::People, LIST, "list_actors", "The people of a scenario, by name.")
            .query([
                text("q", "Part of a name, an e-mail address, a number or a title."),
                text("department", "Only those in it, by id."),
                text("manager", "Only those who report to them, by id."),
                word("status", "Only these; all, unless said.", &STATUSES),
                flag("synced", "Only those an HR system keeps, or only the others."),
                flag("on_hold", "Only those whom runs leave alone, or only the others."),
                word(
                    "sort",
                    "In which order; backwards with a minus.",
                    &Order::ALL.map(Order::as_str),
                ),
            ])
            .list::<View>()
            .min_position(),
        openapi::post(Tag::People, LIST, "create_actor", "Adds somebody by hand.")
            .body::<shapes::Person>(&person)
            .placed::<shapes::Made>(201, "Who was added."),
        openapi::get(Tag::People, ONE, "read_actor", "One person.")
            .json::<View>(200, "The person.")
            .min_position(),
        openapi::patch(Tag::People, ONE, "edit_actor", "Changes fields that no HR system keeps.")
            .body::<shapes::Person>(&json!({ "job_title": "Engineer", "phone": null }))
            .empty(204, "Changed, or as it was.")
            .refuses([Code::SyncedField, Code::Gone]),
    ];
    all.into_iter().chain(more_operations()).collect()
}

fn more_operations() -> [Operation; 4] {
    let act = |path, id, summary| {
        openapi::post(Tag::People, path, id, summary).empty(204, "Done.").refuses([Code::Gone])
    };
    [
        act(
            "/scenarios/{scenario}/actors/{actor}/unsync",
            "unsync_actor",
            "Takes a person out of sync.",
        ),
        act(
            "/scenarios/{scenario}/actors/{actor}/resync",
            "resync_actor",
            "Puts a person back in sync.",
        ),
        act(
            "/scenarios/{scenario}/actors/{actor}/release",
            "release_actor",
            "Lets runs change a person again whom an undo put on hold.",
        ),
        openapi::get(
            Tag::People,
            "/scenarios/{scenario}/actors/{actor}/history",
            "list_actor_history",
            "What happened to a person, oldest first.",
        )
        .query([openapi::word(
            "order",
            "Which comes first; the oldest, unless said.",
            &["oldest", "newest"],
        )])
        .list::<history::Entry>()
        .min_position(),
    ]
}

/// A person, the fields named as in product.md §8.0.
#[derive(Serialize, ToSchema)]
#[schema(as = Actor)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) scenario: String,
    pub(crate) source_hris: Option<String>,
    pub(crate) source_hris_id: Option<String>,
    pub(crate) employee_number: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) preferred_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) job_title: Option<String>,
    pub(crate) departments: Vec<Named>,
    pub(crate) division: Option<Named>,
    pub(crate) location: Option<Named>,
    pub(crate) employment_type: Option<String>,
    pub(crate) active: bool,
    pub(crate) hire_date: Option<String>,
    pub(crate) termination_date: Option<String>,
    pub(crate) manager: Option<Named>,
    pub(crate) photo_url: Option<String>,
    pub(crate) synced: bool,
    pub(crate) out_of_sync_by_hand: bool,
    /// The run that was taken back, while others leave the person alone because of that.
    pub(crate) on_hold: Option<String>,
    pub(crate) source_deleted: bool,
    pub(crate) erased: bool,
    /// The run that changed the person last.
    pub(crate) last_run: Option<String>,
    pub(crate) version: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// What keeps fields from being edited by hand; told of one person, not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lock: Option<Lock>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PersonLock)]
pub(crate) struct Lock {
    pub(crate) connection: String,
    pub(crate) source_hris: &'static str,
    pub(crate) fields: Vec<&'static str>,
}

impl View {
    /// What people call them: the preferred name or the first, and the last; else their address.
    pub(crate) fn name(&self) -> Option<String> {
        let first = self.preferred_name.as_deref().or(self.first_name.as_deref());
        let parts: Vec<&str> = first.into_iter().chain(self.last_name.as_deref()).collect();
        match parts.is_empty() {
            true => self.email.clone(),
            false => Some(parts.join(" ")),
        }
    }
}

/// A piece of the list.
pub(crate) struct Found {
    pub(crate) people: Vec<View>,
    pub(crate) next: Option<String>,
    /// A cursor of the reversed list that goes on behind the first of these.
    pub(crate) back: Option<String>,
}

pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    params: Params,
) -> Result<Json<List<View>>, Problem> {
    let found = find(&app, &reader, &scenario, params).await?;
    Ok(Json(List { data: found.people, next_cursor: found.next }))
}

/// The same with the way back.
pub(crate) async fn find(
    app: &App,
    reader: &Reader,
    scenario: &str,
    mut params: Params,
) -> Result<Found, Problem> {
    let q = params.text("q");
    let department = params.text("department");
    let manager = params.text("manager");
    let status = params.word("status", &STATUSES);
    let (synced, on_hold) = (params.flag("synced"), params.flag("on_hold"));
    let order = params.word("sort", &Order::ALL.map(Order::as_str));
    let (piece, min) = (params.piece(), params.min_position());
    params.done()?;
    let filter = Filter {
        q: q.as_deref(),
        department: department.as_deref(),
        manager: manager.as_deref(),
        active: status.filter(|word| word != "all").map(|word| word == "active"),
        synced,
        on_hold,
    };
    let order = order.as_deref().and_then(Order::parse).unwrap_or_default();
    caught_up(app, reader, min, &BEHIND).await?;
    exists(reader, scenario).await?;
    let (db, tenant, how) = (reader.db(), reader.id(), (&filter, order));
    let page = actors::sorted(db, tenant, scenario, how, piece.after(), piece.limit).await?;
    let names = Names::of(reader, scenario, &page.rows).await?;
    let back = page.rows.first().and_then(|row| piece.next(Some(order.reversed().behind(row))));
    let people = page.rows.into_iter().map(|row| view(row, &names)).collect();
    Ok(Found { people, next: piece.next(page.next), back })
}

pub(crate) async fn read(
    State(app): State<App>,
    reader: Reader,
    PathIds((scenario, actor)): PathIds<(String, String)>,
    mut params: Params,
) -> Result<Json<View>, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &reader, min, &BEHIND).await?;
    let row = actors::one(reader.db(), reader.id(), &scenario, &actor).await?;
    let row = row.ok_or(Code::NotFound)?;
    let names = Names::of(&reader, &scenario, std::slice::from_ref(&row)).await?;
    let lock = lock(&app, &reader, &row).await?;
    Ok(Json(View { lock, ..view(row, &names) }))
}

/// What an edit would be refused by. Told from the log, as the edit itself decides.
async fn lock(app: &App, reader: &Reader, row: &Actor) -> Result<Option<Lock>, Problem> {
    if !row.synced {
        return Ok(None);
    }
    let lock = rollcall_commands::person_lock(&app.store, reader.id(), &row.scenario).await?;
    Ok(lock.filter(|lock| row.known().is_kept_by(lock)).map(|lock| {
        let kept = Field::ALL.into_iter().filter(|field| lock.keeps(*field)).map(Field::as_str);
        Lock {
            fields: kept.chain(["active"]).collect(),
            source_hris: lock.source.provider.as_str(),
            connection: lock.connection,
        }
    }))
}

fn view(row: Actor, names: &Names) -> View {
    let unit = |id: Option<String>| id.map(|id| names.unit(id));
    View {
        id: row.actor,
        scenario: row.scenario,
        source_hris: row.provider,
        source_hris_id: row.source_id,
        employee_number: row.employee_number,
        first_name: row.first_name,
        last_name: row.last_name,
        preferred_name: row.preferred_name,
        email: row.email,
        phone: row.phone,
        job_title: row.job_title,
        departments: row.departments.iter().cloned().map(|id| names.unit(id)).collect(),
        division: unit(row.division),
        location: unit(row.location),
        employment_type: row.employment_type,
        active: row.active,
        hire_date: row.hire_date,
        termination_date: row.termination_date,
        manager: row.manager.map(|id| names.person(id)),
        photo_url: row.photo_url,
        synced: row.synced,
        out_of_sync_by_hand: row.out_of_sync_by_hand,
        on_hold: row.on_hold,
        source_deleted: row.source_deleted,
        erased: row.erased,
        last_run: row.run,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        lock: None,
    }
}
