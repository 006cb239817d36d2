//! What is typed to reach a provider: the fields of the forms that connect to it, and that replace its
//! secret. Their names are those of the API's bodies.

use chrono::NaiveDate;
use rollcall_domain::connection::ProviderSettings;
use rollcall_domain::vocabulary::Provider;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::edge::{Code, Problem};
use crate::resources::integrations::View;
use crate::resources::integrations::settings::Wanted;
use crate::web::form::{Fields, Wrong};

/// One of them.
pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

pub(super) enum Kind {
    Text,
    Address,
    /// It is never shown again.
    Secret,
    Day,
    /// The first one is meant where nothing is said.
    Choice(&'static [(&'static str, &'static str)]),
}

/// What has to be said, and what seldom has to.
pub(super) struct Inputs {
    pub(super) first: &'static [Input],
    pub(super) more: &'static str,
    pub(super) seldom: &'static [Input],
}

impl Input {
    const fn new(name: &'static str, label: &'static str, kind: Kind, help: &'static str) -> Input {
        Input { name, label, help, kind, required: false }
    }
    const fn required(self) -> Input {
        Input { required: true, ..self }
    }
    pub(super) fn html_type(&self) -> &'static str {
        match self.kind {
            Kind::Text | Kind::Choice(_) => "text",
            Kind::Address => "url",
            Kind::Secret => "password",
            Kind::Day => "date",
        }
    }
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret)
    }
    /// Where it stands in a body.
    pub(super) fn path(&self) -> String {
        format!("/{}", self.name)
    }
}

impl Inputs {
    pub(super) fn all(&self) -> impl Iterator<Item = &'static Input> {
        self.first.iter().chain(self.seldom)
    }
    /// Whether something was said, or refused, that stands behind a summary.
    pub(super) fn is_open(&self, typed: &Fields, wrong: &Wrong) -> bool {
        let is_said = |one: &Input| match one.kind {
            Kind::Choice(choices) => {
                !choices.iter().take(1).any(|usual| usual.0 == typed.raw(one.name))
            }
            Kind::Text | Kind::Address | Kind::Secret | Kind::Day => true,
        };
        let is_there = |one: &Input| typed.has(one.name) && !typed.raw(one.name).is_empty();
        let mut seldom = self.seldom.iter();
        seldom.any(|one| (is_there(one) && is_said(one)) || wrong.with(&one.path()).is_some())
    }
    /// What is wrong beside what stands with a field.
    pub(super) fn others(&self, wrong: &Wrong) -> Vec<String> {
        let paths: Vec<String> = self.all().map(Input::path).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        wrong.beside(&paths).into_iter().map(|one| one.message.clone()).collect()
    }
}

/// To connect.
pub(super) fn connecting(provider: Provider) -> Inputs {
    match provider {
        Provider::BambooHr | Provider::HrisWebhook => {
            Inputs { first: &BAMBOOHR, more: "Another address", seldom: &[BASE_URL] }
        }
        Provider::Dynamics365 => {
            Inputs { first: &DYNAMICS, more: "Scope and reporting lines", seldom: &DYNAMICS_MORE }
        }
    }
}

/// In place of the stored secret. It is sent to no other address, and for no other app, than it was
/// stored for: whoever changes those types it again.
pub(super) fn replacing(provider: Provider) -> Inputs {
    match provider {
        Provider::BambooHr | Provider::HrisWebhook => {
            Inputs { first: &NEW_KEY, more: "Another address", seldom: &[BASE_URL] }
        }
        Provider::Dynamics365 => {
            Inputs { first: &NEW_SECRET, more: "Another cloud", seldom: &[AUTHORITY] }
        }
    }
}

/// What people call a provider's secret.
pub(super) fn secret_of(provider: Provider) -> &'static str {
    match provider {
        Provider::BambooHr | Provider::HrisWebhook => "API key",
        Provider::Dynamics365 => "client secret",
    }
}

/// How a connection is reached, as if it had just been typed: everything that is no secret.
pub(super) fn stored(known: &View) -> Fields {
    let day = known.health.credentials_expire_on.map(|on| on.to_string());
    let mut stored = vec![("expires_on", day)];
    match &known.settings.provider {
        ProviderSettings::BambooHr(own) => stored.push(("base_url", own.base_url.clone())),
        ProviderSettings::Dynamics365(own) => {
            stored.push(("client_id", Some(own.client_id.clone())));
            stored.push(("authority_url", own.authority_url.clone()));
        }
        ProviderSettings::HrisWebhook(_) => {}
    }
    Fields::of(stored.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// Everything that was typed of a connection's settings.
pub(super) fn wanted(typed: &Fields) -> Result<Wanted, Problem> {
    let entities = typed.text("legal_entities").map(|text| list(&text));
    Ok(Wanted {
        base_url: typed.text("base_url").map(Some),
        client_id: typed.text("client_id"),
        authority_url: typed.text("authority_url").map(Some),
        surface: chosen(typed, "surface")?.map(Some),
        legal_entities: entities.map(Some),
        hierarchy: typed.text("hierarchy").map(Some),
        vacancy: chosen(typed, "vacancy")?,
        ..Wanted::default()
    })
}

/// Ids with commas between them.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

pub(super) fn secret(typed: &Fields, name: &str) -> Option<SecretString> {
    typed.text(name).map(SecretString::from)
}

pub(super) fn last_day(typed: &Fields) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = typed.text("expires_on") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let what = "It must be a date such as 2027-06-30.";
        Problem::new(Code::InvalidRequest).violation("/expires_on", what)
    })
}

