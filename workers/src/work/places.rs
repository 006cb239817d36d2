//! Where intents of one kind are done on this node, and who gets a place.
//!
//! What is promised: a tenant never has more than half of a kind's places (of a single one, that
//! one), so whatever its work hangs on, another tenant's goes on. What is claimed beyond a tenant's
//! share waits in hand, without a place, up to `IN_HAND` keys; only a tenant with more keys than
//! that due ahead of another's, all of which hang, holds the other up.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Keys of one kind that wait for their tenant's share, at most.
const IN_HAND: usize = 64;

pub(super) struct Places {
    all: Arc<Semaphore>,
    at_once: usize,
    share: usize,
    /// What is free of each tenant's share, where it has work under way.
    tenants: HashMap<Arc<str>, Arc<Semaphore>>,
}

/// Given back when it is dropped.
pub(super) struct Place {
    _of_tenant: OwnedSemaphorePermit,
    _of_kind: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(at_once: u32) -> Self {
        let at_once = at_once as usize;
        Places {
            all: Arc::new(Semaphore::new(at_once)),
            at_once,
            share: at_once.div_ceil(2),
            tenants: HashMap::new(),
        }
    }

    /// How many keys may be claimed while so many are under way, with or without a place.
    pub(super) fn room(&self, under_way: usize) -> usize {
        let free = self.all.available_permits();
        let in_hand = under_way.saturating_sub(self.at_once - free);
        free.min(IN_HAND.saturating_sub(in_hand))
    }

    /// A place for work of this tenant, as soon as there is one. One that is free is taken now, so
    /// that `room` knows.
    pub(super) fn take(&mut self, tenant: &Arc<str>) -> impl Future<Output = Place> + Send + use<> {
        self.tenants.retain(|_, share| Arc::strong_count(share) > 1);
        let new = || Arc::new(Semaphore::new(self.share));
        let share = self.tenants.entry(tenant.clone()).or_insert_with(new).clone();
        let all = self.all.clone();
        let of_tenant = share.clone().try_acquire_owned().ok();
        let of_kind = of_tenant.as_ref().and_then(|_| all.clone().try_acquire_owned().ok());
        async move {
            Place { _of_tenant: wait(of_tenant, share).await, _of_kind: wait(of_kind, all).await }
        }
    }
}

async fn wait(taken: Option<OwnedSemaphorePermit>, free: Arc<Semaphore>) -> OwnedSemaphorePermit {
    match taken {
        Some(permit) => permit,
        None => free.acquire_owned().await.expect("nobody closes it"),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn tenant(name: &str) -> Arc<str> {
        name.into()
    }

    #[test]
    fn a_tenant_gets_half_of_the_places_and_another_the_rest() {
        let mut places = Places::new(4);
        let (acme, other) = (tenant("acme"), tenant("other"));

        let got: Vec<_> = (0..3).map(|_| places.take(&acme).now_or_never()).collect();
        assert_eq!(got.iter().flatten().count(), 2);
        assert_eq!(places.room(got.len()), 2);

        let got: Vec<_> = (0..2).map(|_| places.take(&other).now_or_never()).collect();
        assert_eq!(got.iter().flatten().count(), 2);
        assert_eq!(places.room(5), 0);
    }

    #[test]
    fn a_place_that_is_given_back_goes_to_who_waits() {
        let mut places = Places::new(1);
        let first = places.take(&tenant("acme")).now_or_never().unwrap();
        let mut second = Box::pin(places.take(&tenant("acme")));
        assert!(second.as_mut().now_or_never().is_none());

        drop(first);

        assert!(second.now_or_never().is_some());
        assert_eq!(places.room(0), 1);
    }

    #[test]
    fn what_waits_in_hand_has_an_end() {
        let mut places = Places::new(2);
        let acme = tenant("acme");
        let mut under_way = Vec::new();

        while places.room(under_way.len()) > 0 {
            under_way.push(places.take(&acme));
        }

        assert_eq!(under_way.len(), IN_HAND + 1);
    }

    #[test]
    fn tenants_without_work_are_forgotten() {
        let mut places = Places::new(2);
        drop(places.take(&tenant("acme")));

        drop(places.take(&tenant("other")));

        assert_eq!(places.tenants.len(), 1);
    }
}
