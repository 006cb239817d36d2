//! Whatever is asked of a lane, in whatever order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::vocabulary::{RunKind, Trigger};

#[derive(Debug, Clone)]
enum Ask {
    Trigger {
        run: u8,
        kind: RunKind,
        trigger: Trigger,
        receipts: Vec<u8>,
    },
    Start,
    /// Ends what runs; what `keep` hits is left over, and unread if `unread`.
    End {
        keep: u8,
        unread: bool,
    },
    /// Of those given up, the n-th.
    Skip(u8),
    /// A person has the n-th of those given up tried again, by this run.
    Retry(u8, u8),
    /// Gives up the first that waits.
    Cancel,
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let kinds = prop::sample::select(RunKind::ALL.to_vec());
    let triggers = prop::sample::select(vec![Trigger::Delivery, Trigger::Rerun]);
    let receipts = prop::collection::vec(0_u8..12, 0..5);
    let trigger = (0_u8..20, kinds, triggers, receipts)
        .prop_map(|(run, kind, trigger, receipts)| Ask::Trigger { run, kind, trigger, receipts });
    let ask = prop_oneof![
        3 => trigger,
        2 => Just(Ask::Start),
        3 => (0_u8..4, any::<bool>()).prop_map(|(keep, unread)| Ask::End { keep, unread }),
        1 => (0_u8..4).prop_map(Ask::Skip),
        1 => (0_u8..4, 20_u8..40).prop_map(|(which, run)| Ask::Retry(which, run)),
        1 => Just(Ask::Cancel),
    ];
    prop::collection::vec(ask, 0..120)
}

/// Every receipt on the lane, as often as it is there.
fn held(lane: &Lane) -> Vec<&str> {
    let runs = lane.running().into_iter().chain(lane.waiting());
    let receipts = runs.flat_map(|run| &run.receipts).chain(lane.left_over());
    receipts.chain(lane.given_up().iter().map(|one| &one.receipt)).map(|r| &**r).collect()
}

fn command(ask: Ask, lane: &Lane) -> Option<Command> {
    Some(match ask {
        Ask::Trigger { run, kind, trigger, receipts } => Command::Trigger {
            run: format!("r{run}"),
            spec: RunSpec {
                receipts: receipts.iter().map(|n| format!("d{n}")).collect(),
                ..RunSpec::new(kind, "any", trigger)
            },
        },
        Ask::Start => Command::Start,
        Ask::End { keep, unread } => {
            let running = lane.running()?;
            let kept = |(n, _): &(usize, &Arc<str>)| keep != 0 && n % keep as usize == 0;
            let left_over = running.receipts.iter().enumerate().filter(kept);
            let left_over: Vec<String> = left_over.map(|(_, one)| one.to_string()).collect();
            let unread = if unread { left_over.clone() } else { vec![] };
            Command::End { run: running.run.to_string(), left_over, unread }
        }
        Ask::Skip(which) => {
            let receipt = lane.given_up().get(which as usize)?.receipt.to_string();
            Command::SkipDelivery { receipt }
        }
        Ask::Retry(which, run) => {
            let receipts = vec![lane.given_up().get(which as usize)?.receipt.to_string()];
            let spec = RunSpec::of_deliveries("parked_delivery", Trigger::Person);
            Command::Trigger { run: format!("r{run}"), spec: RunSpec { receipts, ..spec } }
        }
        Ask::Cancel => {
            let waiting = lane.waiting().first()?;
            let left_over = waiting.receipts.iter().map(ToString::to_string).collect();
            Command::End { run: waiting.run.to_string(), left_over, unread: vec![] }
        }
    })
}

proptest! {
    #[test]
    fn a_lane_runs_one_at_a_time_and_neither_loses_nor_doubles_a_receipt(asks in asks()) {
        let mut lane = Lane::default();
        for ask in asks {
            let Some(command) = command(ask, &lane) else { continue };
            let before: BTreeSet<String> = held(&lane).into_iter().map(str::to_owned).collect();
            let ran = lane.running().is_some();
            let all: Vec<OnLane> = lane.running().into_iter().chain(lane.waiting()).cloned().collect();
            let Ok(events) = lane.decide(command.clone()) else { continue };
            prop_assert!(events.len() <= 1);
            lane = events.iter().fold(lane, |lane, event| lane.evolve(event));

            let now = held(&lane);
            let distinct: BTreeSet<String> = now.iter().map(|&r| r.to_owned()).collect();
            prop_assert_eq!(now.len(), distinct.len(), "doubled after {:?}", command);
            let known: BTreeSet<String> = lane.known.iter().map(ToString::to_string).collect();
            prop_assert_eq!(&known, &distinct);
            prop_assert!(lane.waiting().iter().all(|run| run.receipts.len() <= RECEIPTS_PER_RUN));

            match command {
                Command::Trigger { spec: RunSpec { kind, receipts, .. }, .. } => {
                    prop_assert!(before.is_subset(&distinct));
                    let queued = events.iter().any(|e| matches!(e, Event::RunQueued { .. }));
                    let needs_all = matches!(kind, RunKind::Webhook) || queued;
                    let all_there = receipts.iter().all(|r| distinct.contains(r));
                    prop_assert!(!needs_all || all_there, "lost one of {:?}", receipts);
                }
                Command::Return { .. } => prop_assert_eq!(before, distinct),
                Command::Start => {
                    prop_assert!(!ran);
                    prop_assert_eq!(before, distinct);
                }
                Command::End { run, left_over, .. } => {
                    // What was posted is sent again, never read again.
                    let ended = all.iter().find(|one| *one.run == *run);
                    let kept = ended.is_none_or(|one| {
                        !matches!(one.kind, RunKind::Push | RunKind::Undo)
                    });
                    prop_assert!(!kept || left_over.iter().all(|r| distinct.contains(r)));
                    prop_assert!(!lane.has(&run));
                }
                Command::SkipDelivery { receipt } => {
                    prop_assert!(!distinct.contains(&receipt));
                    prop_assert_eq!(before.len(), distinct.len() + 1);
                }
            }
        }
    }

    #[test]
    fn the_same_trigger_twice_is_the_same_as_once(asks in asks()) {
        let mut lane = Lane::default();
        for ask in asks {
            let Some(command) = command(ask, &lane) else { continue };
            let Ok(events) = lane.decide(command.clone()) else { continue };
            lane = events.iter().fold(lane, |lane, event| lane.evolve(event));
            if let Command::Trigger { .. } = &command {
                let again = lane.decide(command);
                let quiet = matches!(&again, Ok(events) if events.iter().all(is_quiet));
                prop_assert!(quiet, "{:?}", again);
            }
        }
    }
}

/// Joining a run with nothing to take along: asked for once more, and nothing else.
fn is_quiet(event: &Event) -> bool {
    matches!(event, Event::RunJoined { receipts, .. } if receipts.is_empty())
}
