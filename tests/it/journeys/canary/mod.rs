//! Nothing secret and nothing personal gets where it does not belong: words that can't come from anywhere
//! else go the whole way, and are then looked for everywhere.

mod journey;
mod listener;
mod mails;
mod members;
mod witness;
