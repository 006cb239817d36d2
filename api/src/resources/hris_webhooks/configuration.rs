//! What an endpoint is set to: made, changed, and the schema of what is posted to it.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::IntoResponse;
use rollcall_commands::{
    ConnectionChange, IgnoredPeople, NewHrisWebhook, change_connection, create_hris_webhook,
    ignored_people, new_endpoint,
};
use rollcall_domain::connection::{
    HrisWebhook, HrisWebhookChange, KnownConnection, ProviderSettings, Settings, SettingsChange,
    Targets,
};
use rollcall_domain::field::Field;
use rollcall_domain::push::{FIELDS, SCHEMA, SyncType};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::path_of;
use crate::answer::{Stamped, position};
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::{JsonBody, OptionalBody, PathIds};
use crate::resources::integrations::changes::done;
use crate::resources::integrations::runs::connected;
use crate::resources::integrations::settings::{checked, nothing_wrong};
use crate::resources::integrations::targets::ChosenTargets;

/// More are no exceptions any more.
const MOST_IGNORED: usize = 1_000;
const LONGEST_IGNORED: usize = 400;

/// What is left out is as usual: everything, in the normal way, to the live baseline.
pub(crate) type New = Wanted;

/// What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HrisWebhookWanted)]
pub(crate) struct Wanted {
    /// `normal` or `one_to_one`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) sync_type: Option<SyncType>,
    /// Beside names and e-mail address, which are always taken over.
    #[serde(default)]
    pub(crate) fields: Option<Vec<String>>,
    /// By id or e-mail address: nothing happens to them.
    #[serde(default)]
    pub(crate) ignored_people: Option<Vec<String>>,
    /// By path, such as `Engineering > Mobile Team`, with what is below.
    #[serde(default)]
    pub(crate) ignored_departments: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) targets: ChosenTargets,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MadeHrisWebhook)]
pub(crate) struct Made {
    pub(crate) id: String,
    /// Where everybody is posted to, on this server.
    pub(crate) path: String,
    /// For the header `X-HRIS-AUTHENTICATION`. It is shown this one time.
    pub(crate) api_key: String,
}

pub(super) async fn schema() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/schema+json")], SCHEMA)
}

pub(super) async fn create(
    State(app): State<App>,
    admin: Admin,
    OptionalBody(new): OptionalBody<New>,
) -> Result<impl IntoResponse, Problem> {
    let made = make(&app, &admin, new.unwrap_or_default()).await?;
    let place = [(LOCATION, format!("/api/v1/hris_webhooks/{}", made.id))];
    let answer = (StatusCode::CREATED, place, Json(made));
    Ok(Stamped(position(&app, &admin.tenant).await?, answer))
}

/// The only answer that holds the key.
pub(crate) async fn make(app: &App, admin: &Admin, new: New) -> Result<Made, Problem> {
    let (change, ignored) = new.read()?;
    let endpoint = new_endpoint();
    let usual: Settings = ProviderSettings::HrisWebhook(HrisWebhook::at(&endpoint)).into();
    let settings = usual.changed(&change);
    checked(nothing_wrong(), &settings)?;
    let live = Targets { live_baseline: true, ..Targets::default() };
    let targets = live.changed(&new.targets.into());
    let id = ulid::Ulid::generate().to_string();
    let ignored = ignored.unwrap_or_default();
    let new = NewHrisWebhook { id: id.clone(), settings, targets, ignored };
    let key = create_hris_webhook(&app.store, admin.id(), new, &admin.caller.cause()).await?;
    app.inbound_policies.forget();
    Ok(Made { id, path: path_of(&endpoint), api_key: key.expose_secret().to_owned() })
}

pub(super) async fn change(
    State(app): State<App>,
    admin: Admin,
    PathIds(webhook): PathIds<String>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<impl IntoResponse, Problem> {
    apply(&app, &admin, &webhook, wanted).await?;
    done(&app, &admin).await
}

/// Changes what is different; any of it returns the endpoint to test mode.
pub(crate) async fn apply(
    app: &App,
    admin: &Admin,
    webhook: &str,
    wanted: Wanted,
) -> Result<(), Problem> {
    let known = known(app, admin, webhook).await?;
    let (settings, ignored) = wanted.read()?;
    checked(nothing_wrong(), &known.settings.changed(&settings))?;
    let was = ignored_people(&app.store, admin.id(), webhook).await?;
    let credentials = ignored.filter(|ignored| *ignored != was).map(|one| one.sealed());
    let change = ConnectionChange { settings, targets: wanted.targets.into(), credentials };
    let cause = admin.caller.cause();
    change_connection(&app.store, admin.id(), webhook, &change, &cause).await?;
    app.inbound_policies.forget();
    Ok(())
}

/// An endpoint that is not disconnected.
pub(super) async fn known(
    app: &App,
    admin: &Admin,
    webhook: &str,
) -> Result<KnownConnection, Problem> {
    let known = connected(app, admin, webhook).await?;
    if known.settings.is_pushed() { Ok(known) } else { Err(Code::NotFound.into()) }
}

impl Wanted {
    /// What of it is no target; everything that is wrong at once.
    fn read(&self) -> Result<(SettingsChange, Option<IgnoredPeople>), Problem> {
        let mut problem = nothing_wrong();
        let mut fields = self.fields.as_ref().map(|_| BTreeSet::new());
        for (at, name) in self.fields.iter().flatten().enumerate() {
            match field(name) {
                Some(field) => drop(fields.as_mut().map(|all| all.insert(field))),
                None => {
                    let offered = FIELDS.map(Field::as_str).join(", ");
                    let say = format!("It is none of the fields that are sent: {offered}.");
                    problem = problem.violation(format!("/fields/{at}"), say);
                }
            }
        }
        let people = self.ignored_people.as_ref();
        let departments = self.ignored_departments.as_ref();
        for (path, listed) in [("/ignored_people", people), ("/ignored_departments", departments)] {
            let too_long = |one: &String| one.chars().count() > LONGEST_IGNORED;
            if listed.is_some_and(|all| all.len() > MOST_IGNORED || all.iter().any(too_long)) {
                let say =
                    format!("List at most {MOST_IGNORED}, each of {LONGEST_IGNORED} characters.");
                problem = problem.violation(path, say);
            }
        }
        if !problem.errors.is_empty() {
            return Err(problem);
        }
        let hris_webhook = HrisWebhookChange {
            sync_type: self.sync_type,
            fields,
            ignored_departments: departments.map(|all| tidied(all)),
        };
        let ignored = people.map(|people| IgnoredPeople { people: tidied(people) });
        Ok((SettingsChange { hris_webhook, ..SettingsChange::default() }, ignored))
    }
}

/// As they were typed, without blanks around them and empty ones.
fn tidied(listed: &[String]) -> Vec<String> {
    let texts = listed.iter().map(|one| one.trim().to_owned());
    texts.filter(|one| !one.is_empty()).collect()
}

fn field(name: &str) -> Option<Field> {
    FIELDS.into_iter().find(|field| field.as_str() == name)
}
