//! `rollcall connection connect`: an HR system, with what its credentials are.

use std::path::PathBuf;

use chrono::NaiveDate;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::asked_runs::follow;
use super::output::text;
use super::{Context, connection_test, output, secret_file, targets};
use crate::client::{Answer, Client, INTEGRATIONS, LOGS};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Connect {
    /// Which HR system.
    #[arg(value_parser = ["bamboohr", "dynamics365"])]
    provider: String,
    /// BambooHR's subdomain: what stands before .bamboohr.com.
    #[arg(long, required_if_eq("provider", "bamboohr"))]
    account: Option<String>,
    /// File with BambooHR's API key; `-` for standard input.
    #[arg(long, value_name = "FILE", required_if_eq("provider", "bamboohr"))]
    api_key_file: Option<PathBuf>,
    /// Where BambooHR answers instead of its usual address: a simulator, a proxy.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    dynamics: Dynamics,
    /// The last day of the credentials; owners and admins are told before.
    #[arg(long, value_name = "DATE")]
    expires_on: Option<NaiveDate>,
    /// Where the company's days begin, such as Europe/Berlin; the server's time zone unless given.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    #[command(flatten)]
    targets: targets::First,
    /// Do not wait for the initial sync.
    #[arg(long)]
    no_wait: bool,
    /// Only say what the credentials can and cannot read; nothing is saved.
    #[arg(long, conflicts_with = "no_wait")]
    test: bool,
}

/// What a connection to Dynamics 365 HR needs.
#[derive(Debug, clap::Args)]
struct Dynamics {
    /// Its environment, such as acme.operations.dynamics.com.
    #[arg(long, value_name = "URL", required_if_eq("provider", "dynamics365"))]
    environment_url: Option<String>,
    /// The environment's directory in Microsoft Entra: its id, or one of its domains.
    #[arg(long, value_name = "ID", required_if_eq("provider", "dynamics365"))]
    tenant_id: Option<String>,
    /// The app registration.
    #[arg(long, value_name = "ID", required_if_eq("provider", "dynamics365"))]
    client_id: Option<String>,
    /// File with the value of its secret; `-` for standard input.
    #[arg(long, value_name = "FILE", required_if_eq("provider", "dynamics365"))]
    client_secret_file: Option<PathBuf>,
    /// Where tokens are issued instead of the worldwide cloud: a sovereign one, a simulator.
    #[arg(long, value_name = "URL")]
    authority_url: Option<String>,
    #[command(flatten)]
    reading: DynamicsReading,
}

/// How people are read from Dynamics 365 HR.
#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct DynamicsReading {
    /// How the environment is asked, where its address does not tell; '' for as it tells.
    #[arg(long, value_parser = ["finance_operations", "dataverse", ""], hide_possible_values = true,
          value_name = "finance_operations|dataverse")]
    surface: Option<String>,
    /// Count only employments in this legal entity; may be given several times.
    #[arg(long = "legal-entity", value_name = "ID")]
    legal_entities: Vec<String>,
    /// The hierarchy of positions that managers are found by; Line unless given, or if ''.
    #[arg(long, value_name = "NAME")]
    hierarchy: Option<String>,
    /// Who leads those whose leading position is vacant: whoever is above it, or nobody.
    #[arg(long, value_parser = ["climb", "leave_empty"])]
    vacancy: Option<String>,
}

impl DynamicsReading {
    /// What was given, as the API takes it; an empty text takes away what was there.
    pub(super) fn body(&self) -> [(&'static str, Option<Value>); 4] {
        let text = |text: &Option<String>| {
            text.as_ref().map(|text| if text.is_empty() { Value::Null } else { json!(text) })
        };
        // An empty one stands for all of them.
        let entities: Vec<_> = self.legal_entities.iter().filter(|id| !id.is_empty()).collect();
        [
            ("surface", text(&self.surface)),
            ("legal_entities", (!self.legal_entities.is_empty()).then(|| json!(entities))),
            ("hierarchy", text(&self.hierarchy)),
            ("vacancy", text(&self.vacancy)),
        ]
    }
}

impl Connect {
    /// As the API takes it: without what was not given.
    async fn body(&self, client: &Client) -> Result<Value, Failure> {
        let secret = |file: &Option<PathBuf>| match file {
            Some(file) => Ok(Some(secret_file::read(file)?.expose_secret().to_owned())),
            None => Ok::<_, Failure>(None),
        };
        let own = &self.dynamics;
        let mut body = json!({
            "provider": self.provider,
            "account": self.account,
            "base_url": self.base_url,
            "api_key": secret(&self.api_key_file)?,
            "environment_url": own.environment_url,
            "tenant_id": own.tenant_id,
            "client_id": own.client_id,
            "client_secret": secret(&own.client_secret_file)?,
            "authority_url": own.authority_url,
            "expires_on": self.expires_on,
            "time_zone": self.time_zone,
            "targets": self.targets.body(client).await?,
        });
        if let Some(body) = body.as_object_mut() {
            let reading = own.reading.body().into_iter();
            body.extend(reading.filter_map(|(name, value)| Some((name.to_owned(), value?))));
            body.retain(|_, value| !value.is_null());
        }
        Ok(body)
    }
}

pub(super) async fn run(context: &Context, client: &Client, new: &Connect) -> Result<(), Failure> {
    let body = new.body(client).await?;
    if new.test {
        let path = format!("{INTEGRATIONS}/test");
        return connection_test::run(context, client, &path, Some(&body)).await;
    }
    let made = post(client, &body).await?;
    if !new.no_wait {
        let run = first_run(client, &text(&made, "id")).await?;
        return follow(context, client, &Answer { position: None, body: json!({ "run": run }) })
            .await;
    }
    match context.json {
        true => output::json(&made),
        false => output::line(&text(&made, "id")),
    }
}

/// Connects as a body of the API says, and returns the connection.
pub(crate) async fn post(client: &Client, new: &Value) -> Result<Value, Failure> {
    let made = client.post(INTEGRATIONS, Some(new)).await?;
    let path = format!("{INTEGRATIONS}/{}", text(&made.body, "id"));
    client.get_after(&path, made.position.as_deref()).await
}

/// The first run of a connection that was made just now: it is queued by what follows from that.
pub(crate) async fn first_run(client: &Client, connection: &str) -> Result<String, Failure> {
    let path = format!("{LOGS}?integration={connection}&kind=manual_sync");
    for _ in 0..600 {
        if let Some(run) = client.list(&path, 1).await?.first() {
            return Ok(text(run, "id"));
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Err(Failure::failed(
        "the initial sync was not queued within a minute; is a node with the role worker running?",
    ))
}
