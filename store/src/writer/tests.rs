//! What a writer answers when memory is wrong and connections break, against a log that does so at will.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use tokio::time::timeout;

use super::*;
use crate::backend::{Batch, Head, UsedKey};
use crate::types::{Stored, Version};

const PATIENCE: Duration = Duration::from_secs(30);

/// What happens to one write.
enum Fault {
    LostBefore,
    LostAfter,
    Defect,
}

/// The ends of streams, and the faults to come.
#[derive(Default)]
struct Fake {
    ends: Mutex<Vec<(StreamHash, Head)>>,
    rows: Mutex<u64>,
    faults: Mutex<VecDeque<Fault>>,
    /// What each of the next writes waits for.
    gates: Mutex<VecDeque<oneshot::Receiver<()>>>,
}

impl Fake {
    fn end(&self, stream: &StreamHash) -> Option<Head> {
        self.ends.lock().unwrap().iter().find(|(hash, _)| hash == stream).map(|(_, head)| *head)
    }

    fn put(&self, stream: StreamHash, first: u64, version: Version) {
        let mut ends = self.ends.lock().unwrap();
        ends.retain(|(hash, _)| *hash != stream);
        ends.push((stream, Head { first, version }));
    }

    /// As the constraints of a database: begun streams are new, each event follows the last one.
    fn insert(&self, batch: &Batch) -> Result<Bases, BatchError> {
        let part = &batch.parts[0];
        let mut rows = self.rows.lock().unwrap();
        let base = *rows + 1;
        let mut ends = self.ends.lock().unwrap().clone();
        for (hash, offset) in &part.begun {
            if ends.iter().any(|(known, _)| known == hash) {
                return Err(BatchError::Raced);
            }
            ends.push((*hash, Head { first: base + u64::from(*offset), version: 0 }));
        }
        for row in &part.rows {
            let first = row.number.position(base);
            let end = ends.iter_mut().find(|(_, head)| head.first == first).unwrap();
            if end.1.version + 1 != row.version {
                return Err(BatchError::Raced);
            }
            end.1.version = row.version;
        }
        *rows += part.rows.len() as u64;
        *self.ends.lock().unwrap() = ends;
        Ok(vec![base])
    }
}

#[async_trait]
impl Log for Fake {
    fn shards(&self) -> u16 {
        1
    }
    fn era(&self) -> u64 {
        0
    }
    async fn look(
        &self,
        streams: &[(Shard, StreamHash)],
        _keys: &[(Arc<str>, String)],
    ) -> Result<(Vec<Option<Head>>, Vec<Option<UsedKey>>), StoreError> {
        Ok((streams.iter().map(|(_, hash)| self.end(hash)).collect(), vec![]))
    }
    async fn write(&self, batch: &Batch) -> Result<Bases, BatchError> {
        let broke = || BatchError::Broke(StoreError::unavailable("the connection broke"));
        let gate = self.gates.lock().unwrap().pop_front();
        if let Some(gate) = gate {
            let _ = gate.await;
        }
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            Some(Fault::LostBefore) => Err(broke()),
            Some(Fault::LostAfter) => self.insert(batch).and_then(|_| Err(broke())),
            Some(Fault::Defect) => panic!("as the test wants it"),
            None => self.insert(batch),
        }
    }
    async fn read_shard(&self, _: Shard, _: Position, _: u32) -> Result<Vec<Stored>, StoreError> {
        Ok(vec![])
    }
    async fn read_stream(
        &self,
        _: Shard,
        _: StreamHash,
        _: Version,
    ) -> Result<Vec<Stored>, StoreError> {
        Ok(vec![])
    }
    async fn head(&self, _: Shard) -> Result<Position, StoreError> {
        Ok(*self.rows.lock().unwrap())
    }
}

struct Desk {
    log: Arc<Fake>,
    writer: mpsc::Sender<Request>,
}

impl Desk {
    fn open() -> Desk {
        let log = Arc::new(Fake::default());
        let watches = [[watch::channel(0).0, watch::channel(0).0]];
        Desk { writer: start(log.clone(), Arc::new(watches), Clock::system()), log }
    }

