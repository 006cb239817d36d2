//! Mails, from what happens to the mail server.

mod delivery;
mod failures;
mod invitations;
mod notices;
pub(super) mod post;
