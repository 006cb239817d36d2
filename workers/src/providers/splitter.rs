//! Finds the elements of one top-level list in JSON that arrives in pieces.
//!
//! It looks only at brackets, quotes and escapes, so it runs at memory speed, and no byte inside a
//! text can lead it astray; whether an element is good JSON, or a record at all, is found out by
//! whoever is given it. An element inside one piece is handed over without copying. The list may
//! also be an object, whose values count. Everything outside of it is kept (the *envelope*) and must
//! be small.

use super::{Flaw, Outage, ProviderError};

/// No element and no envelope is larger.
const LARGEST: usize = 4 * 1024 * 1024;

/// Why a text cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsplit {
    /// It ended too early.
    Truncated,
    WebPage,
    NotJson,
    TooLarge,
}

impl Unsplit {
    /// What is said of `what` then.
    pub(super) fn error(self, what: &'static str) -> ProviderError {
        let flaw = match self {
            Unsplit::Truncated => return ProviderError::Unavailable(Outage::Truncated),
            Unsplit::WebPage => Flaw::WebPage,
            Unsplit::NotJson => Flaw::NotJson,
            Unsplit::TooLarge => Flaw::TooLarge,
        };
        ProviderError::Malformed { what, flaw }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the envelope.
    Outside,
    /// In the list, before an element; `comma` says that one has to come first.
    Between { comma: bool },
    /// Directly behind a comma in the list.
    AfterComma,
    /// Behind a key of the list that is an object.
    AfterKey,
    /// Behind the colon after that key.
    AfterColon,
    /// In an element of the list, or a key.
    Inside(What),
    /// Behind the end of the whole.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Key,
    /// Text or something in brackets: it has an end of its own.
    Element,
    /// A number or a word: it goes on until something else comes.
    Bare,
}

#[derive(Debug)]
pub(super) struct Splitter {
    /// What the list is called.
    list: &'static [u8],
    place: Place,
    /// Open brackets of the envelope or of the element, whichever we are in.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Ends the list: `]`, or `}` where an object stands for it.
    closing: u8,
    envelope: Vec<u8>,
    /// Where the latest text at the first level of the envelope stands: before `[`, that is the key.
    latest: (usize, usize),
    /// The beginning of an element whose end has not come yet.
    partial: Vec<u8>,
}

impl Splitter {
    /// Looks for the list of this name.
    pub(super) fn of(list: &'static str) -> Self {
        Splitter {
            list: list.as_bytes(),
            place: Place::Outside,
            depth: 0,
            in_string: false,
            escaped: false,
            closing: b']',
            envelope: Vec::new(),
            latest: (0, 0),
            partial: Vec::new(),
        }
    }

    /// Takes the next piece and hands over every element that is complete with it.
    pub(super) fn push<E: From<Unsplit>>(
        &mut self,
        piece: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = piece;
        while !rest.is_empty() {
            let used = match self.place {
                Place::Outside => self.outside(rest)?,
                Place::Between { .. } | Place::AfterComma | Place::AfterKey | Place::AfterColon => {
                    self.between(rest)?
                }
                Place::Inside(what) => self.inside(what, rest, &mut each)?,
                Place::Done if rest.trim_ascii().is_empty() => rest.len(),
                Place::Done => return Err(Unsplit::NotJson.into()),
            };
            rest = &rest[used..];
        }
        Ok(())
    }

    /// The envelope, with an empty list where the elements were.
    pub(super) fn finish(self) -> Result<Vec<u8>, Unsplit> {
        match self.place {
            Place::Done => Ok(self.envelope),
            Place::Outside
            | Place::Between { .. }
            | Place::AfterComma
            | Place::AfterKey
            | Place::AfterColon
            | Place::Inside(_) => Err(Unsplit::Truncated),
        }
    }

    fn outside(&mut self, rest: &[u8]) -> Result<usize, Unsplit> {
        for (at, byte) in rest.iter().copied().enumerate() {
            if self.depth == 0 && byte != b'{' {
                match byte {
                    b' ' | b'\t' | b'\r' | b'\n' => continue,
                    // A byte order mark.
                    0xef | 0xbb | 0xbf => continue,
                    b'<' => return Err(Unsplit::WebPage),
                    _ => return Err(Unsplit::NotJson),
                }
            }
            if self.envelope.len() == LARGEST {
                return Err(Unsplit::TooLarge);
            }
            self.envelope.push(byte);
            if self.in_string {
                self.in_envelope_string(byte);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    if self.depth == 1 {
                        self.latest = (self.envelope.len(), self.envelope.len());
                    }
                }
                b'[' | b'{' if self.depth == 1 && self.key() == self.list => {
                    self.closing = if byte == b'[' { b']' } else { b'}' };
                    self.place = Place::Between { comma: false };
                    return Ok(at + 1);
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 1 => {
                    self.place = Place::Done;
                    return Ok(at + 1);
                }
                b'}' | b']' => self.depth -= 1,
                _ => {}
            }
        }
        Ok(rest.len())
    }

