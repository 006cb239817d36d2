//! Writers with wishes of every kind, readers that never rest, and a ledger of what was promised.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::diary::{Report, Seen, judge};
use super::{Subject, Wish, Written};

/// A tenant on a shard of its own.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) tenant: Arc<str>,
    pub(crate) shard: u16,
}

/// How much of it; the same seed makes the same wishes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) events: usize,
    pub(crate) writers: u64,
    /// Per node and lane.
    pub(crate) readers: usize,
    pub(crate) seed: u64,
}

/// What was acknowledged, apart from the store under test.
#[derive(Default)]
struct Ledger {
    acknowledged: Mutex<BTreeSet<String>>,
    count: AtomicUsize,
    refused: AtomicUsize,
    closed: AtomicBool,
}

/// Runs writers over all nodes and lanes until enough is written; one report per reader.
pub(crate) async fn run(nodes: &[Arc<dyn Subject>], lanes: &[Lane], load: Load) -> Vec<Report> {
    let ledgers: Vec<Arc<Ledger>> = lanes.iter().map(|_| Arc::default()).collect();
    let mut readers = Vec::new();
    for node in nodes {
        for (lane, ledger) in lanes.iter().zip(&ledgers) {
            for _ in 0..load.readers {
                let reader = follow(node.clone(), lane.clone(), ledger.clone());
                readers.push((ledger.clone(), tokio::spawn(reader)));
            }
        }
    }
    let enough = load.events / lanes.len();
    let writers = (0..load.writers).map(|writer| {
        let place = writer as usize % lanes.len();
        let node = nodes[writer as usize / lanes.len() % nodes.len()].clone();
        let random = StdRng::seed_from_u64(load.seed * 1_000 + writer);
        tokio::spawn(write(
            node,
            lanes[place].clone(),
            ledgers[place].clone(),
            enough,
            writer,
            random,
        ))
    });
    futures_util::future::join_all(writers).await.into_iter().for_each(Result::unwrap);
    for ledger in &ledgers {
        ledger.closed.store(true, Ordering::SeqCst);
        assert!(ledger.refused.load(Ordering::SeqCst) > 0, "no writer ever lost: too tame");
    }
    let mut reports = Vec::new();
    for (ledger, reader) in readers {
        let diary = reader.await.unwrap();
        reports.push(judge(&diary, &ledger.acknowledged.lock().unwrap()));
    }
    reports
}

async fn write(
    node: Arc<dyn Subject>,
    lane: Lane,
    ledger: Arc<Ledger>,
    enough: usize,
    writer: u64,
    mut random: StdRng,
) {
    let mut turn = 0_u64;
    while ledger.count.load(Ordering::SeqCst) < enough {
        turn += 1;
        let wishes = wishes(writer, turn, &mut random);
        match node.write(&lane, &wishes).await {
            Written::Refused => {
                ledger.refused.fetch_add(1, Ordering::SeqCst);
            }
            Written::Acknowledged => {
                let mut acknowledged = ledger.acknowledged.lock().unwrap();
                acknowledged.extend(wishes.into_iter().flat_map(|wish| wish.markers));
                ledger.count.store(acknowledged.len(), Ordering::SeqCst);
            }
        }
    }
}

/// One to four streams, some of them hot, some of them expected to be where they may not be.
fn wishes(writer: u64, turn: u64, random: &mut StdRng) -> Vec<Wish> {
    let mut wishes: Vec<Wish> = Vec::new();
    for number in 0..random.random_range(1..=4) {
        let (stream, expected) = match random.random_range(0..10) {
            0..3 => (format!("hot/{}", random.random_range(0..3)), None),
            3 => (format!("hot/{}", random.random_range(0..3)), Some(random.random_range(0..50))),
            4..7 => (format!("own/{writer}"), None),
            _ => (format!("new/{writer}-{turn}-{number}"), Some(0)),
        };
        if wishes.iter().all(|wish| wish.stream != stream) {
            let markers = (0..random.random_range(1..=6))
                .map(|event| format!("{writer} {turn} {number} {event}"))
                .collect();
            wishes.push(Wish { stream, expected, markers });
        }
    }
    wishes
}

/// Reads without rest; once nothing more is written, until nothing more is found.
async fn follow(node: Arc<dyn Subject>, lane: Lane, ledger: Arc<Ledger>) -> Vec<Seen> {
    let mut diary: Vec<Seen> = Vec::new();
    loop {
        let closed = ledger.closed.load(Ordering::SeqCst);
        let after = diary.last().map_or(0, |seen| seen.position);
        let page = node.read(&lane, after).await;
        if page.is_empty() && closed {
            return diary;
        }
        diary.extend(page);
    }
}
