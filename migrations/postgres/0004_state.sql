-- Small state that is neither event nor read model.

create table log.tenants (
    id    text     collate "C" primary key,
    slug  text     collate "C" not null unique,
    shard smallint not null
);

create table log.tokens (
    id         text        collate "C" primary key,
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
    tenant      text        collate "C",
    provider    text        not null,
    status      smallint    not null,
    reason      text        not null,
    body_sha256 text        not null,
    headers     text        not null  -- JSON, without anything secret
);

create index refused_by_tenant on log.refused_deliveries (tenant, id);

create table log.duplicate_deliveries (
    tenant  text        collate "C" not null,
    receipt text        collate "C" not null,
    count   bigint      not null,
    last_at timestamptz not null,
    primary key (tenant, receipt)
);
