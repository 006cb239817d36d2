//! Who may do what: `rollcall_owner` owns the schema, `rollcall_writer` is what a node needs,
//! `rollcall_reader` sees read models only. They can't log in; logins are granted one of them.

use sqlx::{AssertSqlSafe, PgConnection};

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

/// What is still owed to the roles and can be done next, as statements. Whoever migrates next need
/// not be who migrated first, only a member of the owner; whoever writes read models need not be
/// who made them, only a member of the writer, as the owner is.
const OWED: &str = "
with me as (
    select pg_has_role(current_user, 'rollcall_owner', 'usage') as owns,
           pg_has_role(current_user, 'rollcall_writer', 'usage') as writes,
           has_database_privilege('rollcall_owner', current_database(), 'create') as may_create
)
select format('grant rollcall_owner to %I', current_user)
from me
where not owns
union all
select 'grant rollcall_writer to rollcall_owner'
where not pg_has_role('rollcall_owner', 'rollcall_writer', 'usage')
union all
-- What is read for a tenant is read as the reader (`projections`).
select 'grant rollcall_reader to rollcall_writer'
where not pg_has_role('rollcall_writer', 'rollcall_reader', 'usage')
union all
select format('grant create on database %I to rollcall_owner', current_database())
from me
where not may_create
union all
select format('alter schema %I owner to rollcall_owner', n.nspname)
from pg_namespace as n, me
where n.nspname in ('log', 'keys', 'views')
  and n.nspowner <> 'rollcall_owner'::regrole
  and owns and may_create
union all
select format('alter table %s owner to rollcall_owner', c.oid::regclass)
from pg_class as c, me
where c.relkind = 'r'
  and (c.relnamespace in ('log'::regnamespace, 'keys'::regnamespace)
      or c.oid = 'views.consumers'::regclass)
  and c.relowner <> 'rollcall_owner'::regrole
  and owns and has_schema_privilege('rollcall_owner', c.relnamespace, 'create')
union all
select format('alter function %s owner to rollcall_owner', p.oid::regprocedure)
from pg_proc as p, me
where p.pronamespace in ('log'::regnamespace, 'keys'::regnamespace, 'views'::regnamespace)
  and p.proowner <> 'rollcall_owner'::regrole
  and owns and has_schema_privilege('rollcall_owner', p.pronamespace, 'create')
union all
-- A view is altered as a table is.
select format('grant select on %1$s to rollcall_reader; \
    alter table %1$s owner to rollcall_writer', c.oid::regclass)
from pg_class as c, me
where c.relnamespace = 'views'::regnamespace
  and c.relkind in ('r', 'v')
  and c.oid <> 'views.consumers'::regclass
  and c.relowner <> 'rollcall_writer'::regrole
  and writes and has_schema_privilege('rollcall_writer', c.relnamespace, 'create')";

/// Each is one implicit transaction: nobody ever sees the writer with more than it keeps. The list
/// of steps stays with whoever made it: an owner would need rights in the schema public.
const GRANTS: [&str; 5] = [
    "grant usage on schema log, keys, views to rollcall_writer; \
     grant create on schema views to rollcall_writer; \
     grant usage on schema views to rollcall_reader",
    "grant select, insert, update, delete on all tables in schema log, keys to rollcall_writer; \
     revoke update, delete, truncate on log.events from rollcall_writer",
    "grant select, insert, update, delete on views.consumers to rollcall_writer; \
     grant select on views.consumers to rollcall_reader",
    "grant select, insert on public.rollcall_migrations to rollcall_owner; \
     grant select on public.rollcall_migrations to rollcall_writer",
    "alter default privileges in schema views \
     grant select, insert, update, delete, truncate on tables to rollcall_writer; \
     alter default privileges in schema views grant select on tables to rollcall_reader",
];

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[MAY_CREATE, ARE_THERE, OWED];

/// Creates the roles and gives them their rights, as far as the current role may; a note that says
/// what an administrator has to do for the rest.
pub(super) async fn grant(connection: &mut PgConnection) -> Result<Option<String>, StoreError> {
    if ask(connection, MAY_CREATE).await? {
        run(connection, CREATE).await.map_err(unavailable)?;
    } else if !ask(connection, ARE_THERE).await? {
        return Ok(Some(MISSING.to_owned()));
    }
    let mut tried = vec![];
    pay(connection, &mut tried).await?;
    let mut refused = vec![];
    for sql in GRANTS {
        if let Err(error) = run(connection, sql).await {
            tracing::debug!(%error, sql, "not granted");
            refused.push(sql.to_owned());
        }
    }
    // Read models can go to the writer once it may create some.
    let mut left = pay(connection, &mut tried).await?;
    left.append(&mut refused);
    Ok((!left.is_empty()).then(|| {
        format!(
            "this database role may not give rollcall_owner, rollcall_writer and rollcall_reader \
             all that they need. Run as an administrator, in this database: {}; then `rollcall \
             migrate` again",
            left.join("; ")
        )
    }))
}

/// Does what is owed, each on its own, until nothing new comes of it; what stays owed.
async fn pay(
    connection: &mut PgConnection,
    tried: &mut Vec<String>,
) -> Result<Vec<String>, StoreError> {
    loop {
        let owed: Vec<String> =
            sqlx::query_scalar(OWED).fetch_all(&mut *connection).await.map_err(unavailable)?;
        let before = tried.len();
        for sql in &owed {
            if tried.contains(sql) {
                continue;
            }
            // The database made it, with its own names in quotes.
            let statement = sqlx::raw_sql(AssertSqlSafe(sql.as_str()));
            if let Err(error) = statement.execute(&mut *connection).await {
                tracing::debug!(%error, sql, "not granted");
            }
            tried.push(sql.clone());
        }
        if tried.len() == before {
            return Ok(owed);
        }
    }
}

const MISSING: &str = "this database role may not create roles, so changing events is refused by \
    triggers only. To have the roles, run as an administrator: create role rollcall_owner; create \
    role rollcall_writer; create role rollcall_reader; grant rollcall_writer to rollcall_owner; \
    grant rollcall_reader to rollcall_writer; grant rollcall_owner to <this role>; then `rollcall \
    migrate` again";

async fn ask(connection: &mut PgConnection, sql: &'static str) -> Result<bool, StoreError> {
    sqlx::query_scalar(sql).fetch_one(connection).await.map_err(unavailable)
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> sqlx::Result<()> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}
