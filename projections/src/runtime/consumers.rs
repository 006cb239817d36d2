//! Who follows what, and how far: the rows of `views.consumers`. Every write names the epoch it was
//! decided under; a row that has moved on refuses it.

use rollcall_store::{Position, Shard, StoreError};

use super::slot::{Slot, Tables};
use crate::db::{Cells, Db, ReadError, Sql, Tx, list_of};
use crate::table::{Mismatch, Value};

/// How long a lease lasts on the database's clock, and how often it is renewed.
pub(crate) const LEASE: std::time::Duration = std::time::Duration::from_secs(15);
pub(crate) const RENEWAL: std::time::Duration = std::time::Duration::from_secs(5);

/// How often a snapshot is tried while followers move.
const MEETINGS: u32 = 20;

/// What the slot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Followed, and what the view shows.
    Live,
    /// On its way from position 0.
    Building,
    /// Complete up to its checkpoint, and not followed.
    Built,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::Live => "live",
            State::Building => "building",
            State::Built => "built",
        }
    }
    fn parse(text: &str) -> State {
        match text {
            "live" => State::Live,
            "building" => State::Building,
            _ => State::Built,
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    pub(crate) version: u16,
    pub(crate) shard: Shard,
    pub(crate) slot: Slot,
    pub(crate) checkpoint: Position,
    pub(crate) epoch: i64,
    pub(crate) state: State,
    /// Why it stopped.
    pub(crate) error: Option<String>,
    pub(crate) shape: String,
}

impl Consumer {
    fn read(cells: &mut Cells) -> Result<Consumer, Mismatch> {
        let number = |value: i64| u16::try_from(value).map_err(|_| Mismatch);
        Ok(Consumer {
            name: cells.get()?,
            version: number(cells.get()?)?,
            shard: number(cells.get()?)?,
            slot: Slot::parse(&cells.get::<String>()?),
            checkpoint: cells.get()?,
            epoch: cells.get()?,
            state: State::parse(&cells.get::<String>()?),
            error: cells.get()?,
            shape: cells.get()?,
        })
    }
    /// Names the row and the epoch it is held under.
    fn held(&self) -> String {
        format!("{}:{}:{}:{}", self.name, self.version, self.slot.as_str(), self.epoch)
    }
    /// The same with the checkpoint it must still have.
    fn at(&self) -> String {
        format!("{}:{}", self.held(), self.checkpoint)
    }
}

macro_rules! sql {
    ($($name:ident = $text:expr;)+) => {
        $(static $name: Sql = Sql::new($text);)+
    };
}

// Named once for all, since every statement returns whole rows.
sql! {
    ALL = "select name, cast(version as bigint), cast(shard as bigint), slot, checkpoint, epoch,
            status, error, shape
        from views.consumers order by name, version, slot, shard";
    HOLD = "select name, cast(version as bigint), cast(shard as bigint), slot, checkpoint, epoch,
            status, error, shape
        from views.consumers
        where name = cast($1 as text) and version = cast($2 as bigint)
        order by slot, shard {lock}";
    TAKE = "update views.consumers
        set owner = cast($1 as text), epoch = epoch + 1, lease_until = {lease}, updated_at = {now}
        where shard = cast($2 as bigint) and status = cast($3 as text)
            and (owner is null or owner = cast($1 as text) or lease_until < {now})
            and name || ':' || version in (select value from views.json_each(cast($4 as text)))
        returning name, cast(version as bigint), cast(shard as bigint), slot, checkpoint, epoch,
            status, error, shape";
    RENEW = "update views.consumers set lease_until = {lease}
        where shard = cast($1 as bigint) and name || ':' || version || ':' || slot || ':' || epoch
            in (select value from views.json_each(cast($2 as text)))";
    ADVANCE = "update views.consumers
        set checkpoint = cast($1 as bigint), error = null, lease_until = {lease}, updated_at = {now}
        where shard = cast($2 as bigint)
            and name || ':' || version || ':' || slot || ':' || epoch || ':' || checkpoint
            in (select value from views.json_each(cast($3 as text)))";
    STOP = "update views.consumers
        set checkpoint = cast($1 as bigint), error = cast($2 as text), owner = null,
            updated_at = {now}
        where shard = cast($3 as bigint)
            and name || ':' || version || ':' || slot || ':' || epoch || ':' || checkpoint
            = cast($4 as text)";
    RELEASE = "update views.consumers set owner = null
        where shard = cast($1 as bigint) and name || ':' || version || ':' || slot || ':' || epoch
            in (select value from views.json_each(cast($2 as text)))";
    FREE_ALL = "update views.consumers set owner = null where owner is not null";
    FORGET = "delete from views.consumers
        where name = cast($1 as text) and version = cast($2 as bigint) and slot = cast($3 as text)";
    ADD = "insert into views.consumers (name, version, shard, slot, status, shape, epoch, updated_at)
        values (cast($1 as text), cast($2 as bigint), cast($3 as bigint), cast($4 as text),
            cast($5 as text), cast($6 as text), cast($7 as bigint), {now})";
    BECOME = "update views.consumers
        set status = cast($4 as text), owner = null, epoch = epoch + 1, updated_at = {now}
        where name = cast($1 as text) and version = cast($2 as bigint) and slot = cast($3 as text)";
}

pub(crate) async fn all(db: &Db) -> Result<Vec<Consumer>, ReadError> {
    db.all(&ALL, vec![], Consumer::read).await
}

/// A version's rows, both slots. On PostgreSQL nobody moves them before the transaction ends.
pub(crate) async fn hold(
    tx: &mut Tx,
    db: &Db,
    tables: &Tables,
) -> Result<Vec<Consumer>, ReadError> {
    let rows = tx.rows(db.text(&HOLD), of_version(tables)).await?;
    rows.iter().map(|row| Consumer::read(&mut Cells::of(row)).map_err(ReadError::from)).collect()
}

/// The same in a snapshot that is fixed by it. A follower that renews its lease at this very moment
/// moves a row past the snapshot (40001): then it is tried again.
pub(crate) async fn hold_in_a_snapshot(
    db: &Db,
    tables: &Tables,
) -> Result<(Tx, Vec<Consumer>), ReadError> {
    for _ in 0..MEETINGS {
        let mut tx = db.begin_meeting().await?;
        let rows = match tx.rows(db.text(&HOLD), of_version(tables)).await {
            Err(error) if is_serialization_failure(&error) => continue,
            rows => rows?,
        };
        let read = |row| Consumer::read(&mut Cells::of(row)).map_err(ReadError::from);
        return Ok((tx, rows.iter().map(read).collect::<Result<_, _>>()?));
    }
    Err(StoreError::unavailable("a snapshot could not be taken; try again").into())
}

fn of_version(tables: &Tables) -> Vec<Value> {
    let declared = tables.declared;
    vec![Value::from(declared.name), Value::from(u32::from(declared.version))]
}

fn is_serialization_failure(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "40001")
}

