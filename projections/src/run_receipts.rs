//! Which runs answer to which delivery: one narrow row each.

use rollcall_domain::run::Event;
use rollcall_domain::{Fact, Recorded};

use crate::table::{Key, Projection, Reads, row};

row! {
    pub struct RunReceipt {
        [key] receipt: String,
        [key] run: String,
    }
}

pub struct RunReceipts;

impl Projection for RunReceipts {
    const NAME: &'static str = "run_receipts";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["run"]);
    type Row = RunReceipt;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Run(happened) = &event.fact else { return vec![] };
        let Some(run) = event.stream.strip_prefix("run/") else { return vec![] };
        receipts_of(happened).iter().map(|receipt| Key::of([receipt, run])).collect()
    }

    fn evolve(key: &Key, _row: Option<RunReceipt>, _event: &Recorded) -> Option<RunReceipt> {
        Some(RunReceipt { receipt: key.text(0).to_owned(), run: key.text(1).to_owned() })
    }
}

/// The deliveries an event says the run answers to.
pub(crate) fn receipts_of(event: &Event) -> &[String] {
    match event {
        Event::Queued { spec, .. } => &spec.receipts,
        Event::Joined { receipts } | Event::Started { receipts, .. } => receipts,
        Event::Fetched { .. }
        | Event::Waiting { .. }
        | Event::Applied { .. }
        | Event::Noted { .. }
        | Event::Held { .. }
        | Event::Approved { .. }
        | Event::Rejected { .. }
        | Event::Succeeded { .. }
        | Event::Partial { .. }
        | Event::Failed { .. }
        | Event::Skipped { .. }
        | Event::Cancelled { .. } => &[],
    }
}
