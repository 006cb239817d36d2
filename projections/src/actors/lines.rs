//! Who reports to whom, for charts: everybody by their ids alone, and the cards of those that are drawn.

use std::collections::HashMap;

use crate::db::{Cells, Db, ReadError, Sql, list_of};
use crate::table::Mismatch;

// A row costs more than its bytes, so a thousand people come as one text. What a block holds is in no
// order; each person carries their place among all names.
static LINES: Sql = Sql::new(
    "select string_agg(place || ',' || actor || ',' || active || ',' || manager || ',' || claim, ';')
     from (
        select row_number() over (order by sort_name, actor) as place, actor,
            case when active then 1 else 0 end as active,
            coalesce(manager, '') as manager, coalesce(claim, '') as claim
        from views.actors
        where tenant = cast($1 as text) and scenario = cast($2 as text)
     ) as people
     group by place / 1000",
);
static CARDS: Sql = Sql::new(
    "select actor, preferred_name, first_name, last_name, job_title, active, synced, provider
     from views.actors
     where tenant = cast($1 as text) and scenario = cast($2 as text)
        and actor in (select value from views.json_each(cast($3 as text)))",
);

/// A person and whom they report to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub actor: String,
    pub active: bool,
    /// The manager's own id where they are there, else the id that was given.
    pub manager: Option<String>,
}

/// What a card of a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub actor: String,
    pub preferred_name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub job_title: Option<String>,
    pub active: bool,
    pub synced: bool,
    pub provider: Option<String>,
}

/// Everybody of a scenario, by name.
pub async fn lines(db: &Db, tenant: &str, scenario: &str) -> Result<Vec<Line>, ReadError> {
    let args = vec![tenant.into(), scenario.into()];
    let blocks: Vec<String> = db.all(&LINES, args, |cells| cells.get()).await?;
    let people = blocks.iter().flat_map(|block| block.split(';')).map(parts);
    let mut people: Vec<(u64, [&str; 4])> = people.collect::<Option<_>>().ok_or(Mismatch)?;
    people.sort_unstable_by_key(|(place, _)| *place);
    let claims = people.iter().filter(|(_, [.., claim])| !claim.is_empty());
    let linked: HashMap<&str, &str> =
        claims.map(|(_, [actor, _, _, claim])| (*claim, *actor)).collect();
    let line = |(_, [actor, active, manager, _]): &(u64, [&str; 4])| Line {
        actor: (*actor).to_owned(),
        active: *active == "1",
        manager: (!manager.is_empty()).then(|| linked.get(manager).unwrap_or(manager).to_string()),
    };
    Ok(people.iter().map(line).collect())
}

/// The place, and after it the id, whether active, the manager and the claim.
fn parts(text: &str) -> Option<(u64, [&str; 4])> {
    let mut parts = text.split(',');
    let place = parts.next()?.parse().ok()?;
    Some((place, [parts.next()?, parts.next()?, parts.next()?, parts.next()?]))
}

/// The cards of some people, in no order.
pub async fn cards(
    db: &Db,
    tenant: &str,
    scenario: &str,
    actors: &[String],
) -> Result<Vec<Card>, ReadError> {
    let mut cards = Vec::with_capacity(actors.len());
    for some in actors.chunks(1_000) {
        let args = vec![tenant.into(), scenario.into(), list_of(some)];
        cards.extend(db.all(&CARDS, args, card).await?);
    }
    Ok(cards)
}

fn card(cells: &mut Cells) -> Result<Card, Mismatch> {
    Ok(Card {
        actor: cells.get()?,
        preferred_name: cells.get()?,
        first_name: cells.get()?,
        last_name: cells.get()?,
        job_title: cells.get()?,
        active: cells.get()?,
        synced: cells.get()?,
        provider: cells.get()?,
    })
}
