-- keys.db: wrapped keys and the vault. Backed up apart from the log; what is deleted here can never
-- be read again anywhere.

create table tenant_keys (
    tenant  text primary key,
    wrapped blob not null  -- under the operator's key
) strict, without rowid;

create table data_keys (
    id      blob primary key,
    tenant  text not null,
    wrapped blob not null  -- under the tenant's key
) strict, without rowid;

create table erased_subjects (
    tenant  text    not null,
    subject text    not null,
    at      integer not null,
    primary key (tenant, subject)
) strict, without rowid;

create table vault (
    tenant text not null,
    name   text not null,
    sealed blob not null,
    primary key (tenant, name)
) strict, without rowid;
