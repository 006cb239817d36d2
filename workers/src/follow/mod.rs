//! The loop behind all reactors: read a page, ask what follows, store that and the checkpoint
//! together. It knows reactors only by what they declare.

mod follower;
mod pages;
mod reactor;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rollcall_store::Store;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub use reactor::Reactor;
pub(crate) use reactor::{Start, effect_id, id_of};

use follower::Follower;
use pages::Pages;

/// The running reactors of this node, each with a follower per shard. Dropping it stops them too.
pub struct Reactors {
    stop: watch::Sender<()>,
    followers: Vec<JoinHandle<()>>,
}

impl Reactors {
    /// Starts following all shards. `added` is told whenever intents were added.
    pub fn start(store: &Store, reactors: &[Reactor], owner: &str, added: Arc<Notify>) -> Self {
        let (stop, stopped) = watch::channel(());
        let mut followers = Vec::new();
        for shard in 0..store.shards() {
            let pages = Arc::new(Pages::new(store.clone(), shard));
            for reactor in reactors {
                let (owner, added, stopped) = (owner.to_owned(), added.clone(), stopped.clone());
                let (store, reactor, pages) = (store.clone(), *reactor, pages.clone());
                let stuck_at = None;
                let follower =
                    Follower { store, reactor, shard, pages, owner, added, stopped, stuck_at };
                followers.push(tokio::spawn(follower.run()));
            }
        }
        Reactors { stop, followers }
    }

    /// Lets every follower finish its page and give its place back.
    pub async fn stop(self) {
        drop(self.stop);
        for follower in self.followers {
            let _ = follower.await;
        }
    }
}
