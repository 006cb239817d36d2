//! Recordings: what a read brought, as bytes that can be read again without the provider.
//!
//! A recording is a row of frames. Each begins with a line of JSON; if that has `bytes`, so many
//! bytes follow it. Which frames there are is each provider's own. Recordings may stand one behind
//! the other.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Flaw, PageSink, ProviderError, ReadSummary, Replay, Stopped};

/// No line at the head of a frame is longer.
const LONGEST_HEAD: usize = 1024 * 1024;
const WHAT: &str = "the recording";

/// The line before a frame's bytes.
pub(super) trait Head: Serialize + DeserializeOwned {
    /// How many follow it.
    fn bytes(&self) -> usize;

    fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("heads have text keys only");
        line.push(b'\n');
        line
    }
}

/// What comes out of a recording.
pub(super) enum Part<'a, H> {
    /// A frame begins.
    Begin(&'a H),
    /// The next of its bytes.
    Bytes(&'a H, &'a [u8]),
    /// Those were all of them. A frame that has none does not end.
    End(&'a H),
}

/// Takes a recording in pieces of any size.
#[derive(Debug)]
pub(super) struct Frames<H>(State<H>);

#[derive(Debug)]
enum State<H> {
    /// Reading the line of the next frame.
    Line(Vec<u8>),
    /// Reading its bytes: how many are still to come.
    Bytes { head: H, left: usize },
}

impl<H: Head> Frames<H> {
    pub(super) fn new() -> Self {
        Frames(State::Line(Vec::new()))
    }

    /// Whether the last frame is whole.
    pub(super) fn is_between(&self) -> bool {
        matches!(&self.0, State::Line(line) if line.is_empty())
    }

    pub(super) fn push(
        &mut self,
        piece: &[u8],
        mut each: impl FnMut(Part<'_, H>) -> Result<(), ProviderError>,
    ) -> Result<(), ProviderError> {
        let mut rest = piece;
        while !rest.is_empty() {
            rest = match &mut self.0 {
                State::Line(line) => match rest.iter().position(|b| *b == b'\n') {
                    None if line.len() + rest.len() > LONGEST_HEAD => return Err(garbled()),
                    None => {
                        line.extend_from_slice(rest);
                        &[]
                    }
                    Some(end) => {
                        line.extend_from_slice(&rest[..end]);
                        let head: H = serde_json::from_slice(line).map_err(|_| garbled())?;
                        each(Part::Begin(&head))?;
                        self.0 = match head.bytes() {
                            0 => State::Line(Vec::new()),
                            left => State::Bytes { head, left },
                        };
                        &rest[end + 1..]
                    }
                },
                State::Bytes { head, left } => {
                    let (now, later) = rest.split_at(rest.len().min(*left));
                    *left -= now.len();
                    each(Part::Bytes(head, now))?;
                    if *left == 0 {
                        each(Part::End(head))?;
                        self.0 = State::Line(Vec::new());
                    }
                    later
                }
            };
        }
        Ok(())
    }
}

/// What a recording that says nonsense is called.
pub(super) fn garbled() -> ProviderError {
    ProviderError::Malformed { what: WHAT, flaw: Flaw::Shape }
}

/// Writes a recording and reads it in the same go: the first time is like every other.
pub(super) struct Tape<'a, P> {
    sink: &'a mut dyn PageSink,
    pub(super) player: Box<P>,
}

impl<'a, P: Replay> Tape<'a, P> {
    pub(super) fn new(sink: &'a mut dyn PageSink, player: P) -> Self {
        Tape { sink, player: Box::new(player) }
    }

    /// A frame without bytes, or the line before those of one.
    pub(super) async fn head(&mut self, head: &impl Head) -> Result<(), ProviderError> {
        self.write(head.line().into()).await
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), ProviderError> {
        self.sink.raw(bytes.clone()).await?;
        let mut pages = Vec::new();
        self.player.push(&bytes, &mut pages)?;
        for page in pages {
            self.sink.page(page).await?;
        }
        Ok(())
    }

    pub(super) async fn finish(self) -> Result<ReadSummary, ProviderError> {
        let mut pages = Vec::new();
        let summary = self.player.finish(&mut pages)?;
        for page in pages {
            self.sink.page(page).await?;
        }
        Ok(summary)
    }
}

impl From<Stopped> for ProviderError {
    fn from(Stopped: Stopped) -> Self {
        ProviderError::Interrupted
    }
}
