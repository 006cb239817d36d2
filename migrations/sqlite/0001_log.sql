-- log.db: what happened, in order. Event rows are added, never changed and never removed.

create table heads (
    shard       integer primary key,
    pos         integer not null,  -- last position given out
    recorded_at integer not null   -- microseconds since 1970; never goes back
) strict;

insert into heads (shard, pos, recorded_at) values (0, 0, 0);

create table events (
    pos            integer primary key,  -- place in the shard, from 1 without gaps
    stream_no      integer not null,     -- position of the stream's first event
    version        integer not null,     -- place in the stream, from 1 without gaps
    tenant         text    not null,
    stream         text    not null,
    event_id       text    not null,
    type           text    not null,
    schema_version integer not null,
    recorded_at    integer not null,
    effective_at   integer,
    principal      text    not null,
    causation      text,
    correlation    text,
    subject        text,
    payload        blob    not null,     -- the bytes as written
    sealed         blob                  -- personal fields, sealed with the subject's key
) strict;

create trigger events_no_update before update on events
begin select raise(abort, 'events are never changed'); end;
create trigger events_no_delete before delete on events
begin select raise(abort, 'events are never removed'); end;
-- `insert or replace` removes rows without asking the other triggers. Refused for the whole
-- transaction: a statement that could fail half-way would keep a copy of every page it changes.
create trigger events_no_overwrite before insert on events
when new.pos <> (select coalesce(max(pos), 0) + 1 from events)
  or (new.version = 1) <> (new.stream_no = new.pos)
begin select raise(rollback, 'events are added at the end only, one after the other'); end;

-- Where the events of a stream are follows from the log, and lies in index.db. Nothing is ever in
-- here: whoever begins a stream adds what is there of it, and that fails.
create table begun_twice (
    first integer not null check (0)
) strict;

create table append_keys (
    tenant       text    not null,
    key          text    not null,
    request_hash blob    not null,
    first_pos    integer not null,
    last_pos     integer not null,
    primary key (tenant, key)
) strict, without rowid;

-- Which key seals whose personal fields. The keys themselves lie in keys.db.
create table subject_keys (
    tenant  text not null,
    subject text not null,
    key_id  blob not null,
    primary key (tenant, subject, key_id)
) strict, without rowid;

-- Request bodies and provider pages, sealed under keys of their own, until their retention ends.
create table blobs (
    id           text    not null,
    chunk        integer not null,
    tenant       text    not null,
    key_id       blob    not null,
    sealed       blob    not null,
    subject_tags blob    not null,  -- keyed hashes of the people it names, 16 bytes each
    expires_at   integer not null,
    pinned       integer not null,
    attached     integer not null,  -- whether an event names it
    primary key (id, chunk)
) strict;

create index blobs_expiry on blobs (expires_at) where pinned = 0;
