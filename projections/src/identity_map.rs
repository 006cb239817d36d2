//! Which person a source id is, by what an admin imported.

use chrono::{DateTime, Utc};
use rollcall_domain::identity::Event;
use rollcall_domain::vocabulary::Source;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, ReadError, Sql, list_of};
use crate::table::{Key, Projection, Reads, Row, row};

row! {
    /// One source id.
    pub struct Mapped {
        /// Derived from the source id.
        [key_subject] subject: String,
        provider: String,
        account: String,
        [personal] source_id: Option<String>,
        /// Where the person was named by their e-mail address: as such addresses are compared.
        [personal] email: Option<String>,
        /// The actor that was named, and the person behind it.
        actor: Option<String>,
        person: Option<String>,
        updated_at: DateTime<Utc>,
    }
}

pub struct IdentityMap;

impl Projection for IdentityMap {
    const NAME: &'static str = "identity_map";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["identity"]);
    const INDEXES: &'static [&'static [&'static str]] = &[&["person"]];
    type Row = Mapped;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Identity(happened) = &event.fact else { return vec![] };
        let (Event::Mapped { subject, .. } | Event::Unmapped { subject }) = happened;
        vec![Key::of([subject])]
    }

    fn evolve(_key: &Key, row: Option<Mapped>, event: &Recorded) -> Option<Mapped> {
        let Fact::Identity(happened) = &event.fact else { return row };
        let Event::Mapped { subject, source, person, personal } = happened else { return None };
        Some(Mapped {
            subject: subject.clone(),
            provider: source.provider.as_str().to_owned(),
            account: source.account.clone(),
            source_id: personal.as_ref().map(|one| one.source_id.clone()),
            email: personal.as_ref().and_then(|one| one.email.clone()),
            actor: person.as_ref().map(|one| one.actor.clone()),
            person: person.as_ref().map(|one| one.subject.clone()),
            updated_at: event.recorded_at,
        })
    }
}

static OF: Sql = Sql::of(
    Mapped::COLUMNS,
    "select {m.columns} from views.identity_map as m
     where m.tenant = cast($1 as text)
        and m.subject in (select value from views.json_each(cast($2 as text)))
     limit 1000",
);
static SOURCE_IDS: Sql = Sql::new(
    "select source_id from views.identity_map
     where tenant = cast($1 as text) and provider = cast($2 as text)
        and account = cast($3 as text) and source_id is not null",
);
static NAMING: Sql = Sql::of(
    Mapped::COLUMNS,
    "select {m.columns} from views.identity_map as m
     where m.tenant = cast($1 as text)
        and m.person in (select value from views.json_each(cast($2 as text)))
     limit 1000",
);

/// What is said of these source ids, by the subjects derived from them; at most 1,000.
pub async fn of(db: &Db, tenant: &str, subjects: &[String]) -> Result<Vec<Mapped>, ReadError> {
    db.all_rows(&OF, vec![tenant.into(), list_of(subjects)]).await
}

/// All source ids of a source that something is said of.
pub async fn source_ids(db: &Db, tenant: &str, source: &Source) -> Result<Vec<String>, ReadError> {
    let args = vec![tenant.into(), source.provider.as_str().into(), source.account.as_str().into()];
    db.all(&SOURCE_IDS, args, |cells| cells.get()).await
}

/// The source ids that are said to be one of these people; at most 1,000.
pub async fn naming(db: &Db, tenant: &str, people: &[String]) -> Result<Vec<Mapped>, ReadError> {
    db.all_rows(&NAMING, vec![tenant.into(), list_of(people)]).await
}
