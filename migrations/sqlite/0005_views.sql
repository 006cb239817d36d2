-- views.db: read models and how far they have come. Everything in it can be built again.

create table consumers (
    name        text    not null,
    version     integer not null,
    shard       integer not null,
    slot        text    not null,             -- which of the two slots it writes: a or b
    checkpoint  integer not null default 0,
    epoch       integer not null default 0,   -- a page read under another is refused
    owner       text,
    lease_until integer not null default 0,
    status      text    not null,             -- what the slot is for: live, building, built
    error       text,                         -- why it stopped
    shape       text    not null default '',  -- of its tables; another one is built anew
    updated_at  integer not null,
    primary key (name, version, shard, slot)
) strict, without rowid;
