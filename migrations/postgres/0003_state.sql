-- Work to be done, and small state that is neither event nor read model.

create table log.intents (
    id          bigint      generated always as identity primary key,
    effect_id   text        not null unique,  -- asking twice is asking once
    kind        text        not null,
    tenant      text        not null,
    key         text        not null,         -- same key: one after the other
    payload     bytea       not null,
    run_at      timestamptz not null,
    attempts    integer     not null default 0,
    parked      boolean     not null default false,
    owner       text,
    lease_until timestamptz,
    error       text
);

create index intents_order on log.intents (kind, key, id) where not parked;

-- How far each reactor has come.
create table log.reactors (
    name        text        not null,
    version     smallint    not null,
    shard       smallint    not null,
    checkpoint  bigint      not null,
    epoch       bigint      not null,  -- a page is committed only under the epoch it was read under
    owner       text,
    lease_until timestamptz not null,
    primary key (name, version, shard)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

create table log.tenants (
    id    text     primary key,
    slug  text     not null unique,
    shard smallint not null
);

create table log.tokens (
    id         text        primary key,
    tenant     text,
    name       text        not null,
    hash       bytea       not null unique,
    scopes     text        not null,  -- separated by spaces
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz
);

create table log.refused_deliveries (
    id          bigint      generated always as identity primary key,
    at          timestamptz not null,
    tenant      text,
    provider    text        not null,
    status      smallint    not null,
    reason      text        not null,
    body_sha256 text        not null,
    headers     text        not null  -- JSON, without anything secret
);

create index refused_by_tenant on log.refused_deliveries (tenant, id);

create table log.duplicate_deliveries (
    tenant  text        not null,
    receipt text        not null,
    count   bigint      not null,
    last_at timestamptz not null,
    primary key (tenant, receipt)
);
