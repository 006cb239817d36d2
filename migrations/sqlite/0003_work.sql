-- log.db: work to be done. Who does it is known to the one process that has the directory, and to
-- nobody after it.

create table intents (
    id        integer primary key autoincrement,
    effect_id text    not null unique,  -- asking twice is asking once
    kind      text    not null,
    tenant    text    not null,
    key       text    not null,         -- same key: one after the other
    payload   blob    not null,
    run_at    integer not null,
    attempts  integer not null default 0,
    parked    integer not null default 0,
    error     text
) strict;

create index intents_order on intents (kind, key, id);

-- How far each reactor has come.
create table reactors (
    name       text    not null,
    version    integer not null,
    shard      integer not null,
    checkpoint integer not null,
    epoch      integer not null,  -- a page read under another is refused
    primary key (name, version, shard)
) strict, without rowid;
