//! The filters of a dataset: `status eq 'Active' and department in ('Platform', 'Data')`.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::fields::{Column, Field};

/// A filter, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Compares(Column, Comparison, String),
    OneOf(Column, Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Word(String),
    Text(String),
}

/// What is left of a filter to read; `None` everywhere means that it is not understood.
struct Reader<'a> {
    tokens: Peekable<IntoIter<Token>>,
    field: &'a dyn Fn(&str) -> Option<&'static Field>,
}

impl Filter {
    /// An empty filter lets everybody through.
    pub(super) fn parse(
        text: &str,
        field: &dyn Fn(&str) -> Option<&'static Field>,
    ) -> Option<Filter> {
        let tokens = tokens(text)?;
        if tokens.is_empty() {
            return Some(Filter::All(vec![]));
        }
        let mut reader = Reader { tokens: tokens.into_iter().peekable(), field };
        let filter = reader.any()?;
        reader.tokens.next().is_none().then_some(filter)
    }

    /// Texts are compared as they read, so that days and names have their order.
    pub(super) fn fits(&self, text: &impl Fn(Column) -> String) -> bool {
        match self {
            Filter::All(parts) => parts.iter().all(|part| part.fits(text)),
            Filter::Any(parts) => parts.iter().any(|part| part.fits(text)),
            Filter::OneOf(column, values) => values.contains(&text(*column)),
            Filter::Compares(column, comparison, value) => {
                let order = text(*column).cmp(value);
                match comparison {
                    Comparison::Eq => order.is_eq(),
                    Comparison::Ne => order.is_ne(),
                    Comparison::Lt => order.is_lt(),
                    Comparison::Le => order.is_le(),
                    Comparison::Gt => order.is_gt(),
                    Comparison::Ge => order.is_ge(),
                }
            }
        }
    }
}

impl Reader<'_> {
    fn any(&mut self) -> Option<Filter> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Some(Filter::Any(parts))
    }

    /// `and` binds stronger than `or`.
    fn all(&mut self) -> Option<Filter> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Some(Filter::All(parts))
    }

    fn one(&mut self) -> Option<Filter> {
        let name = match self.tokens.next()? {
            Token::Open => {
                let inner = self.any()?;
                return (self.tokens.next()? == Token::Close).then_some(inner);
            }
            Token::Word(name) => name,
            Token::Close | Token::Comma | Token::Text(_) => return None,
        };
        let column = (self.field)(&name)?.column;
        let comparison = match self.word()?.as_str() {
            "in" => return Some(Filter::OneOf(column, self.values()?)),
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "lt" => Comparison::Lt,
            "le" => Comparison::Le,
            "gt" => Comparison::Gt,
            "ge" => Comparison::Ge,
            _ => return None,
        };
        Some(Filter::Compares(column, comparison, self.value()?))
    }

    fn values(&mut self) -> Option<Vec<String>> {
        (self.tokens.next()? == Token::Open).then_some(())?;
        let mut values = vec![self.value()?];
        loop {
            match self.tokens.next()? {
                Token::Comma => values.push(self.value()?),
                Token::Close => return Some(values),
                Token::Open | Token::Word(_) | Token::Text(_) => return None,
            }
        }
    }

    /// `null` is what an empty field reads as; numbers and flags need no quotes.
    fn value(&mut self) -> Option<String> {
        match self.tokens.next()? {
            Token::Text(text) => Some(text),
            Token::Word(word) if word == "null" => Some(String::new()),
            Token::Word(word) if word == "true" || word == "false" => Some(word),
            Token::Word(word) => word.parse::<f64>().is_ok().then_some(word),
            Token::Open | Token::Close | Token::Comma => None,
        }
    }

    fn word(&mut self) -> Option<String> {
        match self.tokens.next()? {
            Token::Word(word) => Some(word),
            Token::Open | Token::Close | Token::Comma | Token::Text(_) => None,
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        self.tokens.next_if(|next| *next == Token::Word(word.to_owned())).is_some()
    }
}

/// Within quotes two quotes are one.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let token = match letter {
            ' ' | '\t' | '\n' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' => {
                let mut text = String::new();
                loop {
                    match letters.next()? {
                        '\'' if letters.next_if_eq(&'\'').is_none() => break,
                        letter => text.push(letter),
                    }
                }
                Token::Text(text)
            }
            first => {
                let mut word = String::from(first);
                while let Some(letter) = letters.next_if(|next| !" \t\n(),'".contains(*next)) {
                    word.push(letter);
                }
                Token::Word(word)
            }
        };
        tokens.push(token);
    }
    Some(tokens)
}
