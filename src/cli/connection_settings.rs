//! `rollcall connection settings`: when a connection is reconciled, when its plans wait for a person,
//! and how its deliveries are judged.

use std::path::PathBuf;

use rollcall_domain::connection::{BrakeLimits, USUAL_HIERARCHY};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::connection_connect::DynamicsReading;
use super::output::text;
use super::{Context, output, secret_file};
use crate::client::Client;
use crate::failure::Failure;

/// What is left out stays as it is; without any of it the settings are only shown. An empty text
/// takes away what was there.
#[derive(Debug, Default, clap::Args)]
// The command has this name, too.
#[group(skip)]
pub(super) struct Settings {
    /// The hour of the nightly reconciliation, from 0 to 23.
    #[arg(long)]
    hour: Option<u8>,
    /// Where that hour is told, such as Europe/Berlin; the company's zone unless given.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Where the company's days begin, such as Europe/Berlin; the server's time zone unless given.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Over what webhooks are signed.
    #[arg(long, value_parser = ["body_timestamp", "timestamp_dot_body", "body"])]
    signature_form: Option<String>,
    /// Older signed deliveries are only read again, in seconds.
    #[arg(long, value_name = "SECONDS")]
    freshness: Option<u32>,
    /// Whether field-based deliveries are applied from their own values where that is safe.
    #[arg(long, value_name = "true|false")]
    direct_apply: Option<bool>,
    #[command(flatten)]
    dynamics: DynamicsReading,
    /// All limits of the brake as usual, but for those that are given.
    #[arg(long)]
    brake_usual: bool,
    /// A plan is held that deactivates more people than this.
    #[arg(long, value_name = "N")]
    brake_deactivated: Option<u32>,
    /// The same in percent of a target with 100 people or more.
    #[arg(long, value_name = "PERCENT")]
    brake_deactivated_percent: Option<u8>,
    /// The same in percent of a smaller one…
    #[arg(long, value_name = "PERCENT")]
    brake_small_percent: Option<u8>,
    /// …of which so many may always go.
    #[arg(long, value_name = "N")]
    brake_small: Option<u32>,
    /// A plan is held that replaces more source ids than this, in percent.
    #[arg(long, value_name = "PERCENT")]
    brake_replaced_percent: Option<u8>,
    /// A plan is held that changes one field of more people than this, in percent…
    #[arg(long, value_name = "PERCENT")]
    brake_changed_percent: Option<u8>,
    /// …from so many people on.
    #[arg(long, value_name = "N")]
    brake_changed: Option<u32>,
}

/// Another address of BambooHR, or another app or authority of Dynamics 365 HR; the secret is given
/// again, since a stored one is sent nowhere else.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Address {
    /// Where the HR system answers instead of its usual address: a simulator, a proxy.
    #[arg(long, value_name = "URL", requires = "api_key_file")]
    base_url: Option<String>,
    /// File with the API key, along with another address; `-` for standard input.
    #[arg(long, value_name = "FILE", requires = "base_url")]
    api_key_file: Option<PathBuf>,
    /// Another app registration that reads Dynamics 365 HR.
    #[arg(long, value_name = "ID", requires = "client_secret_file")]
    client_id: Option<String>,
    /// Where tokens are issued instead of the worldwide cloud.
    #[arg(long, value_name = "URL", requires = "client_secret_file")]
    authority_url: Option<String>,
    /// File with the client secret, along with another app or authority; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
}

impl Settings {
    /// As the API takes them.
    fn body(&self) -> Map<String, Value> {
        let text = |text: &Option<String>| {
            text.as_ref().map(|text| if text.is_empty() { Value::Null } else { json!(text) })
        };
        let schedule = given([("hour", self.hour.map(Value::from)), ("zone", text(&self.zone))]);
        let limit = |limit: Option<u32>| limit.map(Value::from);
        let percent = |percent: Option<u8>| percent.map(Value::from);
        let mut brake = given([
            ("deactivated", limit(self.brake_deactivated)),
            ("deactivated_percent", percent(self.brake_deactivated_percent)),
            ("small_deactivated_percent", percent(self.brake_small_percent)),
            ("small_deactivated", limit(self.brake_small)),
            ("replaced_percent", percent(self.brake_replaced_percent)),
            ("changed_percent", percent(self.brake_changed_percent)),
            ("changed", limit(self.brake_changed)),
        ]);
        if self.brake_usual {
            for (name, usual) in json!(BrakeLimits::default()).as_object().into_iter().flatten() {
                brake.entry(name).or_insert(usual.clone());
            }
        }
        let mut body = given(self.dynamics.body());
        body.extend(given([
            ("schedule", (!schedule.is_empty()).then(|| schedule.into())),
            ("brake", (!brake.is_empty()).then(|| brake.into())),
            ("time_zone", text(&self.time_zone)),
            ("signature_form", text(&self.signature_form)),
            ("freshness_seconds", limit(self.freshness)),
            ("direct_apply", self.direct_apply.map(Value::from)),
        ]));
        body
    }
}