/// Takes what is free, expired or already ours, of these (`name:version`). What was held under an
/// older epoch is lost to its holder.
pub(crate) async fn take(
    db: &Db,
    owner: &str,
    shard: Shard,
    state: State,
    names: &[String],
) -> Result<Vec<Consumer>, ReadError> {
    let mut tx = db.begin().await?;
    let args = vec![
        Value::from(owner),
        Value::from(u32::from(shard)),
        Value::from(state.as_str()),
        list_of(names),
    ];
    let rows = tx.rows(db.text(&TAKE), args).await?;
    tx.commit().await?;
    rows.iter().map(|row| Consumer::read(&mut Cells::of(row)).map_err(ReadError::from)).collect()
}

/// Prolongs leases of one shard; whether all of them were still ours.
pub(crate) async fn renew(
    tx: &mut Tx,
    db: &Db,
    shard: Shard,
    held: &[&Consumer],
) -> sqlx::Result<bool> {
    let names: Vec<String> = held.iter().map(|consumer| consumer.held()).collect();
    let args = vec![Value::from(u32::from(shard)), list_of(&names)];
    Ok(tx.execute(db.text(&RENEW), args).await? == held.len() as u64)
}

/// Moves checkpoints of one shard to a position; whether all of them were still ours and where we
/// left them.
pub(crate) async fn advance(
    tx: &mut Tx,
    db: &Db,
    shard: Shard,
    held: &[&Consumer],
    to: Position,
) -> sqlx::Result<bool> {
    let names: Vec<String> = held.iter().map(|consumer| consumer.at()).collect();
    let args = vec![Value::from(to), Value::from(u32::from(shard)), list_of(&names)];
    Ok(tx.execute(db.text(&ADVANCE), args).await? == held.len() as u64)
}

