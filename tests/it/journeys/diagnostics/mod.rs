//! What runs and deliveries tell of themselves: how far, when, why, to whom, and because of what.

mod gated;
mod receipts;
mod runs;
