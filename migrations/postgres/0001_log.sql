-- The log: what happened, in order. Event rows are added, never changed and never removed.
--
-- Here and in the next steps, indexed texts compare by their bytes. Under the database's collation
-- an upgrade of the C library can change their order, and then an index no longer finds what is
-- there: keys would no longer be unique.

create schema if not exists log;

create table log.heads (
    shard       smallint    primary key,
    pos         bigint      not null,  -- last position given out
    recorded_at timestamptz not null   -- never goes back
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

insert into log.heads (shard, pos, recorded_at)
select shard, 0, '1970-01-01T00:00:00Z' from generate_series(0, 15) as shard;

create table log.events (
    shard          smallint    not null,
    pos            bigint      not null,  -- place in the shard, from 1 without gaps
    stream_no      bigint      not null,  -- position of the stream's first event
    version        bigint      not null,  -- place in the stream, from 1 without gaps
    tenant         text        not null,
    stream         text        not null,
    event_id       text        not null,
    type           text        not null,
    schema_version smallint    not null,
    recorded_at    timestamptz not null,
    effective_at   timestamptz,
    principal      text        not null,
    causation      text,
    correlation    text,
    subject        text,
    payload        bytea       not null,  -- the bytes as written
    sealed         bytea,                 -- personal fields, sealed with the subject's key

    primary key (shard, pos),
    -- Two writers that both decided on the same history: the second one fails here.
    constraint events_stream unique (shard, stream_no, version)
);

create function log.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'events are never changed and never removed';
end $$;

create trigger events_no_change before update or delete on log.events
for each row execute function log.refuse_change();
create trigger events_no_truncate before truncate on log.events
for each statement execute function log.refuse_change();

-- Random keys live in this narrow table, so that the wide one only ever grows at its end.
-- Where a stream ends, the unique index over number and version says.
create table log.streams (
    hash  bytea  primary key,  -- first 16 bytes of SHA-256 over tenant, NUL, stream
    first bigint not null      -- position of its first event
);

create table log.append_keys (
    tenant       text   collate "C" not null,
    key          text   collate "C" not null,
    request_hash bytea  not null,
    first_pos    bigint not null,
    last_pos     bigint not null,
    primary key (tenant, key)
);

-- Which key seals whose personal fields. The keys themselves lie in the schema `keys`.
create table log.subject_keys (
    tenant  text  collate "C" not null,
    subject text  collate "C" not null,
    key_id  bytea not null,
    primary key (tenant, subject, key_id)
);

-- Request bodies and provider pages, sealed under keys of their own, until their retention ends.
create table log.blobs (
    id           text        collate "C" not null,
    chunk        integer     not null,
    tenant       text        not null,
    key_id       bytea       not null,
    sealed       bytea       not null,
    subject_tags bytea       not null,  -- keyed hashes of the people it names, 16 bytes each
    expires_at   timestamptz not null,
    pinned       boolean     not null,
    attached     boolean     not null,  -- whether an event names it
    primary key (id, chunk)
);

create index blobs_expiry on log.blobs (expires_at) where not pinned;
-- An id begins with the time it was made, so these are the oldest first.
create index blobs_unattached on log.blobs (id) where not attached;
