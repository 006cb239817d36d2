-- log.db: where the events of a stream are follows from the log, and lies in index.db. Kept beside the
-- events it would dirty a page per stream with every commit.

drop index events_stream;
drop table streams;

-- Nothing is ever in here. Whoever begins a stream adds what is there of it: that fails.
create table begun_twice (
    first integer not null check (0)
) strict;

-- `insert or replace` removes rows without asking the other triggers. Refused for the whole
-- transaction: a statement that could fail half-way would keep a copy of every page it changes.
drop trigger events_no_overwrite;
create trigger events_no_overwrite before insert on events
when new.pos <> (select coalesce(max(pos), 0) + 1 from events)
  or (new.version = 1) <> (new.stream_no = new.pos)
begin select raise(rollback, 'events are added at the end only, one after the other'); end;
