//! The settings of an endpoint as a form, and saving them: a new endpoint, or changes of one, which
//! return it to test mode; and enabling it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use form_urlencoded::Serializer;
use rollcall_domain::field::Field;
use rollcall_domain::push::SyncType;

use super::super::Visit;
use super::{BEHIND, HOME, Rival, keys, page, place, rival};
use crate::edge::Problem;
use crate::resources::hris_webhooks::acts::make_live;
use crate::resources::hris_webhooks::configuration::{Made, Wanted, apply, make};
use crate::resources::hris_webhooks::view::{View, all, one};
use crate::resources::integrations::targets::ChosenTargets;
use crate::web::filters;
use crate::web::form::{Fields, Wrong};
use crate::web::{done, settled};

/// What may be taken over or left: names, e-mail addresses and whether somebody is active always are.
pub(super) const OFFERED: [(Field, &str); 7] = [
    (Field::JobTitle, "Job title"),
    (Field::Departments, "Departments"),
    (Field::Manager, "Manager"),
    (Field::HireDate, "Hire date"),
    (Field::Phone, "Phone"),
    (Field::EmployeeNumber, "Employee number"),
    (Field::PhotoUrl, "Picture address"),
];
const LIVE_BASELINE: &str = "live_baseline";
const ALL_FUTURE: &str = "all_future";

#[derive(Template)]
#[template(path = "push/form.html")]
pub(super) struct Form {
    pub(super) typed: Fields,
    pub(super) wrong: Wrong,
    /// Why it can't be enabled.
    pub(super) not_enabled: Option<String>,
    /// Id, name, and whether it can be written to.
    pub(super) scenarios: Vec<(String, String, bool)>,
    /// The endpoint that is changed, and its state.
    pub(super) webhook: Option<(String, String)>,
    pub(super) rival: Option<Rival>,
}