impl Address {
    /// As the API takes it, with the secret that goes there.
    fn body(&self) -> Result<Map<String, Value>, Failure> {
        let url = |url: &Option<String>| {
            url.as_ref().map(|url| if url.is_empty() { Value::Null } else { json!(url) })
        };
        let secret = |file: &Option<PathBuf>| match file {
            Some(file) => Ok(Some(json!(secret_file::read(file)?.expose_secret()))),
            None => Ok::<_, Failure>(None),
        };
        Ok(given([
            ("base_url", url(&self.base_url)),
            ("api_key", secret(&self.api_key_file)?),
            ("client_id", self.client_id.as_ref().map(|id| json!(id))),
            ("authority_url", url(&self.authority_url)),
            ("client_secret", secret(&self.client_secret_file)?),
        ]))
    }
}

fn given<const N: usize>(all: [(&str, Option<Value>); N]) -> Map<String, Value> {
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Changes the settings and shows them.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    path: &str,
    (settings, address): (&Settings, &Address),
) -> Result<(), Failure> {
    let mut body = settings.body();
    body.extend(address.body()?);
    let position = match body.is_empty() {
        true => None,
        false => client.patch(path, &body.into()).await?.position,
    };
    let now = client.get_after(path, position.as_deref()).await?;
    let (own, schedule, brake) = (&now["settings"], &now["schedule"], &now["brake"]);
    if context.json {
        return output::json(&json!({
            "settings": own, "schedule": schedule, "brake": brake, "next_run": now["next_run"],
        }));
    }
    let mut pairs = vec![
        ("hour", schedule["hour"].to_string()),
        ("zone", or(text(schedule, "zone"), "the company's")),
        ("next run", or(output::instant(&now["next_run"]), "none")),
        ("time zone", or(text(own, "time_zone"), "the server's")),
    ];
    pairs.extend(match now["provider"].as_str() {
        Some("dynamics365") => of_dynamics(own),
        _ => of_bamboohr(own),
    });
    let number = |name: &str| brake[name].to_string();
    pairs.extend([
        ("held: deactivated", number("deactivated")),
        ("  percent", number("deactivated_percent")),
        ("  percent, small", number("small_deactivated_percent")),
        ("  but always, small", number("small_deactivated")),
        ("held: replaced, percent", number("replaced_percent")),
        ("held: changed, percent", number("changed_percent")),
        ("  from people on", number("changed")),
    ]);
    output::pairs(&pairs)
}

fn of_bamboohr(own: &Value) -> Vec<(&'static str, String)> {
    vec![
        ("base URL", or(text(own, "base_url"), "the usual one")),
        ("signature form", text(own, "signature_form")),
        ("freshness", format!("{} s", own["freshness_seconds"])),
        ("direct apply", output::yes_or_no(&own["direct_apply"])),
    ]
}

fn of_dynamics(own: &Value) -> Vec<(&'static str, String)> {
    let entities = own["legal_entities"].as_array().into_iter().flatten();
    let entities: Vec<&str> = entities.filter_map(Value::as_str).collect();
    vec![
        ("environment", text(own, "environment_url")),
        ("tenant", text(own, "tenant_id")),
        ("client", text(own, "client_id")),
        ("authority", or(text(own, "authority_url"), "the worldwide cloud")),
        ("surface", or(text(own, "surface"), "as the address says")),
        ("legal entities", or(entities.join(", "), "all")),
        ("hierarchy", or(text(own, "hierarchy"), USUAL_HIERARCHY)),
        ("vacancy", or(text(own, "vacancy"), "climb")),
    ]
}

fn or(text: String, usual: &str) -> String {
    if text.is_empty() { usual.to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn body(words: &[&str]) -> Value {
        let line = Line::try_parse_from([&["settings"], words].concat()).unwrap();
        Value::Object(line.settings.body())
    }

    #[test]
    fn an_empty_text_takes_away_what_was_said_of_dynamics() {
        let said = body(&["--hierarchy", "Reports", "--surface", "dataverse"]);
        assert_eq!(said, json!({ "hierarchy": "Reports", "surface": "dataverse" }));
        let taken = body(&["--hierarchy", "", "--surface", "", "--legal-entity", ""]);
        assert_eq!(taken, json!({ "hierarchy": null, "surface": null, "legal_entities": [] }));
    }

    #[test]
    fn another_surface_than_the_two_there_are_is_refused() {
        assert!(Line::try_parse_from(["settings", "--surface", "odata"]).is_err());
    }
}
