//! Up to where users have marked all they were told as read.

use chrono::{DateTime, Utc};
use rollcall_domain::inbox::Event;
use rollcall_domain::{Fact, Recorded};

use crate::table::{Key, Projection, Reads, row};

row! {
    pub struct Inbox {
        [key] owner: String,
        /// A position of the log.
        up_to: u64,
        /// Where they said so in the log.
        swept: u64,
        updated_at: DateTime<Utc>,
    }
}

pub struct Inboxes;

impl Projection for Inboxes {
    const NAME: &'static str = "inboxes";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["inbox"]);
    type Row = Inbox;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Inbox(Event::AllRead { user, .. }) = &event.fact else { return vec![] };
        vec![Key::of([user])]
    }

    fn evolve(key: &Key, row: Option<Inbox>, event: &Recorded) -> Option<Inbox> {
        let Fact::Inbox(Event::AllRead { up_to, .. }) = &event.fact else { return row };
        Some(Inbox {
            owner: key.text(0).to_owned(),
            up_to: *up_to,
            swept: event.position,
            updated_at: event.recorded_at,
        })
    }
}
