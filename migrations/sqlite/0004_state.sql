-- log.db: small state that is neither event nor read model.

create table tenants (
    id    text    primary key,
    slug  text    not null unique,
    shard integer not null
) strict, without rowid;

create table tokens (
    id         text    primary key,
    tenant     text,
    name       text    not null,
    hash       blob    not null unique,
    scopes     text    not null,  -- separated by spaces
    created_at integer not null,
    expires_at integer,
    revoked_at integer
) strict, without rowid;

create table refused_deliveries (
    id          integer primary key autoincrement,
    at          integer not null,
    tenant      text,
    provider    text    not null,
    status      integer not null,
    reason      text    not null,
    body_sha256 text    not null,
    headers     text    not null  -- JSON, without anything secret
) strict;

create index refused_by_tenant on refused_deliveries (tenant, id);

create table duplicate_deliveries (
    tenant  text    not null,
    receipt text    not null,
    count   integer not null,
    last_at integer not null,
    primary key (tenant, receipt)
) strict, without rowid;
