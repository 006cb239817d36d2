-- Data keys lie in pages: the salts they are derived from, 32 bytes each, in 16 slots. A key's id is
-- its page's with the slot in the lowest four bits. A slot of zeros was destroyed.
-- Keys of before this step were rows of their own; no release ever wrote any.

do $$
begin
    if exists (select from keys.data_keys) then
        raise exception 'this database was made by a version before the first release; '
            'start with an empty one';
    end if;
end $$;

drop table keys.data_keys;

create table keys.pages (
    id     bytea primary key,
    tenant text  not null,
    salts  bytea not null check (length(salts) = 512)
);

-- How often the keys of a subject were destroyed.
alter table keys.erased_subjects add column times bigint not null default 0;

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