impl Form {
    fn offered(&self) -> [(Field, &'static str); 7] {
        OFFERED
    }
    fn is_chosen(&self, name: &str, value: &str) -> bool {
        self.typed.all(name).any(|one| one == value)
    }
    fn takes(&self, field: &Field) -> bool {
        self.is_chosen("fields", field.as_str())
    }
    fn is_live(&self) -> bool {
        self.webhook.as_ref().is_some_and(|(_, status)| ["active", "paused"].contains(&&**status))
    }
    fn has_target(&self) -> bool {
        self.typed.has("target")
    }
    /// What is wrong with a field or one of its parts.
    fn errors(&self, start: &str) -> Vec<&str> {
        let own = |path: &str| path.strip_prefix(start).is_some_and(is_end);
        let found = self.wrong.beside(&[]).into_iter().filter(|one| own(&one.path));
        found.map(|one| one.message.as_str()).collect()
    }
    /// What belongs to no field that is shown.
    fn others(&self) -> Vec<&str> {
        let shown = ["/fields", "/targets", "/ignored_people", "/ignored_departments"];
        let own = |path: &str| shown.iter().any(|start| path.starts_with(start));
        let found = self.wrong.beside(&[]).into_iter().filter(|one| !own(&one.path));
        found.map(|one| one.message.as_str()).collect()
    }
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// What the form shows of an endpoint; of none, what is usual.
pub(super) fn typed(known: Option<&View>) -> Fields {
    let mut text = Serializer::new(String::new());
    match known {
        None => {
            text.append_pair("sync_type", SyncType::default().as_str());
            text.append_pair("target", LIVE_BASELINE);
            text.extend_pairs(OFFERED.map(|(field, _)| ("fields", field.as_str())));
        }
        Some(known) => {
            text.append_pair("sync_type", known.sync_type);
            text.extend_pairs(known.fields.iter().map(|field| ("fields", *field)));
            text.append_pair("ignored_people", &known.ignored_people.join("\n"));
            text.append_pair("ignored_departments", &known.ignored_departments.join("\n"));
            let targets = &known.targets;
            let switches =
                [(targets.live_baseline, LIVE_BASELINE), (targets.all_future, ALL_FUTURE)];
            let on = switches.into_iter().filter(|(on, _)| *on);
            text.extend_pairs(on.map(|(_, name)| ("target", name)));
            text.extend_pairs(targets.scenarios.iter().map(|one| ("target", one.as_str())));
        }
    }
    Fields::read(text.finish().as_bytes())
}

fn wanted(typed: &Fields) -> Wanted {
    let lines = |name: &str| Some(typed.raw(name).lines().map(str::to_owned).collect());
    let is_chosen = |target: &str| Some(typed.all("target").any(|one| one == target));
    let scenarios = typed.all("target").filter(|one| ![LIVE_BASELINE, ALL_FUTURE].contains(one));
    Wanted {
        sync_type: SyncType::parse(typed.raw("sync_type")),
        fields: Some(typed.all("fields").map(str::to_owned).collect()),
        ignored_people: lines("ignored_people"),
        ignored_departments: lines("ignored_departments"),
        targets: ChosenTargets {
            live_baseline: is_chosen(LIVE_BASELINE),
            scenarios: Some(scenarios.map(str::to_owned).collect()),
            all_future: is_chosen(ALL_FUTURE),
            ..ChosenTargets::default()
        },
    }
}

pub(super) async fn save(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    match typed.text("webhook") {
        Some(webhook) => change(visit, &webhook, typed).await,
        None => create(visit, typed).await,
    }
}

/// Sent twice, the form makes one endpoint: the second time would take the first one's key away from
/// whoever has not stored it yet.
async fn create(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    if !all(&visit.app, &visit.reader).await?.is_empty() {
        return Ok(done("There is an endpoint already; no other was made.", HOME));
    }
    match make(&visit.app, &visit.reader, wanted(&typed)).await {
        Ok(Made { id, path, api_key }) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            let endpoint = Some(visit.origin() + &path);
            keys::shown(visit, "The endpoint is made", id, api_key, endpoint)
        }
        Err(problem) => {
            let wrong = Wrong::of(problem)?;
            page::again(visit, None, page::Shown { typed: Some(typed), wrong, not_enabled: None })
                .await
        }
    }
}

async fn change(visit: Visit, webhook: &str, typed: Fields) -> Result<Response, Problem> {
    let before = one(&visit.app, &visit.reader, webhook).await?;
    if let Err(problem) = apply(&visit.app, &visit.reader, webhook, wanted(&typed)).await {
        let wrong = Wrong::of(problem)?;
        let shown = page::Shown { typed: Some(typed), wrong, not_enabled: None };
        return page::again(visit, Some(webhook), shown).await;
    }
    settled(&visit.app, &visit.reader, &BEHIND).await?;
    let now = one(&visit.app, &visit.reader, webhook).await?;
    let (enables, is_live) = (typed.has("enable"), ["active", "paused"].contains(&&*now.status));
    let words = match (is_other(&before, &now), enables && !is_live) {
        (true, false) => {
            "The settings are saved. The webhook is in test mode: send a request, and look at what it \
             would do."
        }
        // Nobody has seen yet what they do.
        (true, true) => {
            "The settings are saved. As they have changed, the webhook is in test mode: look at what \
             a request would do, then enable it."
        }
        (false, false) => "Nothing was changed.",
        (false, true) => {
            if let Err(problem) = make_live(&visit.app, &visit.reader, webhook).await {
                let why = not_enabled(&visit, webhook, problem).await?;
                let shown = page::Shown {
                    typed: Some(typed),
                    wrong: Wrong::default(),
                    not_enabled: Some(why),
                };
                return page::again(visit, Some(webhook), shown).await;
            }
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            "The webhook is live: what is posted from now on is applied."
        }
    };
    Ok(done(words, &place(webhook)))
}

/// Why it can't be live, in words that name what is in the way.
async fn not_enabled(visit: &Visit, webhook: &str, problem: Problem) -> Result<String, Problem> {
    let wrong = Wrong::of(problem)?;
    Ok(match rival(visit, webhook).await? {
        Some(rival) => format!("{} is active now and must be disconnected first.", rival.label),
        None => wrong.detail.unwrap_or_else(|| "It can't be enabled as it is.".to_owned()),
    })
}

fn is_other(before: &View, now: &View) -> bool {
    before.sync_type != now.sync_type
        || before.fields != now.fields
        || before.ignored_people != now.ignored_people
        || before.ignored_departments != now.ignored_departments
        || before.targets != now.targets
}

/// Those that can be chosen, and those that are though they can't be written to any more.
pub(super) fn scenarios(visit: &Visit, known: Option<&View>) -> Vec<(String, String, bool)> {
    let all = visit.shell.scenarios.iter();
    let offered = all.filter(|one| !one.is_baseline() && one.kind != "snapshot");
    let mut listed: Vec<(String, String, bool)> = offered
        .filter(|one| one.state == "active")
        .map(|one| (one.scenario.clone(), one.name.clone(), true))
        .collect();
    let chosen = known.iter().flat_map(|known| &known.targets.scenarios);
    for id in chosen {
        if !listed.iter().any(|(listed, ..)| listed == id) {
            listed.push((id.clone(), id.clone(), false));
        }
    }
    listed
}

/// A page that was refused.
pub(super) const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
