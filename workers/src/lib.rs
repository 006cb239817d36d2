//! What reaches out of the process: reactors turn facts into intents, workers do them, and the sync
//! engine talks to providers.

mod follow;
pub mod providers;
mod reactors;
mod sync;
mod work;

pub use follow::Reactors;
pub use sync::{Engine, Providers};
pub use work::Workers;
