//! The body of a request: read within bounds, unpacked within the same, and checked.

use std::io::Read;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use flate2::read::MultiGzDecoder;
use rollcall_commands::PushPolicy;
use rollcall_domain::ids::Deriver;
use rollcall_domain::push::{Form, Reader, Refused, Taking, validate};

use crate::edge::{BodyError, read_body};

/// As it is read: not compressed.
const LIMIT: usize = 64 << 20;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
}

impl Coding {
    /// `None` for one that is not taken.
    pub(super) fn of(headers: &HeaderMap) -> Option<Coding> {
        let mut all = headers.get_all(header::CONTENT_ENCODING).iter();
        match (all.next(), all.next()) {
            (None, _) => Some(Coding::Plain),
            (Some(one), None) => match one.to_str().ok()?.trim().to_ascii_lowercase().as_str() {
                "" | "identity" => Some(Coding::Plain),
                "gzip" | "x-gzip" => Some(Coding::Gzip),
                _ => None,
            },
            (Some(_), Some(_)) => None,
        }
    }
}

/// The whole body. What would unpack to more than fits is not unpacked.
pub(super) async fn read(body: Body, coding: Coding) -> Result<Vec<u8>, BodyError> {
    let sent = read_body(body, LIMIT).await?;
    match coding {
        Coding::Plain => Ok(sent.into()),
        Coding::Gzip => {
            let unpacked = tokio::task::spawn_blocking(move || unpacked(&sent)).await;
            unpacked.unwrap_or(Err(BodyError::BrokenOff))
        }
    }
}

fn unpacked(sent: &[u8]) -> Result<Vec<u8>, BodyError> {
    let mut whole = Vec::new();
    let mut bounded = MultiGzDecoder::new(sent).take(LIMIT as u64 + 1);
    bounded.read_to_end(&mut whole).map_err(|_| BodyError::BrokenOff)?;
    if whole.len() > LIMIT { Err(BodyError::TooLarge(LIMIT)) } else { Ok(whole) }
}

/// A body that keeps the contract.
pub(super) struct Checked {
    pub(super) whole: Vec<u8>,
    pub(super) people: u64,
    /// They, as subjects.
    pub(super) subjects: Vec<String>,
}

/// Checks it beside the requests that others make; `None` if that broke. What is refused comes back.
pub(super) async fn checked(
    form: Form,
    whole: Vec<u8>,
    policy: Arc<PushPolicy>,
) -> Option<Result<Checked, (Vec<u8>, Refused)>> {
    let check = move || match validate(form, &whole) {
        Ok(people) => {
            let subjects = subjects(&whole, &policy);
            Ok(Checked { whole, people, subjects })
        }
        Err(refused) => Err((whole, refused)),
    };
    tokio::task::spawn_blocking(check).await.ok()
}

/// Whom a body names, so that erasing one of them takes it along.
fn subjects(whole: &[u8], policy: &PushPolicy) -> Vec<String> {
    let deriver = Deriver::new(&policy.connection.derivation_key);
    let source = policy.connection.settings.source();
    let nothing = Taking { fields: [].into(), ..Taking::default() };
    let (mut reader, mut pages) = (Reader::new(nothing), Vec::new());
    // What was checked can be read.
    if reader.push(whole, &mut pages).is_ok() {
        let _ = reader.finish(&mut pages);
    }
    let people = pages.into_iter().flatten();
    let mut subjects: Vec<String> =
        people.map(|one| deriver.subject(&source, &one.source_id)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        assert_eq!(unpacked(&packed(b"{}")), Ok(b"{}".to_vec()));
        assert_eq!(unpacked(&[packed(b"{"), packed(b"}")].concat()), Ok(b"{}".to_vec()));
        assert_eq!(unpacked(b"{}"), Err(BodyError::BrokenOff));
    }

    #[test]
    fn a_small_body_that_unpacks_to_a_huge_one_is_too_large() {
        let bomb = packed(&vec![b' '; LIMIT + 1]);

        assert!(bomb.len() < LIMIT / 500);
        assert_eq!(unpacked(&bomb), Err(BodyError::TooLarge(LIMIT)));
    }
}