    fn in_envelope_string(&mut self, byte: u8) {
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            if self.depth == 1 {
                self.latest.1 = self.envelope.len() - 1;
            }
        }
    }

    fn key(&self) -> &[u8] {
        &self.envelope[self.latest.0..self.latest.1]
    }

    fn between(&mut self, rest: &[u8]) -> Result<usize, Unsplit> {
        let Some(at) = rest.iter().position(|b| !b.is_ascii_whitespace()) else {
            return Ok(rest.len());
        };
        let keyed = self.closing == b'}';
        match (rest[at], self.place) {
            (b',', Place::Between { comma: true }) => {
                self.place = Place::AfterComma;
                Ok(at + 1)
            }
            (b':', Place::AfterKey) => {
                self.place = Place::AfterColon;
                Ok(at + 1)
            }
            (byte, Place::Between { .. }) if byte == self.closing => {
                self.envelope.push(byte);
                (self.place, self.depth) = (Place::Outside, 1);
                self.latest = (0, 0);
                Ok(at + 1)
            }
            (b',' | b':' | b']' | b'}', _) => Err(Unsplit::NotJson),
            (b'"', Place::Between { comma: false } | Place::AfterComma) if keyed => {
                Ok(self.enter(What::Key, at))
            }
            (byte, Place::Between { comma: false } | Place::AfterComma) if !keyed => {
                Ok(self.enter(what(byte), at))
            }
            (byte, Place::AfterColon) => Ok(self.enter(what(byte), at)),
            _ => Err(Unsplit::NotJson),
        }
    }

    fn enter(&mut self, what: What, at: usize) -> usize {
        (self.place, self.depth) = (Place::Inside(what), 0);
        at
    }

    fn inside<E: From<Unsplit>>(
        &mut self,
        what: What,
        rest: &[u8],
        each: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let end = match what {
            What::Key | What::Element => self.scan(rest),
            What::Bare => rest.iter().position(|b| b.is_ascii_whitespace() || b",]}".contains(b)),
        };
        let used = end.unwrap_or(rest.len());
        if self.partial.len() + used > LARGEST {
            return Err(Unsplit::TooLarge.into());
        }
        if end.is_none() {
            self.partial.extend_from_slice(rest);
            return Ok(used);
        }
        self.place = match what {
            What::Key => Place::AfterKey,
            What::Element | What::Bare => Place::Between { comma: true },
        };
        let element = if self.partial.is_empty() {
            &rest[..used]
        } else {
            self.partial.extend_from_slice(&rest[..used]);
            &self.partial
        };
        if what != What::Key {
            each(element)?;
        }
        self.partial.clear();
        Ok(used)
    }

    /// Where what we are in ends, if it does; remembers the state if not.
    fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = usize::from(self.escaped);
        self.escaped = false;
        while at < bytes.len() {
            let (marks, skipped) = if self.in_string {
                let found = bytes[at..].iter().position(|b| matches!(b, b'"' | b'\\'));
                (&bytes[at..], found)
            } else {
                let found = bytes[at..].iter().position(|b| BRACKET[usize::from(*b)]);
                (&bytes[at..], found)
            };
            let skipped = skipped?;
            at += skipped + 1;
            match marks[skipped] {
                b'"' => self.in_string = !self.in_string,
                b'\\' if at == bytes.len() => self.escaped = true,
                b'\\' => at += 1,
                b'{' | b'[' => self.depth += 1,
                _ => self.depth -= 1,
            }
            if self.depth == 0 && !self.in_string {
                return Some(at);
            }
        }
        None
    }
}

fn what(first: u8) -> What {
    match first {
        b'"' | b'{' | b'[' => What::Element,
        _ => What::Bare,
    }
}

/// What matters outside of strings.
const BRACKET: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 5 {
        table[b"\"{}[]"[at] as usize] = true;
        at += 1;
    }
    table
};
