//! `rollcall connection credentials`: a new key or secret, and its last day.

use std::path::PathBuf;

use chrono::NaiveDate;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::{Context, output, secret_file};
use crate::client::Client;
use crate::failure::Failure;

/// New credentials, of whichever HR system, or only another last day of those that are there.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct Credentials {
    /// File with BambooHR's new API key; `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "client_secret_file")]
    api_key_file: Option<PathBuf>,
    /// File with the value of the new client secret of Dynamics 365 HR; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// Their last day, for owners and admins to be told before; '' takes it away. New ones have none
    /// unless it is given.
    #[arg(long, value_name = "DATE", value_parser = last_day)]
    expires_on: Option<LastDay>,
}

/// `None` inside for no day at all.
#[derive(Debug, Clone, Copy)]
struct LastDay(Option<NaiveDate>);

fn last_day(text: &str) -> Result<LastDay, chrono::ParseError> {
    match text {
        "" => Ok(LastDay(None)),
        day => day.parse().map(|day| LastDay(Some(day))),
    }
}

impl Credentials {
    /// As the API takes them.
    fn body(&self) -> Result<Value, Failure> {
        let mut body = Map::new();
        for (name, file) in
            [("api_key", &self.api_key_file), ("client_secret", &self.client_secret_file)]
        {
            if let Some(file) = file {
                body.insert(name.to_owned(), json!(secret_file::read(file)?.expose_secret()));
            }
        }
        if let Some(LastDay(day)) = self.expires_on {
            body.insert("expires_on".to_owned(), json!(day));
        }
        Ok(body.into())
    }

    fn are_new(&self) -> bool {
        self.api_key_file.is_some() || self.client_secret_file.is_some()
    }
}

/// Replaces them; whether the HR system takes them, the next run tells.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    path: &str,
    credentials: &Credentials,
) -> Result<(), Failure> {
    client.put(&format!("{path}/credentials"), &credentials.body()?).await?;
    let (done, sentence) = match (credentials.are_new(), credentials.expires_on) {
        (true, _) => {
            ("replaced", "the credentials are replaced; try them: rollcall connection sync")
        }
        (false, Some(LastDay(Some(_)))) => {
            ("changed", "the last day of the credentials is noted; nothing else changed")
        }
        (false, Some(LastDay(None)) | None) => {
            ("changed", "the credentials have no last day any more; nothing else changed")
        }
    };
    output::done(context.json, done, sentence)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        credentials: Credentials,
    }

    fn line(words: &[&str]) -> Result<Line, clap::Error> {
        Line::try_parse_from([&["credentials"], words].concat())
    }

    fn body(words: &[&str]) -> Value {
        line(words).unwrap().credentials.body().unwrap()
    }

    #[test]
    fn a_last_day_is_given_and_taken_away_without_a_new_secret() {
        let day = json!({ "expires_on": "2027-06-30" });
        assert_eq!(body(&["--expires-on", "2027-06-30"]), day);
        assert_eq!(body(&["--expires-on", ""]), json!({ "expires_on": null }));
    }

    #[test]
    fn a_new_secret_comes_with_its_last_day() {
        let here = tempfile::tempdir().unwrap();
        let file = here.path().join("secret");
        std::fs::write(&file, "second\n").unwrap();
        let file = file.to_str().unwrap();
        let with_day = body(&["--client-secret-file", file, "--expires-on", "2027-06-30"]);
        assert_eq!(with_day, json!({ "client_secret": "second", "expires_on": "2027-06-30" }));
        assert_eq!(body(&["--client-secret-file", file]), json!({ "client_secret": "second" }));
    }

    #[test]
    fn nothing_two_secrets_and_what_is_no_day_are_refused() {
        for words in [
            &[][..],
            &["--api-key-file", "a", "--client-secret-file", "b"],
            &["--expires-on", "soon"],
        ] {
            assert!(line(words).is_err(), "{words:?}");
        }
    }
}