fn chosen<T: DeserializeOwned>(typed: &Fields, name: &str) -> Result<Option<T>, Problem> {
    let Some(text) = typed.text(name) else { return Ok(None) };
    serde_json::from_value(json!(text)).map(Some).map_err(|_| {
        let what = "There is no such choice.";
        Problem::new(Code::InvalidRequest).violation(format!("/{name}"), what)
    })
}

const BAMBOOHR: [Input; 2] = [
    Input::new(
        "account",
        "Subdomain",
        Kind::Text,
        "What stands before .bamboohr.com in the address.",
    )
    .required(),
    Input::new(
        "api_key",
        "API key",
        Kind::Secret,
        "In BambooHR, under your picture: API Keys. Whatever its owner can see, Rollcall can see. It is \
         stored encrypted and never shown again.",
    )
    .required(),
];
const BASE_URL: Input = Input::new(
    "base_url",
    "Address of the API",
    Kind::Address,
    "Only for a proxy or a simulator; empty for BambooHR itself.",
);

const DYNAMICS: [Input; 5] = [
    Input::new(
        "environment_url",
        "Environment URL",
        Kind::Text,
        "Where people open Finance and Operations or Dataverse, such as \
         https://acme.operations.dynamics.com.",
    )
    .required(),
    Input::new(
        "tenant_id",
        "Tenant ID",
        Kind::Text,
        "Of the directory in Microsoft Entra, or one of its domains.",
    )
    .required(),
    Input { required: true, ..CLIENT_ID },
    Input::new(
        "client_secret",
        "Client secret",
        Kind::Secret,
        "Its value, not its ID. It is stored encrypted and never shown again.",
    )
    .required(),
    Input::new(
        "expires_on",
        "Secret expires on",
        Kind::Day,
        "If you know. Owners and admins are told 30, 7 and 1 days before.",
    ),
];
const CLIENT_ID: Input = Input::new(
    "client_id",
    "Client ID",
    Kind::Text,
    "Of the app registration. The environment has to know it too: as a Microsoft Entra ID application, \
     or as an application user.",
);
const DYNAMICS_MORE: [Input; 5] = [LEGAL_ENTITIES, HIERARCHY, VACANCY, SURFACE, AUTHORITY];
pub(super) const LEGAL_ENTITIES: Input = Input::new(
    "legal_entities",
    "Legal entities",
    Kind::Text,
    "Only whoever is employed in one of these is read: their ids with commas between them. Empty for all \
     of them.",
);
pub(super) const HIERARCHY: Input = Input::new(
    "hierarchy",
    "Hierarchy of positions",
    Kind::Text,
    "In Finance and Operations it says who leads whom. Empty for Line, its usual name.",
);
pub(super) const VACANCY: Input = Input::new(
    "vacancy",
    "If the position above is vacant",
    Kind::Choice(VACANCIES),
    "Who leads the people below it.",
);
pub(super) const SURFACE: Input = Input::new(
    "surface",
    "Read from",
    Kind::Choice(SURFACES),
    "Only where the address does not tell, as with an address of your own.",
);
const AUTHORITY: Input = Input::new(
    "authority_url",
    "Where tokens are issued",
    Kind::Address,
    "Only for another cloud than the worldwide one, such as https://login.microsoftonline.us.",
);

pub(super) const VACANCIES: &[(&str, &str)] =
    &[("climb", "Whoever is in the next one above"), ("leave_empty", "Nobody")];
pub(super) const SURFACES: &[(&str, &str)] = &[
    ("", "As the address says"),
    ("finance_operations", "Finance and Operations"),
    ("dataverse", "Dataverse"),
];

const NEW_KEY: [Input; 2] = [
    Input::new(
        "api_key",
        "New API key",
        Kind::Secret,
        "Stored encrypted and never shown again. Give its owner the right to read everybody. Empty keeps \
         the stored one.",
    ),
    Input::new("expires_on", "Last day of the key", Kind::Day, LAST_DAY),
];
const NEW_SECRET: [Input; 3] = [
    CLIENT_ID,
    Input::new(
        "client_secret",
        "New client secret",
        Kind::Secret,
        "Its value, not its ID. Stored encrypted and never shown again. Empty keeps the stored one.",
    ),
    Input::new("expires_on", "Secret expires on", Kind::Day, LAST_DAY),
];
const LAST_DAY: &str = "Where the provider gave it one. Owners and admins are told 30, 7 and 1 days \
                        before; empty for one that does not expire.";
