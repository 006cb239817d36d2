-- keys.db: data keys lie in pages: the salts they are derived from, 32 bytes each, in 16 slots. A key's
-- id is its page's with the slot in the lowest four bits. A slot of zeros was destroyed.
-- Keys of before this step were rows of their own; no release ever wrote any.

create table found (keys integer not null) strict;
create trigger found_none before insert on found when new.keys > 0 begin
    select raise(abort, 'this directory was made by a version before the first release; '
        || 'start with an empty one');
end;
insert into found select count(*) from data_keys;
drop table found;

drop table data_keys;

create table pages (
    id     blob primary key,
    tenant text not null,
    salts  blob not null check (length(salts) = 512)
) strict, without rowid;
