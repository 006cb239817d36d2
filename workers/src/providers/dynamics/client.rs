//! Asks an environment for pages of its sets.

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rollcall_domain::connection::Surface;
use rollcall_domain::json;
use rollcall_egress::{Auth, Origin, Request};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::token::{App, Tokens};
use crate::providers::calls::{Answered, Calls, Failed, Tries};
use crate::providers::splitter::{Splitter, Unsplit};
use crate::providers::{Code, Flaw, Outage, ProviderError, Refusal, Setting};

/// Records asked for at a time.
pub(super) const FINANCE_ROWS: u64 = 1_000;
const DATAVERSE_ROWS: u64 = 5_000;

/// What may not stand in a query as it is. A dollar may: it begins the names of options.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// One app in one environment.
pub(super) struct Client {
    pub(super) calls: Calls,
    pub(super) tokens: Tokens,
    pub(super) surface: Surface,
    app: App,
    /// What stands before the name of a set.
    root: String,
    origin: Origin,
}

impl Client {
    pub(super) fn new(calls: Calls, app: App, environment: &Url, surface: Surface) -> Client {
        let path = match surface {
            Surface::FinanceOperations => "data",
            Surface::Dataverse => "api/data/v9.2",
        };
        Client {
            calls,
            tokens: Tokens::default(),
            surface,
            app,
            root: format!("{}/{path}", environment.as_str().trim_end_matches('/')),
            origin: Origin::of(environment),
        }
    }

    /// The address of a set with options.
    pub(super) fn url(&self, path: &str, options: &[(&str, String)]) -> String {
        let mut url = format!("{}/{path}", self.root);
        for (at, (name, value)) in options.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, QUERY));
        }
        url
    }

    /// Where the next page is; it can only be where this one is.
    pub(super) fn next(
        &self,
        what: &'static str,
        url: &str,
        link: &str,
    ) -> Result<String, ProviderError> {
        let elsewhere = ProviderError::Malformed { what, flaw: Flaw::ForeignLink };
        let next = Url::parse(url).and_then(|url| url.join(link));
        match next {
            Ok(next) if Origin::of(&next) == self.origin => Ok(next.into()),
            Ok(_) | Err(_) => Err(elsewhere),
        }
    }

    /// A page, read to its end. A token that is refused is replaced once.
    pub(super) async fn page(&self, what: &'static str, url: &str) -> Result<Bytes, ProviderError> {
        let mut tries = Tries::new(self.calls.patience, true);
        let mut renewed = false;
        loop {
            let token = self.tokens.token(&self.app, &self.calls).await?;
            let failed = match self.once(what, url, &token).await {
                Ok(body) => return Ok(body),
                Err(failed) => failed,
            };
            let refused = matches!(failed.error, ProviderError::Unauthorized { .. });
            if refused && !renewed {
                renewed = true;
                self.tokens.refused(&token).await;
            } else {
                tries.pause(failed).await?;
            }
        }
    }

    async fn once(
        &self,
        what: &'static str,
        url: &str,
        token: &SecretString,
    ) -> Result<Bytes, Failed> {
        let request = Request::get(url)
            .header("accept", "application/json")
            .header("odata-maxversion", "4.0")
            .header("odata-version", "4.0")
            .auth(Auth::Bearer(token.clone()))
            .pinned_to(self.origin.clone());
        let request = match self.surface {
            Surface::FinanceOperations => request,
            Surface::Dataverse => {
                let rows = format!("odata.maxpagesize={DATAVERSE_ROWS}");
                request.header("prefer", &rows).header("if-none-match", "null")
            }
        };
        let body = self.calls.whole(what, request, judge).await?;
        match whole(&body) {
            Ok(()) => Ok(body),
            Err(unsplit) => Err(Failed {
                may_pass: unsplit == Unsplit::Truncated,
                error: unsplit.error(what),
                wait: None,
            }),
        }
    }
}

/// Whether a page ends as one: nothing of half a page is taken over.
fn whole(body: &[u8]) -> Result<(), Unsplit> {
    let mut page = Splitter::of("value");
    page.push(body, |_| -> Result<(), Unsplit> { Ok(()) })?;
    page.finish().map(drop)
}

/// What an answer with a bad status means (A4.1).
fn judge(answered: &Answered<'_>) -> Failed {
    let Answered { what, status, wait, .. } = *answered;
    let body = json::tree(answered.body).unwrap_or_default();
    let rejected = |code| Failed::finally(ProviderError::Rejected { what, code });
    let unavailable = |may_pass| Failed {
        error: ProviderError::Unavailable(Outage::Status(status)),
        may_pass,
        wait,
    };
    let unknown = Refusal::NotInEnvironment;
    match status {
        429 => answered.too_fast(),
        503 if wait.is_some() => answered.too_fast(),
        408 | 500 | 502 | 503 | 504 => unavailable(true),
        501..=599 => unavailable(false),
        // To where people log in.
        401 | 300..=399 => Failed::finally(ProviderError::Unauthorized { reason: unknown }),
        403 if is_no_member(&body) => {
            Failed::finally(ProviderError::Unauthorized { reason: unknown })
        }
        403 => Failed::finally(ProviderError::Forbidden { what: what.to_owned() }),
        404 if answered.body.trim_ascii_start().starts_with(b"<") => {
            Failed::finally(ProviderError::Misconfigured(Setting::NotTheEnvironment))
        }
        404 => rejected(Code::NotFound),
        400 => rejected(Code::BadRequest),
        409 => rejected(Code::Conflict),
        413 => rejected(Code::TooLarge),
        _ => rejected(Code::Status(status)),
    }
}

/// Dataverse does not know the app.
fn is_no_member(body: &Value) -> bool {
    body["error"]["code"].as_str().is_some_and(|code| code.eq_ignore_ascii_case("0x80072560"))
}

/// A text in a filter.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
