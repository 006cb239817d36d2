//! Sealing: the key hierarchy (operator, tenant, subject or blob), a pool of data keys made durable
//! ahead of their use, and caches. Destroying a key makes everything sealed with it unreadable.

mod cipher;
mod hierarchy;
mod key_page;

pub use cipher::OperatorKey;
pub(crate) use cipher::{DataKey, KeyId, SEALED_OVERHEAD, key_id_of, open, seal, seal_packed};
pub(crate) use hierarchy::{Hierarchy, SubjectKey};
#[cfg(test)]
pub(crate) use key_page::with_slot;
pub(crate) use key_page::{KeyPage, page_of};
