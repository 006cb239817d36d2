-- Who is signed in, and what is known of tokens beside what they may do.

create table log.sessions (
    id         text        collate "C" primary key,
    hash       bytea       not null unique,  -- SHA-256 of what the cookie holds
    user_id    text        collate "C" not null,
    tenant     text        collate "C",      -- where they are at the moment
    credential text        not null,         -- the password they signed in with, by its vault entry
    created_at timestamptz not null,
    seen_at    timestamptz not null,
    ends_at    timestamptz not null,
    address    text        not null,         -- shortened, as the next one
    agent      text        not null
);

create index sessions_by_user on log.sessions (user_id, id);

alter table log.tokens add column used_at timestamptz;
alter table log.tokens add column created_by text;
