//! Reading employees: everybody through a report, one alone, and how many there should be.

use bytes::Bytes;
use rollcall_egress::Response;
use serde_json::json;

use super::BambooHr;
use super::client::Ask;
use super::fields;
use super::lists::{Lists, id_text};
use super::recording::{Head, Player};
use super::report::WHAT;
use super::row::Row;
use crate::providers::calls::{misshapen, read_tree};
use crate::providers::frames::{Head as _, Tape};
use crate::providers::{Code, Flaw, Lookup, Outage, PageSink, ProviderError, ReadSummary, Setting};

const ONE: &str = "the employee";

impl BambooHr {
    pub(super) async fn everybody(
        &self,
        sink: &mut dyn PageSink,
    ) -> Result<ReadSummary, ProviderError> {
        // Before the report: who is hired in between makes it longer, never too short.
        let second_count = self.second_count().await;
        sink.expects(second_count);
        let lists = self.lists_as_sent().await?;
        self.keep_lists(lists.as_deref()).await;
        let mut tape = Tape::new(sink, Player::new());
        tape.head(&Head::Read { second_count }).await?;
        if let Some(lists) = lists {
            tape.head(&Head::Lists { bytes: lists.len() }).await?;
            tape.write(lists).await?;
        }
        let mut report = self.client.open(&report_of(fields::aliases(), None)).await?;
        while let Some(piece) = next(&mut report).await? {
            tape.head(&Head::Report { bytes: piece.len() }).await?;
            tape.write(piece).await?;
        }
        tape.head(&Head::End).await?;
        tape.finish().await
    }

    pub(super) async fn one(&self, source_id: &str) -> Result<Lookup, ProviderError> {
        // `0` would be the owner of the key, and anything odd another page.
        let plain = source_id.bytes().all(|b| b.is_ascii_alphanumeric());
        if source_id.is_empty() || source_id == "0" || !plain {
            return Ok(Lookup::NotFound);
        }
        let ask = Ask::get(ONE, format!("v1/employees/{source_id}"))
            .query("fields", fields::aliases().collect::<Vec<_>>().join(","))
            .query("onlyCurrent", "true");
        let body = match self.client.fetch(&ask).await {
            Ok(body) => body,
            Err(ProviderError::Forbidden { .. }) => return Ok(Lookup::NotVisible),
            Err(ProviderError::Rejected { code: Code::NotFound, .. }) => {
                return Ok(Lookup::NotFound);
            }
            Err(error) => return Err(self.about_one(error).await),
        };
        let Some(row) = Row::read(&body) else {
            // A web page, or another shape.
            return Err(read_tree(ONE, &body).map_or_else(|error| error, |_| misshapen(ONE)));
        };
        if row.id() != Some(source_id) {
            return Err(ProviderError::Malformed { what: ONE, flaw: Flaw::WrongPerson });
        }
        let lists = self.lists_with(&row).await?;
        let employee = row.employee(&lists).ok_or_else(|| misshapen(ONE))?;
        let units = row.units().filter_map(|(kind, name)| {
            lists.id(kind, name).map(|id| (kind, name.to_owned(), id.to_owned()))
        });
        let head = Head::Employee { units: units.collect(), bytes: body.len() };
        let mut raw = head.line();
        raw.extend_from_slice(&body);
        Ok(Lookup::Found { employee, raw: raw.into() })
    }

    /// What fails for one person is about that person, if the provider answers otherwise.
    async fn about_one(&self, error: ProviderError) -> ProviderError {
        let flaw = match &error {
            ProviderError::Misconfigured(Setting::NotTheService) => Flaw::WebPage,
            ProviderError::Unavailable(Outage::Status(500)) => Flaw::Fails,
            ProviderError::RateLimited { .. }
            | ProviderError::Unauthorized { .. }
            | ProviderError::Forbidden { .. }
            | ProviderError::Rejected { .. }
            | ProviderError::Misconfigured(_)
            | ProviderError::Unavailable(_)
            | ProviderError::Malformed { .. }
            | ProviderError::Unsupported
            | ProviderError::Interrupted => return error,
        };
        match self.client.tree(&own_record().once()).await {
            Ok(_) | Err(ProviderError::Forbidden { .. } | ProviderError::Rejected { .. }) => {
                ProviderError::Malformed { what: ONE, flaw }
            }
            Err(
                ProviderError::RateLimited { .. }
                | ProviderError::Unauthorized { .. }
                | ProviderError::Misconfigured(_)
                | ProviderError::Unavailable(_)
                | ProviderError::Malformed { .. }
                | ProviderError::Unsupported
                | ProviderError::Interrupted,
            ) => error,
        }
    }

    /// How many people another page knows; `None` where it may not be asked, which is no error.
    pub(super) async fn second_count(&self) -> Option<u64> {
        let list = Ask::get("the employee list", "v1/employees").query("page[limit]", "1").once();
        let body = json!({"fields": ["firstName"], "page": 1, "pageSize": 1});
        let data = Ask::post("the employee dataset", "v2/datasets/employee/data", &body).once();
        for (ask, total) in [(list, "total"), (data, "totalItems")] {
            let answer = self.client.tree(&ask).await.unwrap_or_default();
            if let Some(count) = id_text(&answer["meta"][total]).and_then(|text| text.parse().ok())
            {
                return Some(count);
            }
        }
        None
    }

    /// The lists, once more from the provider if somebody is in a unit we have not seen yet.
    pub(super) async fn lists_with(
        &self,
        row: &Row<'_>,
    ) -> Result<std::sync::Arc<Lists>, ProviderError> {
        let lists = self.lists().await?;
        let known = |(kind, name): (_, &str)| lists.id(kind, name).is_some();
        match lists.options.is_empty() || row.units().all(known) {
            true => Ok(lists),
            false => self.lists_again(&lists).await,
        }
    }
}

/// The usual first call. The key's user may be nobody's employee.
pub(super) fn own_record() -> Ask {
    Ask::get("the key's own employee record", "v1/employees/0")
}

/// The report of these fields: of everybody, or of some.
pub(super) fn report_of<'a>(fields: impl Iterator<Item = &'a str>, only: Option<&str>) -> Ask {
    let mut body = json!({"title": "Rollcall", "fields": fields.collect::<Vec<_>>()});
    if let Some(id) = only {
        body["filters"] = json!({"employeeIds": [id]});
    }
    // With the future shown, who leaves next month is already inactive.
    Ask::post(WHAT, "v1/reports/custom", &body).query("format", "json").query("onlyCurrent", "true")
}

/// The next piece of a large answer.
pub(super) async fn next(report: &mut Response) -> Result<Option<Bytes>, ProviderError> {
    let piece = report.next_chunk().await;
    piece.map_err(|error| ProviderError::network(WHAT, error))
}