/// Stops one: everything up to `at` is in its rows, the next event is not.
pub(crate) async fn stop(
    tx: &mut Tx,
    db: &Db,
    consumer: &Consumer,
    at: Position,
    error: &str,
) -> sqlx::Result<bool> {
    let args = vec![
        Value::from(at),
        Value::from(error),
        Value::from(u32::from(consumer.shard)),
        Value::from(consumer.at()),
    ];
    Ok(tx.execute(db.text(&STOP), args).await? == 1)
}

/// Gives leases back, so that another node need not wait for them to end.
pub(crate) async fn release(db: &Db, shard: Shard, held: &[&Consumer]) -> sqlx::Result<()> {
    let names: Vec<String> = held.iter().map(|consumer| consumer.held()).collect();
    let mut tx = db.begin().await?;
    let args = vec![Value::from(u32::from(shard)), list_of(&names)];
    tx.execute(db.text(&RELEASE), args).await?;
    tx.commit().await
}

/// Only where no other process can be at work: a data directory that was just opened.
pub(crate) async fn free_all(tx: &mut Tx, db: &Db) -> sqlx::Result<()> {
    tx.execute(db.text(&FREE_ALL), vec![]).await.map(|_| ())
}

/// Takes a slot's rows away: it counts as never built, and whoever holds it loses it.
pub(crate) async fn forget(tx: &mut Tx, db: &Db, tables: &Tables) -> sqlx::Result<()> {
    tx.execute(db.text(&FORGET), slot_args(tables)).await.map(|_| ())
}

/// Adds a slot's rows, at position 0, in place of earlier ones.
pub(crate) async fn add(
    tx: &mut Tx,
    db: &Db,
    tables: &Tables,
    shards: u16,
    state: State,
) -> sqlx::Result<()> {
    forget(tx, db, tables).await?;
    for shard in 0..shards {
        let mut args = slot_args(tables);
        args.insert(2, Value::from(u32::from(shard)));
        args.extend([Value::from(state.as_str()), Value::from(tables.shape())]);
        // Above every epoch this row had before, so that whoever held it is refused.
        args.push(Value::from(chrono::Utc::now().timestamp_micros()));
        tx.execute(db.text(&ADD), args).await?;
    }
    Ok(())
}

/// Changes what a slot is for. Whoever holds its rows loses them.
pub(crate) async fn become_state(
    tx: &mut Tx,
    db: &Db,
    tables: &Tables,
    state: State,
) -> sqlx::Result<()> {
    let mut args = slot_args(tables);
    args.push(Value::from(state.as_str()));
    tx.execute(db.text(&BECOME), args).await.map(|_| ())
}

fn slot_args(tables: &Tables) -> Vec<Value> {
    vec![
        Value::from(tables.declared.name),
        Value::from(u32::from(tables.declared.version)),
        Value::from(tables.slot.as_str()),
    ]
}
