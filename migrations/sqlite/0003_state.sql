-- log.db: work to be done, and small state that is neither event nor read model.

create table intents (
    id        integer primary key autoincrement,
    effect_id text    not null unique,  -- asking twice is asking once
    kind      text    not null,
    tenant    text    not null,
    key       text    not null,         -- same key: one after the other
    payload   blob    not null,
    run_at    integer not null,
    attempts  integer not null default 0,
    parked    integer not null default 0,
    error     text
) strict;

create index intents_order on intents (kind, key, id);

-- How far each reactor has come.
create table reactors (
    name       text    not null,
    version    integer not null,
    shard      integer not null,
    checkpoint integer not null,
    epoch      integer not null,  -- a page is committed only under the epoch it was read under
    owner      text,
    lease_until integer not null,
    primary key (name, version, shard)
) strict, without rowid;

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
