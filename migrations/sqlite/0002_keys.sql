-- keys.db: wrapped keys and the vault. Backed up apart from the log; what is deleted here can never
-- be read again anywhere.

create table tenant_keys (
    tenant  text primary key,
    wrapped blob not null  -- under the operator's key
) strict, without rowid;

-- Data keys lie in pages: the salts they are derived from, 32 bytes each, in 16 slots. A key's id
-- is its page's with the slot in the lowest four bits. A slot of zeros was destroyed.
create table pages (
    id     blob primary key,
    tenant text not null,
    salts  blob not null check (length(salts) = 512)
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
