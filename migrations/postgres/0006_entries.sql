-- Values with a short life, sealed: what operations answer, how far runs are, answers to repeat.

create table log.entries (
    tenant     text        collate "C" not null,
    kind       text        collate "C" not null,
    key        text        collate "C" not null,
    sealed     bytea       not null,
    expires_at timestamptz not null,
    primary key (tenant, kind, key)
);

create index entries_expiry on log.entries (expires_at);
