//! Who is signed in, as stored.

use chrono::{DateTime, Utc};

use crate::store::Store;
use crate::types::StoreError;
use crate::work::SessionRow;

impl Store {
    pub async fn add_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        self.noted(self.db().add_session(session).await)
    }

    /// The one whose secret has this hash.
    pub async fn session(&self, hash: &[u8]) -> Result<Option<SessionRow>, StoreError> {
        self.noted(self.db().session(hash).await)
    }

    /// A user's, newest first; at most 1,000.
    pub async fn sessions(&self, user: &str) -> Result<Vec<SessionRow>, StoreError> {
        self.noted(self.db().sessions(user).await)
    }

    /// Notes that it was used.
    pub async fn see_session(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.noted(self.db().see_session(id, at).await)
    }

    /// Where the user is from now on.
    pub async fn move_session(&self, id: &str, tenant: Option<&str>) -> Result<(), StoreError> {
        self.noted(self.db().move_session(id, tenant).await)
    }

    /// Whether the user had it.
    pub async fn end_session(&self, user: &str, id: &str) -> Result<bool, StoreError> {
        self.noted(self.db().end_session(user, id).await)
    }

    /// Ends all of a user's but one.
    pub async fn end_other_sessions(&self, user: &str, kept: &str) -> Result<(), StoreError> {
        self.noted(self.db().end_other_sessions(user, kept).await)
    }
}
