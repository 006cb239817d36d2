//! What reaches out of the process: reactors turn facts into intents, tasks do them, and the sync
//! engine talks to providers.
//!
//! A feature that does something outside is a kind of work in `tasks`, or a reactor in `reactors`,
//! and one line in the list beside it. The loops in `work` and `follow` know none of them.

mod copy;
mod follow;
pub mod mail;
mod minute;
mod operations;
pub mod outbound;
pub mod providers;
mod reactors;
mod sync;
mod tasks;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod work;

pub use follow::{Reactor, Reactors};
pub use mail::Mailer;
pub use minute::{Minute, Ticking};
pub use providers::Providers;
pub use reactors::reactors;
pub use sync::{Engine, Memory};
pub use tasks::tasks;
pub use work::{Tasks, Workers};
