//! A night's run: one for each connection and local date, however many ask for it.

use futures_util::FutureExt;
use rollcall_domain::{Refusal, slot};
use rollcall_store::{Cause, Store};

use super::{RunRequest, Runs};
use crate::error::CommandError;
use crate::unit_of_work::decided_anew;

/// What became of asking for a night's run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Night {
    Queued {
        run: String,
    },
    /// Somebody asked before; that run has the night.
    Taken {
        run: String,
    },
}

impl Runs {
    /// Queues a run in the append that takes the night's place. A run of the kind that waits already
    /// takes the night along.
    pub async fn request_night(
        &self,
        store: &Store,
        tenant: &str,
        request: &RunRequest,
        place: &str,
        cause: &Cause,
    ) -> Result<Night, CommandError> {
        let queued =
            decided_anew(|| self.queue(store, tenant, request, Some(place), cause).boxed()).await;
        match queued {
            Ok(Some(run)) => Ok(Night::Queued { run }),
            // It is on the lane under this very id.
            Ok(None) => Ok(Night::Queued { run: request.run.clone() }),
            // An answer of the database was lost on the way.
            Err(CommandError::Refused(Refusal::Slot(slot::Refusal::Taken { holder })))
                if holder == request.run =>
            {
                Ok(Night::Queued { run: holder })
            }
            Err(CommandError::Refused(Refusal::Slot(slot::Refusal::Taken { holder }))) => {
                Ok(Night::Taken { run: holder })
            }
            Err(error) => Err(error),
        }
    }
}