    /// Appends so many events to each of the streams, as one request.
    async fn append(&self, to: &[(u8, Expected, usize)]) -> Result<Appended, AppendError> {
        let (reply, answer) = oneshot::channel();
        let stream = |(stream, expected, events): &(u8, Expected, usize)| RequestStream {
            name: stream.to_string(),
            hash: [*stream; 16],
            expected: *expected,
            events: (0..*events).map(|_| Arc::new(EventData::made_up("thing"))).collect(),
        };
        let request = Request {
            shard: 0,
            tenant: "acme".into(),
            streams: to.iter().map(stream).collect(),
            key: None,
            blobs: vec![],
            attach: vec![],
            subject_keys: vec![],
            bytes: 2,
            reply,
        };
        self.writer.send(request).await.unwrap();
        answer.await.unwrap_or_else(|_| Err(StoreError::unavailable("nobody answered").into()))
    }
}

#[tokio::test]
async fn what_may_be_written_already_is_not_written_again() {
    let desk = Desk::open();
    desk.append(&[(1, Expected::Any, 1)]).await.unwrap();
    desk.log.faults.lock().unwrap().push_back(Fault::LostAfter);

    let unknown = desk.append(&[(1, Expected::Any, 1)]).await;

    assert!(matches!(unknown, Err(AppendError::Store(_))), "{unknown:?}");
    assert_eq!(*desk.log.rows.lock().unwrap(), 2);
}

#[tokio::test]
async fn what_a_broken_connection_did_not_write_is_written() {
    let desk = Desk::open();
    desk.append(&[(1, Expected::Any, 1)]).await.unwrap();
    desk.log.faults.lock().unwrap().push_back(Fault::LostBefore);

    let written = desk.append(&[(1, Expected::Any, 1), (2, Expected::NoStream, 1)]).await.unwrap();

    assert_eq!((written.first, written.last), (2, 3));
    assert_eq!(written.versions["1"], 2);
}

#[tokio::test]
async fn a_defect_costs_its_own_batch_and_no_other() {
    let desk = Desk::open();
    desk.append(&[(1, Expected::Any, 1)]).await.unwrap();
    desk.log.faults.lock().unwrap().push_back(Fault::Defect);

    let unknown = desk.append(&[(1, Expected::Any, 1)]).await;
    let next = desk.append(&[(1, Expected::Exact(1), 1)]).await;

    assert!(matches!(unknown, Err(AppendError::Store(_))), "{unknown:?}");
    assert_eq!(next.unwrap().versions["1"], 2);
}

#[tokio::test]
async fn nobody_is_refused_or_let_through_by_memory_alone() {
    let desk = Desk::open();
    desk.append(&[(1, Expected::NoStream, 4)]).await.unwrap();
    // Another node goes on.
    desk.log.put([1; 16], 1, 6);

    let stale = desk.append(&[(1, Expected::Exact(4), 0), (2, Expected::Any, 1)]).await;
    let current = desk.append(&[(1, Expected::Exact(6), 0), (3, Expected::Any, 1)]).await;
    desk.log.put([1; 16], 1, 7);
    let next = desk.append(&[(1, Expected::Exact(7), 1)]).await;

    assert!(matches!(stale, Err(AppendError::Conflict(moved)) if moved[0].actual == 6));
    assert!(current.is_ok());
    assert_eq!(next.unwrap().versions["1"], 8);
}

#[tokio::test]
async fn what_is_durable_is_answered_while_the_next_batch_is_written() {
    let desk = Desk::open();
    let ((pass_first, first_gate), (pass_second, second_gate)) =
        (oneshot::channel(), oneshot::channel());
    desk.log.gates.lock().unwrap().extend([first_gate, second_gate]);
    let (one, two) = ([(1, Expected::Any, 1)], [(2, Expected::Any, 1)]);
    let (mut first, second) = (pin!(desk.append(&one)), desk.append(&two));
    let under_way = async {
        while desk.log.gates.lock().unwrap().len() == 2 {
            assert!(poll!(&mut first).is_pending());
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, under_way).await.unwrap();
    let mut second = pin!(second);
    assert!(poll!(&mut second).is_pending());
    pass_first.send(()).unwrap();

    let answered = timeout(PATIENCE, first).await.expect("it is durable").unwrap();

    assert_eq!(answered.first, 1);
    assert!(poll!(&mut second).is_pending());
    pass_second.send(()).unwrap();
    assert_eq!(second.await.unwrap().first, 2);
}
