//! Who may do what: `rollcall_owner` owns the schema, `rollcall_writer` is what a node needs,
//! `rollcall_reader` sees read models only. They can't log in; logins are granted one of them.

use sqlx::PgConnection;

use super::errors::unavailable;
use crate::types::StoreError;

const MAY_CREATE: &str = "
select rolsuper or rolcreaterole
from pg_roles
where rolname = current_user";

const ARE_THERE: &str = "
select count(*) = 3
from pg_roles
where rolname in ('rollcall_owner', 'rollcall_writer', 'rollcall_reader')";

/// Roles belong to the whole cluster, so another database's migration may be as far as ours.
const CREATE: &str = "
do $$
declare
    name text;
begin
    foreach name in array array['rollcall_owner', 'rollcall_writer', 'rollcall_reader'] loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin', name);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
end $$";

/// One implicit transaction: nobody ever sees the writer with more than it keeps.
const GRANT: &str = "
grant usage on schema log, keys, views to rollcall_writer;
grant create on schema views to rollcall_writer;
grant select, insert, update, delete on all tables in schema log, keys to rollcall_writer;
revoke update, delete, truncate on log.events from rollcall_writer;
grant select, insert, update, delete on views.consumers to rollcall_writer;
grant select on public.rollcall_migrations to rollcall_writer;
grant usage on schema views to rollcall_reader;
grant select on views.consumers to rollcall_reader;
alter default privileges in schema views
    grant select, insert, update, delete, truncate on tables to rollcall_writer;
alter default privileges in schema views
    grant select on tables to rollcall_reader;";

/// Whoever migrates next need not be who migrated first, only a member of the owner; and whoever
/// writes read models need not be who made them, only a member of the writer, as the owner is.
const OWN: &str = "
do $$
declare
    thing record;
begin
    if not pg_has_role(current_user, 'rollcall_owner', 'member') then
        execute format('grant rollcall_owner to %I', current_user);
    end if;
    if not pg_has_role('rollcall_owner', 'rollcall_writer', 'member') then
        begin
            grant rollcall_writer to rollcall_owner;
        exception when unique_violation then
            null;
        end;
    end if;
    if not has_database_privilege('rollcall_owner', current_database(), 'create') then
        execute format('grant create on database %I to rollcall_owner', current_database());
    end if;
    for thing in
        select 'table ' || c.oid::regclass as name, c.relowner as owner
        from pg_class as c
        where c.relkind = 'r'
          and (c.relnamespace in ('log'::regnamespace, 'keys'::regnamespace)
              or c.oid in ('views.consumers'::regclass, 'public.rollcall_migrations'::regclass))
        union all
        select 'function ' || p.oid::regprocedure, p.proowner
        from pg_proc as p
        where p.pronamespace in ('log'::regnamespace, 'keys'::regnamespace)
        union all
        select 'schema ' || n.oid::regnamespace, n.nspowner
        from pg_namespace as n
        where n.nspname in ('log', 'keys', 'views')
    loop
        if thing.owner <> 'rollcall_owner'::regrole then
            execute format('alter %s owner to rollcall_owner', thing.name);
        end if;
    end loop;
    for thing in
        select c.oid::regclass as name
        from pg_class as c
        where c.relnamespace = 'views'::regnamespace
          and c.relkind in ('r', 'v')
          and c.oid <> 'views.consumers'::regclass
          and c.relowner <> 'rollcall_writer'::regrole
    loop
        -- A view is altered as a table is.
        execute format('grant select on %s to rollcall_reader', thing.name);
        execute format('alter table %s owner to rollcall_writer', thing.name);
    end loop;
end $$";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[MAY_CREATE, ARE_THERE];

/// Creates the roles and gives them their rights; a note where the current role may not.
pub(super) async fn grant(connection: &mut PgConnection) -> Result<Option<String>, StoreError> {
    if ask(connection, MAY_CREATE).await? {
        run(connection, CREATE).await.map_err(unavailable)?;
    } else if !ask(connection, ARE_THERE).await? {
        return Ok(Some(MISSING.to_owned()));
    }
    for sql in [OWN, GRANT] {
        if let Err(error) = run(connection, sql).await {
            return Ok(Some(format!(
                "not every right of the roles rollcall_owner, rollcall_writer and rollcall_reader \
                 could be granted ({error}); run `rollcall migrate` as the database's owner"
            )));
        }
    }
    Ok(None)
}

const MISSING: &str = "this database role may not create roles, so changing events is refused by \
    triggers only. To have the roles, run as an administrator: create role rollcall_owner; create \
    role rollcall_writer; create role rollcall_reader; grant rollcall_owner to <this role>; then \
    `rollcall migrate` again";

async fn ask(connection: &mut PgConnection, sql: &'static str) -> Result<bool, StoreError> {
    sqlx::query_scalar(sql).fetch_one(connection).await.map_err(unavailable)
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> sqlx::Result<()> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}
