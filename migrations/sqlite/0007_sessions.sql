-- log.db: who is signed in, and what is known of tokens beside what they may do.

create table sessions (
    id         text    primary key,
    hash       blob    not null unique,  -- SHA-256 of what the cookie holds
    user_id    text    not null,
    tenant     text,                     -- where they are at the moment
    credential text    not null,         -- the password they signed in with, by its vault entry
    created_at integer not null,
    seen_at    integer not null,
    ends_at    integer not null,
    address    text    not null,         -- shortened, as the next one
    agent      text    not null
) strict, without rowid;

create index sessions_by_user on sessions (user_id, id);

alter table tokens add column used_at integer;
alter table tokens add column created_by text;
