//! What every store promises, as functions over a place for one; each runs on both databases.

mod append_only;
mod blobs;
mod entries;
mod erasure;
mod events;
mod intents;
mod leaving;
mod opening;
mod outbound;
mod reactors;
mod sealing;
mod state;
mod streams;
mod writers;
