-- log.db: values with a short life, sealed: what operations answer, how far runs are, answers to repeat.

create table entries (
    tenant     text    not null,
    kind       text    not null,
    key        text    not null,
    sealed     blob    not null,
    expires_at integer not null,
    primary key (tenant, kind, key)
) strict, without rowid;

create index entries_expiry on entries (expires_at);
