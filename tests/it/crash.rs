//! Processes that die, at the worst of moments, and processes that come back from the dead: what was
//! promised is kept, nothing happens twice, and the roster ends up right.

mod copies;
mod held;
mod histories;
mod mails;
mod nights;
mod points;
mod pushes;
pub(crate) mod scene;
pub(crate) mod server;
mod takeover;
mod undos;
mod webhooks;
mod zombies;
