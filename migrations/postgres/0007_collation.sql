-- Indexed texts compare by their bytes. Under the database's collation an upgrade of the C library can
-- change their order, and then an index no longer finds what is there: keys would no longer be unique.

alter table log.append_keys
    alter column tenant type text collate "C",
    alter column key type text collate "C";

alter table log.subject_keys
    alter column tenant type text collate "C",
    alter column subject type text collate "C";

alter table log.blobs
    alter column id type text collate "C";

alter table log.intents
    alter column effect_id type text collate "C",
    alter column kind type text collate "C",
    alter column key type text collate "C";

alter table log.reactors
    alter column name type text collate "C";

alter table log.tenants
    alter column id type text collate "C",
    alter column slug type text collate "C";

alter table log.tokens
    alter column id type text collate "C";

alter table log.refused_deliveries
    alter column tenant type text collate "C";

alter table log.duplicate_deliveries
    alter column tenant type text collate "C",
    alter column receipt type text collate "C";

alter table keys.tenant_keys
    alter column tenant type text collate "C";

alter table keys.erased_subjects
    alter column tenant type text collate "C",
    alter column subject type text collate "C";

alter table keys.vault
    alter column tenant type text collate "C",
    alter column name type text collate "C";

alter table views.consumers
    alter column name type text collate "C",
    alter column slot type text collate "C";
