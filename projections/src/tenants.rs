//! Tenants: one row each.

use chrono::{DateTime, Utc};
use rollcall_domain::tenant::Event;
use rollcall_domain::{Fact, Recorded};

use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, resume};
use crate::table::{Key, Projection, Reads, Row, Value, row};

row! {
    pub struct Tenant {
        slug: String,
        name: String,
        plan: String,
        /// Of the tenant's stream.
        version: u64,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

pub struct Tenants;

impl Projection for Tenants {
    const NAME: &'static str = "tenants";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["tenant"]);
    type Row = Tenant;

    /// The tenant itself is the whole key.
    fn keys(event: &Recorded) -> Vec<Key> {
        if let Fact::Tenant(_) = &event.fact { vec![Key::of([])] } else { vec![] }
    }

    fn evolve(_key: &Key, row: Option<Tenant>, event: &Recorded) -> Option<Tenant> {
        let Fact::Tenant(happened) = &event.fact else { return row };
        let mut row = match happened {
            Event::Created { slug, name, plan } => Tenant {
                slug: slug.clone(),
                name: name.clone(),
                plan: plan.as_str().to_owned(),
                version: event.version,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            },
            Event::PlanChanged { new, .. } => Tenant { plan: new.as_str().to_owned(), ..row? },
        };
        row.version = event.version;
        row.updated_at = event.recorded_at;
        Some(row)
    }
}

static ONE: Sql =
    Sql::of(Tenant::COLUMNS, "select {columns} from views.tenants where tenant = cast($1 as text)");
static ALL: Sql = Sql::of(
    Tenant::COLUMNS,
    "select tenant, {columns} from views.tenants
     where cast($1 as text) is null or tenant > cast($1 as text)
     order by tenant
     limit cast($2 as bigint)",
);

/// One tenant.
pub async fn one(db: &Db, tenant: &str) -> Result<Option<Tenant>, ReadError> {
    db.first(&ONE, vec![tenant.into()], Tenant::read).await
}

/// All tenants by id: for the operator only.
pub async fn all(
    db: &Db,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<(String, Tenant)>, ReadError> {
    let after: Option<String> = resume(after)?;
    let limit = limit_of(limit);
    let args: Vec<Value> = vec![after.into(), (limit + 1).into()];
    let rows = db.all(&ALL, args, |cells| Ok((cells.get()?, Tenant::read(cells)?))).await?;
    Ok(Page::of(rows, limit, |(tenant, _)| cursor(tenant)))
}
