//! The words of a filter.

use std::collections::VecDeque;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::books::midnight;
use super::filter::Unfit;

/// One word of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    /// A column, an operator, a function, `null`, `true`, `false`.
    Word(String),
    Text(String),
    /// Enumeration and member.
    Member(String, String),
    Guid(String),
    Moment(DateTime<Utc>),
    Number(f64),
}

/// Reads one after the other.
pub(super) struct Reader(VecDeque<Token>);

impl Reader {
    pub(super) fn new(text: &str) -> Result<Reader, Unfit> {
        let mut tokens = VecDeque::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let token = match first {
                '(' => Some(Token::Open),
                ')' => Some(Token::Close),
                ',' => Some(Token::Comma),
                _ => None,
            };
            let (token, behind) = match (token, first) {
                (Some(token), _) => (token, &rest[1..]),
                (None, '\'') => quoted(rest).map(|(text, behind)| (Token::Text(text), behind))?,
                (None, _) => word(rest)?,
            };
            tokens.push_back(token);
            rest = behind.trim_start();
        }
        Ok(Reader(tokens))
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.0.front()
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.0.pop_front()
    }

    /// Takes that word if it is the next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let next = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        if next {
            self.next();
        }
        next
    }
}

impl Token {
    /// As errors name its type.
    pub(super) fn edm(&self) -> String {
        let name = match self {
            Token::Open | Token::Close | Token::Comma => "nothing",
            Token::Word(word) if word == "null" => "<null>",
            Token::Word(_) => "Edm.Boolean",
            Token::Text(_) => "Edm.String",
            Token::Member(name, _) => name,
            Token::Guid(_) => "Edm.Guid",
            Token::Moment(_) => "Edm.DateTimeOffset",
            Token::Number(_) => "Edm.Int32",
        };
        name.to_owned()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Open => write!(out, "'('"),
            Token::Close => write!(out, "')'"),
            Token::Comma => write!(out, "','"),
            Token::Word(word) => write!(out, "'{word}'"),
            Token::Text(_) => write!(out, "a text"),
            Token::Member(..) => write!(out, "a member of an enumeration"),
            Token::Guid(_) => write!(out, "a GUID"),
            Token::Moment(_) => write!(out, "a date"),
            Token::Number(_) => write!(out, "a number"),
        }
    }
}

/// A text in quotes, with `''` for a quote, and what is behind it.
fn quoted(text: &str) -> Result<(String, &str), Unfit> {
    let mut inner = String::new();
    let mut rest = &text[1..];
    while let Some((before, behind)) = rest.split_once('\'') {
        inner.push_str(before);
        match behind.strip_prefix('\'') {
            Some(more) => {
                inner.push('\'');
                rest = more;
            }
            None => return Ok((inner, behind)),
        }
    }
    Err(Unfit::Syntax("There is an unterminated string literal.".to_owned()))
}

fn word(text: &str) -> Result<(Token, &str), Unfit> {
    let ends = |letter: char| letter.is_whitespace() || "(),'".contains(letter);
    let (word, behind) = text.split_at(text.find(ends).unwrap_or(text.len()));
    if behind.starts_with('\'') {
        let (member, behind) = quoted(behind)?;
        return Ok((Token::Member(word.to_owned(), member), behind));
    }
    Ok((plain(word), behind))
}

fn plain(word: &str) -> Token {
    if let Ok(at) = DateTime::parse_from_rfc3339(word) {
        return Token::Moment(at.to_utc());
    }
    if let Ok(day) = word.parse::<NaiveDate>() {
        return Token::Moment(midnight(day));
    }
    if is_guid(word) {
        return Token::Guid(word.to_owned());
    }
    match word.parse() {
        Ok(number) => Token::Number(number),
        Err(_) => Token::Word(word.to_owned()),
    }
}

/// `01234567-89ab-cdef-0123-456789abcdef`.
pub(super) fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let digits = |letter: char| letter == '-' || letter.is_ascii_hexdigit();
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(digits)
}
