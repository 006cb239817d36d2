//! Connecting: the form, what a key can read before it is saved, and saving.
//!
//! What was typed stands in the address of a test that goes on or is over, all but secrets, so that it
//! survives a reload. Nothing of it is saved.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use form_urlencoded::Serializer;
use rollcall_commands::entitled_since;
use rollcall_domain::vocabulary::Provider;

use super::inputs::{self, Inputs, Kind};
use super::operations::{self, Told, What};
use super::{BEHIND, HOME, Visit, account};
use crate::edge::{Code, Problem};
use crate::extractors::JsonBody;
use crate::resources::integrations::connect::{New, connect};
use crate::resources::integrations::targets::ChosenTargets;
use crate::resources::integrations::test;
use crate::resources::operations::Patience;
use crate::web::form::{Fields, Wrong};
use crate::web::shell::Shell;
use crate::web::{done, elsewhere, filters, settled, with_status};

/// The providers that are connected by this form, in the order of their tabs.
const OFFERED: [Provider; 2] = [Provider::BambooHr, Provider::Dynamics365];

/// What else may stand in an address: everything that is no secret.
const KEPT: [&str; 3] = ["provider", "filled", "target"];

#[derive(Template)]
#[template(path = "integrations/connect.html")]
struct Form {
    shell: Shell,
    provider: Provider,
    inputs: Inputs,
    typed: Fields,
    wrong: Wrong,
    test: Option<Told>,
    entitled: bool,
    /// Where people came from until it was disconnected: provider and account.
    former: Option<(&'static str, String)>,
}

impl Form {
    fn offered(&self) -> &'static [Provider] {
        &OFFERED
    }
    /// The live baseline, unless something was chosen.
    fn is_chosen(&self, target: &str) -> bool {
        match self.typed.has("filled") {
            true => self.typed.all("target").any(|one| one == target),
            false => target == "live_baseline",
        }
    }
    fn how(&self) -> &'static str {
        match self.provider {
            Provider::BambooHr | Provider::HrisWebhook => {
                "Read every night, told of changes in between"
            }
            Provider::Dynamics365 => "Read every night, no webhook",
        }
    }
    fn advice(&self) -> Option<&'static str> {
        match self.provider {
            Provider::BambooHr | Provider::HrisWebhook => None,
            Provider::Dynamics365 => Some(
                "Limit in Dynamics itself who can be seen, by the roles and legal entities of the app's \
                 user. Rollcall takes everybody the app can read.",
            ),
        }
    }
    /// Where the test is looked at again.
    fn here(&self) -> String {
        let test = self.test.as_ref().map_or("", |told| &told.id);
        address(&self.typed, test)
    }
}

fn provider(typed: &Fields) -> Result<Provider, Problem> {
    let Some(asked) = typed.text("provider") else { return Ok(OFFERED[0]) };
    let known = Provider::parse(&asked).filter(|one| OFFERED.contains(one));
    known.ok_or_else(|| Code::NotFound.into())
}

/// Where the form stands with what was typed and what a test told.
fn address(typed: &Fields, test: &str) -> String {
    let is_plain = |name: &str| {
        let mut inputs =
            OFFERED.into_iter().flat_map(|one| inputs::connecting(one).all().collect::<Vec<_>>());
        KEPT.contains(&name) || inputs.any(|input| input.name == name && !input.is_secret())
    };
    let kept = typed.pairs().iter().filter(|(name, value)| is_plain(name) && !value.is_empty());
    let query =
        Serializer::new(String::new()).extend_pairs(kept).append_pair("test", test).finish();
    format!("{HOME}?{query}")
}

fn wanted(typed: &Fields, provider: Provider) -> Result<New, Problem> {
    let is_chosen = |target: &str| Some(typed.all("target").any(|one| one == target));
    let switches = ["live_baseline", "all_future"];
    let scenarios = typed.all("target").filter(|one| !switches.contains(one)).map(str::to_owned);
    Ok(New {
        provider,
        account: typed.text("account"),
        api_key: inputs::secret(typed, "api_key"),
        environment_url: typed.text("environment_url"),
        tenant_id: typed.text("tenant_id"),
        client_secret: inputs::secret(typed, "client_secret"),
        expires_on: inputs::last_day(typed)?,
        targets: Some(ChosenTargets {
            live_baseline: is_chosen("live_baseline"),
            scenarios: Some(scenarios.collect()),
            all_future: is_chosen("all_future"),
            ..ChosenTargets::default()
        }),
        wanted: inputs::wanted(typed)?,
    })
}

pub(super) async fn show(visit: Visit, query: &str) -> Result<Response, Problem> {
    let typed = Fields::read(query.as_bytes());
    let (mut wrong, mut test) = (Wrong::default(), None);
    if let Some(id) = typed.text("test") {
        match operations::told(&visit, id).await {
            Ok(told) => test = Some(told),
            Err(problem) if problem.code == Code::NotFound => {
                let gone = "What the test told is kept for an hour, and is gone; test again.";
                wrong.detail = Some(gone.to_owned());
            }
            Err(problem) => return Err(problem),
        }
    }
    shown(visit, StatusCode::OK, typed, wrong, test).await
}

async fn shown(
    mut visit: Visit,
    status: StatusCode,
    typed: Fields,
    wrong: Wrong,
    test: Option<Told>,
) -> Result<Response, Problem> {
    let provider = provider(&typed)?;
    let entitled = entitled_since(&visit.app.store, visit.reader.id()).await?.is_some();
    HOME.clone_into(&mut visit.shell.path);
    // One that never brought anybody is none.
    let brought = visit.connections().await?.into_iter().filter(|one| one.last_sync_at.is_some());
    let former = brought.max_by_key(|one| one.last_sync_at);
    let former = former.map(|one| (one.settings.provider().label(), account(&one)));
    let (shell, inputs) = (visit.shell, inputs::connecting(provider));
    with_status(status, &Form { shell, provider, inputs, typed, wrong, test, entitled, former })
}

/// The same form with another button.
pub(super) async fn test(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    match asked(&visit, &typed).await {
        Ok(test) => Ok(elsewhere(&format!("{}#test", address(&typed, &test)))),
        Err(problem) => refused(visit, typed, problem).await,
    }
}

async fn asked(visit: &Visit, typed: &Fields) -> Result<String, Problem> {
    let new = JsonBody(wanted(typed, provider(typed)?)?);
    let admin = visit.reader.clone();
    let answer = test::before_saving(visit.state(), admin, Patience::of_a_page(), new).await?;
    operations::named(answer).await
}

pub(super) async fn save(visit: Visit, typed: Fields) -> Result<Response, Problem> {
    match saved(&visit, &typed).await {
        Ok(provider) => {
            settled(&visit.app, &visit.reader, &BEHIND).await?;
            let words = format!("{} is connected; the first sync is on its way.", provider.label());
            Ok(done(&words, HOME))
        }
        Err(problem) => refused(visit, typed, problem).await,
    }
}

async fn saved(visit: &Visit, typed: &Fields) -> Result<Provider, Problem> {
    let provider = provider(typed)?;
    let new = JsonBody(wanted(typed, provider)?);
    connect(visit.state(), visit.reader.clone(), new).await?;
    Ok(provider)
}

async fn refused(visit: Visit, typed: Fields, problem: Problem) -> Result<Response, Problem> {
    let wrong = Wrong::of(problem)?;
    shown(visit, StatusCode::UNPROCESSABLE_ENTITY, typed, wrong, None).await
}
