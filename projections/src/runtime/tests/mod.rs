//! The runtime, on both databases.

mod erasure;
mod following;
mod history;
mod poison;
mod rebuilding;
mod roles;
mod statements;

use std::sync::Arc;

use super::concede::Concede;
use super::follower::Follower;
use crate::Projections;
use crate::actors;
use crate::testing::TENANT;

impl Projections {
    /// A follower that a test moves by hand, of the shard of the test's tenant.
    async fn follower(&self) -> Follower {
        let shard = self.inner.store.shard_of(TENANT).await.unwrap();
        Follower::new(Arc::clone(&self.inner), shard)
    }
}

async fn drain(follower: &mut Follower) -> Result<(), Concede> {
    while follower.step().await? {}
    Ok(())
}

async fn names(projections: &Projections) -> Vec<String> {
    let filter = actors::Filter::default();
    let page = actors::list(projections.db(), TENANT, "live", &filter, None, 200).await.unwrap();
    page.rows.into_iter().filter_map(|actor| actor.last_name).collect()
}
