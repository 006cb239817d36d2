//! What an answer with a bad status means; BambooHR words it in five ways (`reference/bamboohr.md`
//! §2.4): a header with an empty body, and four shapes of JSON.

use rollcall_domain::json;
use rollcall_egress::HeaderMap;
use serde_json::Value;

use crate::providers::calls::{Answered, Failed};
use crate::providers::{Code, Outage, ProviderError, Refusal, Setting};

/// Both spellings are seen.
const MESSAGE_HEADERS: [&str; 2] = ["x-bamboohr-error-message", "x-bamboohr-error-messsage"];

/// Reads status, headers and the beginning of the body.
pub(super) fn judge(answered: &Answered<'_>) -> Failed {
    let Answered { what, status, headers, body, wait, .. } = *answered;
    let said = Said::read(headers, body);
    let rejected = |code| Failed::finally(ProviderError::Rejected { what, code });
    match status {
        // 503 was the status of throttling until 2026-09-16; since then it is 429.
        429 | 503 => answered.too_fast(),
        408 | 500 | 502 | 504 | 598 => Failed {
            error: ProviderError::Unavailable(Outage::Status(status)),
            may_pass: true,
            wait,
        },
        501..=599 => Failed::finally(ProviderError::Unavailable(Outage::Status(status))),
        401 => Failed::finally(ProviderError::Unauthorized { reason: Refusal::Key }),
        403 => Failed::finally(said.forbidden(what)),
        300..=399 => Failed::finally(ProviderError::Misconfigured(Setting::NotTheService)),
        404 if said.web_page => {
            Failed::finally(ProviderError::Misconfigured(Setting::NotTheService))
        }
        404 => rejected(Code::NotFound),
        400 => rejected(said.code.map_or(Code::BadRequest, Code::Named)),
        409 => rejected(Code::Conflict),
        413 => rejected(Code::TooLarge),
        _ => rejected(said.code.map_or(Code::Status(status), Code::Named)),
    }
}

/// What a refusal says besides its status. The message itself is only searched, never shown: it
/// may repeat what was asked for.
#[derive(Debug, Default)]
struct Said {
    message: String,
    code: Option<String>,
    /// Names of fields that are refused.
    fields: Vec<String>,
    web_page: bool,
}

impl Said {
    fn read(headers: &HeaderMap, body: &[u8]) -> Said {
        let header = MESSAGE_HEADERS.iter().find_map(|name| headers.get(*name));
        let mut said = Said {
            message: header.and_then(|text| text.to_str().ok()).unwrap_or_default().to_lowercase(),
            web_page: body.trim_ascii_start().starts_with(b"<"),
            ..Said::default()
        };
        let Ok(body) = json::tree(body) else {
            return said;
        };
        // `error`, a problem document, or the first of `errors`, which is an object or a list.
        let errors = body.get("errors");
        let first = errors.and_then(|errors| errors.get(0)).or(errors);
        let part = body.get("error").filter(|part| part.is_object()).or(first).unwrap_or(&body);
        for key in ["message", "detail", "error", "title"] {
            if let Some(text) = part.get(key).and_then(Value::as_str) {
                said.message.push_str(&text.to_lowercase());
            }
        }
        said.code = part.get("code").and_then(Value::as_str).and_then(plain_word);
        for list in ["monitorFields", "postFields", "unknownFields"] {
            let named = part.get(list).and_then(Value::as_array).into_iter().flatten();
            said.fields.extend(named.filter_map(|field| plain_word(field.get("name")?.as_str()?)));
        }
        said
    }

    fn forbidden(self, what: &'static str) -> ProviderError {
        if self.message.contains("api key") {
            let reason = Refusal::Key;
            return ProviderError::Unauthorized { reason };
        }
        if self.message.contains("user") && self.message.contains("disabled") {
            let reason = Refusal::UserDisabled;
            return ProviderError::Unauthorized { reason };
        }
        match self.fields.is_empty() {
            true => ProviderError::Forbidden { what: what.to_owned() },
            false => {
                ProviderError::Forbidden { what: format!("{what}: {}", self.fields.join(", ")) }
            }
        }
    }
}

/// Codes and names of fields may be shown; anything longer or odder may hold more than that.
fn plain_word(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_- ".contains(&b);
    let good = (1..=60).contains(&text.len()) && text.bytes().all(plain);
    good.then(|| text.to_owned())
}
