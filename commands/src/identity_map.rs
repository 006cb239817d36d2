//! The identity map: saying which person a source id is, before the source is asked.

use std::collections::HashSet;

use futures_util::FutureExt;
use rollcall_domain::Refusal;
use rollcall_domain::connection::{self, Connection};
use rollcall_domain::identity::{Command, Identity, Who};
use rollcall_domain::ids::Deriver;
use rollcall_domain::vocabulary::Source;
use rollcall_store::{AppendError, Cause, Store};

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, load};

/// Who a source id is; `None` takes back what was said.
#[derive(Debug, Clone)]
pub struct MapIdentity {
    pub source_id: String,
    pub who: Option<Who>,
}

/// What became of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedIdentity {
    Mapped,
    Unmapped,
    Unchanged,
    /// The person of this source id was erased.
    Erased,
}

/// Whose people a connection reads.
pub async fn source_of(
    store: &Store,
    tenant: &str,
    connection: &str,
) -> Result<Source, CommandError> {
    let known: Loaded<Connection> = load(store, tenant, connection).await?;
    let known = known.state.known.ok_or(connection::Refusal::NotConnected);
    Ok(known.map_err(Refusal::from)?.settings.source())
}

/// Says it of source ids of one source, all in one append; what became of each, in their order.
pub async fn map_identities(
    store: &Store,
    tenant: &str,
    source: &Source,
    entries: &[MapIdentity],
    cause: &Cause,
) -> Result<Vec<MappedIdentity>, CommandError> {
    let deriver = Deriver::new(&store.derivation_key(tenant).await?);
    let subjects: Vec<String> =
        entries.iter().map(|entry| deriver.subject(source, &entry.source_id)).collect();
    let mut erased: HashSet<String> = HashSet::new();
    loop {
        let done = decided_anew(|| {
            async {
                let mut unit = UnitOfWork::new(tenant, cause.clone());
                let mut done = Vec::with_capacity(entries.len());
                for (entry, subject) in entries.iter().zip(&subjects) {
                    if erased.contains(subject) {
                        done.push(MappedIdentity::Erased);
                        continue;
                    }
                    let mut known: Loaded<Identity> = load(store, tenant, subject).await?;
                    let command = command(entry, subject, source);
                    let events = unit.decide_about(subject, &mut known, command, Some(subject))?;
                    done.push(match (events.is_empty(), &entry.who) {
                        (true, _) => MappedIdentity::Unchanged,
                        (false, Some(_)) => MappedIdentity::Mapped,
                        (false, None) => MappedIdentity::Unmapped,
                    });
                }
                if !unit.is_empty() {
                    unit.commit(store).await?;
                }
                Ok(done)
            }
            .boxed()
        })
        .await;
        match done {
            // Each of them once, so this comes to an end.
            Err(CommandError::Append(AppendError::Erased { subject }))
                if subjects.contains(&subject) && erased.insert(subject.clone()) => {}
            done => return done,
        }
    }
}

fn command(entry: &MapIdentity, subject: &str, source: &Source) -> Command {
    let (subject, source) = (subject.to_owned(), source.clone());
    match entry.who.clone() {
        Some(who) => Command::Map { subject, source, source_id: entry.source_id.clone(), who },
        None => Command::Unmap { subject },
    }
}
