-- keys.db: data keys lie in pages: the salts they are derived from, 32 bytes each, in 16 slots. A key's
-- id is its page's with the slot in the lowest four bits. A slot of zeros was destroyed.
-- Keys of before this step were rows of their own; no release ever wrote any.

create table made_before_the_first_release (
    keys integer not null,
    constraint start_with_an_empty_directory check (keys = 0)
) strict;
insert into made_before_the_first_release select count(*) from data_keys;
drop table made_before_the_first_release;

drop table data_keys;

create table pages (
    id     blob primary key,
    tenant text not null,
    salts  blob not null check (length(salts) = 512)
) strict, without rowid;
