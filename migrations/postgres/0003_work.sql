-- Work to be done, and who is there to do it.

create table log.intents (
    id          bigint      generated always as identity primary key,
    effect_id   text        collate "C" not null unique,  -- asking twice is asking once
    kind        text        collate "C" not null,
    tenant      text        not null,
    key         text        collate "C" not null,         -- same key: one after the other
    payload     bytea       not null,
    run_at      timestamptz not null,
    attempts    integer     not null default 0,
    parked      boolean     not null default false,
    owner       text,
    lease_until timestamptz,
    error       text
);

create index intents_order on log.intents (kind, key, id) where not parked;

-- How far each reactor has come.
create table log.reactors (
    name        text        collate "C" not null,
    version     smallint    not null,
    shard       smallint    not null,
    checkpoint  bigint      not null,
    epoch       bigint      not null,  -- a page read under another is refused
    owner       text,
    lease_until timestamptz not null,
    primary key (name, version, shard)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- The processes on this database. Each holds an advisory lock under its id for as long as its
-- session lasts: where that is gone, so is the process, and whatever it had taken is free.
create table log.nodes (
    id    bigint      primary key,  -- owners of leases are named after it
    since timestamptz not null
);
