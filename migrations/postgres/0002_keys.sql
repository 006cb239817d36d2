-- Wrapped keys and the vault. Backed up apart from the log; what is deleted here can never be read
-- again anywhere.

create schema if not exists keys;

create table keys.tenant_keys (
    tenant  text  primary key,
    wrapped bytea not null  -- under the operator's key
);

create table keys.data_keys (
    id      bytea primary key,
    tenant  text  not null,
    wrapped bytea not null  -- under the tenant's key
);

create table keys.erased_subjects (
    tenant  text        not null,
    subject text        not null,
    at      timestamptz not null,
    primary key (tenant, subject)
);

create table keys.vault (
    tenant text  not null,
    name   text  not null,
    sealed bytea not null,
    primary key (tenant, name)
);
