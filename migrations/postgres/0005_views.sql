-- Read models and how far they have come. Everything in this schema can be built again.

create schema if not exists views;

create table views.consumers (
    name        text        collate "C" not null,
    version     smallint    not null,
    shard       smallint    not null,
    slot        text        collate "C" not null,  -- which of the two slots it writes: a or b
    checkpoint  bigint      not null default 0,
    epoch       bigint      not null default 0,  -- a page read under another is refused
    owner       text,
    lease_until timestamptz not null default '1970-01-01T00:00:00Z',
    status      text        not null,            -- what the slot is for: live, building, built
    error       text,                            -- why it stopped
    shape       text        not null default '', -- of its tables; another one is built anew
    updated_at  timestamptz not null,
    primary key (name, version, shard, slot)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- The texts of a JSON list, under the name and with the column that SQLite has for it.
create function views.json_each(list text) returns table (value text)
language sql immutable parallel safe
as $$ select * from json_array_elements_text(list::json) $$;
