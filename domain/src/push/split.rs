//! Finds the users of a stored body that comes in pieces, whichever form it has: an object with a
//! list of users, or a user on each line. The body was checked before it was stored, so that
//! brackets and quotes are all there is to look at.

use super::Malformed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the list, or in the first of the lines: which it is shows at its end.
    Head,
    /// Between two users.
    Between,
    User,
    /// Behind the list.
    Tail,
}

#[derive(Debug)]
pub(super) struct Splitter {
    place: Place,
    /// Whether users stand on lines, and not in a list.
    lines: bool,
    /// Open brackets: of all in the head, later of the user.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The head, later the beginning of a user whose end has not come yet.
    kept: Vec<u8>,
    /// Where the latest text at the first level of the head stands; before `[`, that is the key.
    latest: (usize, usize),
}

/// Takes a user as it was written.
type Each<'e> = &'e mut dyn FnMut(&[u8]) -> Result<(), Malformed>;

impl Splitter {
    pub(super) fn new() -> Self {
        Splitter {
            place: Place::Head,
            lines: false,
            depth: 0,
            in_string: false,
            escaped: false,
            kept: Vec::new(),
            latest: (0, 0),
        }
    }

    /// Takes the next piece and hands over every user that is complete with it.
    pub(super) fn push(&mut self, mut piece: &[u8], each: Each<'_>) -> Result<(), Malformed> {
        while !piece.is_empty() {
            let used = match self.place {
                Place::Head => self.head(piece, each)?,
                Place::Between => self.between(piece)?,
                Place::User => self.user(piece, each)?,
                Place::Tail => piece.len(),
            };
            piece = &piece[used..];
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), Malformed> {
        match self.place {
            Place::Tail => Ok(()),
            Place::Between if self.lines => Ok(()),
            Place::Head | Place::Between | Place::User => Err(Malformed),
        }
    }

    fn head(&mut self, piece: &[u8], each: Each<'_>) -> Result<usize, Malformed> {
        for (at, byte) in piece.iter().copied().enumerate() {
            // Blanks, or a mark that tells the order of bytes.
            if self.depth == 0 && byte != b'{' {
                continue;
            }
            self.kept.push(byte);
            if self.in_string {
                self.in_string_of_head(byte);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    if self.depth == 1 {
                        self.latest.0 = self.kept.len() - 1;
                    }
                }
                b'[' if self.depth == 1 && self.is_users() => {
                    self.kept.clear();
                    (self.place, self.depth) = (Place::Between, 0);
                    return Ok(at + 1);
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        (self.place, self.lines) = (Place::Between, true);
                        each(&self.kept)?;
                        self.kept.clear();
                        return Ok(at + 1);
                    }
                }
                _ => {}
            }
        }
        Ok(piece.len())
    }

    fn in_string_of_head(&mut self, byte: u8) {
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            if self.depth == 1 {
                self.latest.1 = self.kept.len();
            }
        }
    }

    /// Whether the latest text is the key of the list.
    fn is_users(&self) -> bool {
        let text = self.kept.get(self.latest.0..self.latest.1).unwrap_or_default();
        text == b"\"users\""
            || serde_json::from_slice::<String>(text).is_ok_and(|key| key == "users")
    }

    fn between(&mut self, piece: &[u8]) -> Result<usize, Malformed> {
        let is_between = |byte: &u8| byte.is_ascii_whitespace() || (!self.lines && *byte == b',');
        let Some(at) = piece.iter().position(|byte| !is_between(byte)) else {
            return Ok(piece.len());
        };
        match piece[at] {
            b'{' => {
                self.place = Place::User;
                Ok(at)
            }
            b']' if !self.lines => {
                self.place = Place::Tail;
                Ok(at + 1)
            }
            _ => Err(Malformed),
        }
    }

    fn user(&mut self, piece: &[u8], each: Each<'_>) -> Result<usize, Malformed> {
        let Some(end) = self.end_of_user(piece) else {
            self.kept.extend_from_slice(piece);
            return Ok(piece.len());
        };
        self.place = Place::Between;
        if self.kept.is_empty() {
            each(&piece[..end])?;
        } else {
            self.kept.extend_from_slice(&piece[..end]);
            each(&self.kept)?;
            self.kept.clear();
        }
        Ok(end)
    }

    /// Where the user we are in ends, if it does; remembers the state if not.
    fn end_of_user(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = usize::from(self.escaped);
        self.escaped = false;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let skipped = if self.in_string {
                rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))
            } else {
                rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'))
            }?;
            at += skipped + 1;
            match rest[skipped] {
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
