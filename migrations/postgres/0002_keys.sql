-- Wrapped keys and the vault. Backed up apart from the log; what is deleted here can never be read
-- again anywhere.

create schema if not exists keys;

create table keys.tenant_keys (
    tenant  text  collate "C" primary key,
    wrapped bytea not null  -- under the operator's key
);

-- Data keys lie in pages: the salts they are derived from, 32 bytes each, in 16 slots. A key's id
-- is its page's with the slot in the lowest four bits. A slot of zeros was destroyed.
create table keys.pages (
    id     bytea primary key,
    tenant text  not null,
    salts  bytea not null check (length(salts) = 512)
);

create table keys.erased_subjects (
    tenant  text        collate "C" not null,
    subject text        collate "C" not null,
    at      timestamptz not null,
    times   bigint      not null default 0,  -- how often their keys were destroyed
    primary key (tenant, subject)
);

create table keys.vault (
    tenant text  collate "C" not null,
    name   text  collate "C" not null,
    sealed bytea not null,
    primary key (tenant, name)
);

-- Pages in order, so that no two of these can wait for each other in a circle.
create function keys.destroy(ids bytea[]) returns void language plpgsql
set lock_timeout = '25s' set plan_cache_mode = 'force_generic_plan' as $$
declare
    page record;
    now_there bytea;
    left_over bytea;
    slot integer;
begin
    for page in
        select set_byte(doomed.id, 15, get_byte(doomed.id, 15) & 240) as id,
            array_agg(get_byte(doomed.id, 15) & 15) as slots
        from unnest(ids) as doomed (id)
        group by 1
        order by 1
    loop
        select p.salts into now_there from keys.pages as p where p.id = page.id for update;
        continue when not found;
        left_over := now_there;
        foreach slot in array page.slots loop
            left_over :=
                overlay(left_over placing decode(repeat('00', 32), 'hex') from slot * 32 + 1);
        end loop;
        if left_over = decode(repeat('00', 512), 'hex') then
            delete from keys.pages as p where p.id = page.id;
        elsif left_over <> now_there then
            update keys.pages as p set salts = left_over where p.id = page.id;
        end if;
    end loop;
end $$;
