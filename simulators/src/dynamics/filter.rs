//! `$filter`: read once, asked of every row.

use std::cmp::Ordering;

use super::cell::{Cell, Kind};
use super::words::{Reader, Token};

/// What a row has to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// Column, operator and value.
    Compare(String, Op, Cell<'static>),
    /// `contains(column,'text')` and its like, in lower case.
    Part(String, Part, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// Where in a text another has to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Contains,
    StartsWith,
    EndsWith,
}

/// What can be asked in a filter here.
pub(super) struct Language<'a> {
    /// What a column holds; none that is not there.
    pub(super) kind: &'a dyn Fn(&str) -> Option<Kind>,
    /// `contains`, `startswith` and `endswith`; else `eq '*text*'` does what they do.
    pub(super) functions: bool,
}

/// Why a filter cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("{0}")]
    Syntax(String),
    #[error("Could not find a property named '{0}'")]
    NoSuchColumn(String),
    #[error("An unknown function with name '{0}' was found.")]
    NoSuchFunction(String),
    #[error(
        "A binary operator with incompatible types was detected. Found operand types '{left}' and \
         '{right}' for operator kind '{op}'."
    )]
    Types { left: String, right: String, op: &'static str },
}

impl Language<'_> {
    pub(super) fn parse(&self, text: &str) -> Result<Filter, Unfit> {
        let mut reader = Reader::new(text)?;
        let filter = self.any(&mut reader)?;
        match reader.next() {
            None => Ok(filter),
            Some(token) => Err(unexpected(&token)),
        }
    }

    fn any(&self, reader: &mut Reader) -> Result<Filter, Unfit> {
        let mut left = self.all(reader)?;
        while reader.take_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.all(reader)?));
        }
        Ok(left)
    }

    fn all(&self, reader: &mut Reader) -> Result<Filter, Unfit> {
        let mut left = self.one(reader)?;
        while reader.take_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.one(reader)?));
        }
        Ok(left)
    }

    fn one(&self, reader: &mut Reader) -> Result<Filter, Unfit> {
        if reader.take_word("not") {
            return Ok(Filter::Not(Box::new(self.one(reader)?)));
        }
        match reader.next() {
            Some(Token::Open) => {
                let inner = self.any(reader)?;
                close(reader)?;
                Ok(inner)
            }
            Some(Token::Word(name)) if reader.peek() == Some(&Token::Open) => {
                self.function(&name, reader)
            }
            Some(Token::Word(name)) => self.comparison(&name, reader),
            Some(token) => Err(unexpected(&token)),
            None => Err(ended()),
        }
    }

    fn function(&self, name: &str, reader: &mut Reader) -> Result<Filter, Unfit> {
        let part = match name {
            "contains" if self.functions => Part::Contains,
            "startswith" if self.functions => Part::StartsWith,
            "endswith" if self.functions => Part::EndsWith,
            _ => return Err(Unfit::NoSuchFunction(name.to_owned())),
        };
        reader.next();
        let column = match reader.next() {
            Some(Token::Word(column)) => column,
            Some(token) => return Err(unexpected(&token)),
            None => return Err(ended()),
        };
        self.column(&column)?;
        let text = match (reader.next(), reader.next()) {
            (Some(Token::Comma), Some(Token::Text(text))) => text,
            _ => return Err(Unfit::Syntax("A text was expected.".to_owned())),
        };
        close(reader)?;
        Ok(Filter::Part(column, part, text.to_lowercase()))
    }

    fn comparison(&self, column: &str, reader: &mut Reader) -> Result<Filter, Unfit> {
        let kind = self.column(column)?;
        let word = match reader.next() {
            Some(Token::Word(word)) => word,
            Some(token) => return Err(unexpected(&token)),
            None => return Err(ended()),
        };
        let op = Op::named(&word)
            .ok_or_else(|| Unfit::Syntax(format!("The operator '{word}' is not supported.")))?;
        let value = reader.next().ok_or_else(ended)?;
        let value = literal(kind, op, value)?;
        let wild = |text: &str| {
            text.len() > 1 && !self.functions && (text.starts_with('*') || text.ends_with('*'))
        };
        if let (Op::Eq, Some(text)) = (op, value.as_text().filter(|text| wild(text))) {
            let part = match (text.starts_with('*'), text.ends_with('*')) {
                (true, true) => Part::Contains,
                (true, false) => Part::EndsWith,
                (false, _) => Part::StartsWith,
            };
            let text = text.trim_matches('*').to_lowercase();
            return Ok(Filter::Part(column.to_owned(), part, text));
        }
        Ok(Filter::Compare(column.to_owned(), op, value))
    }

    fn column(&self, name: &str) -> Result<Kind, Unfit> {
        (self.kind)(name).ok_or_else(|| Unfit::NoSuchColumn(name.to_owned()))
    }
}

impl Filter {
    /// Whether a row is so.
    pub(super) fn holds<'a>(&self, cell: &dyn Fn(&str) -> Cell<'a>) -> bool {
        match self {
            Filter::And(one, other) => one.holds(cell) && other.holds(cell),
            Filter::Or(one, other) => one.holds(cell) || other.holds(cell),
            Filter::Not(inner) => !inner.holds(cell),
            Filter::Compare(column, op, value) => {
                let cell = cell(column);
                let order = cell.order(value);
                let nothing = cell == Cell::Null || *value == Cell::Null;
                match op {
                    Op::Eq => order == Ordering::Equal,
                    Op::Ne => order != Ordering::Equal,
                    Op::Gt => !nothing && order == Ordering::Greater,
                    Op::Ge => !nothing && order != Ordering::Less,
                    Op::Lt => !nothing && order == Ordering::Less,
                    Op::Le => !nothing && order != Ordering::Greater,
                }
            }
            Filter::Part(column, part, text) => {
                let cell = cell(column);
                let whole = cell.as_text().unwrap_or_default().to_lowercase();
                match part {
                    Part::Contains => whole.contains(text),
                    Part::StartsWith => whole.starts_with(text),
                    Part::EndsWith => whole.ends_with(text),
                }
            }
        }
    }
}

impl Op {
    fn named(word: &str) -> Option<Op> {
        let all = [Op::Eq, Op::Ne, Op::Gt, Op::Ge, Op::Lt, Op::Le];
        all.into_iter().find(|op| op.described().0 == word)
    }

    /// How it is asked, and how errors call it.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            Op::Eq => ("eq", "Equal"),
            Op::Ne => ("ne", "NotEqual"),
            Op::Gt => ("gt", "GreaterThan"),
            Op::Ge => ("ge", "GreaterThanOrEqual"),
            Op::Lt => ("lt", "LessThan"),
            Op::Le => ("le", "LessThanOrEqual"),
        }
    }
}

/// A value that can be compared with a column of that kind.
fn literal(kind: Kind, op: Op, token: Token) -> Result<Cell<'static>, Unfit> {
    let right = token.edm();
    let unfit = || Unfit::Types { left: kind.edm(), right, op: op.described().1 };
    match (kind, token) {
        (_, Token::Word(word)) if word == "null" => Ok(Cell::Null),
        (Kind::Text, Token::Text(text)) => Ok(Cell::owned(text)),
        (Kind::Guid, Token::Guid(text)) => Ok(Cell::owned(text)),
        (Kind::Moment, Token::Moment(at)) => Ok(Cell::Moment(at)),
        (Kind::Number, Token::Number(number)) => Ok(Cell::Decimal(number)),
        (Kind::Enum(name), Token::Member(other, member))
            if other == format!("Microsoft.Dynamics.DataEntities.{name}") =>
        {
            match op {
                Op::Eq | Op::Ne => Ok(Cell::owned(member)),
                Op::Gt | Op::Ge | Op::Lt | Op::Le => Err(unfit()),
            }
        }
        _ => Err(unfit()),
    }
}

fn close(reader: &mut Reader) -> Result<(), Unfit> {
    match reader.next() {
        Some(Token::Close) => Ok(()),
        Some(token) => Err(unexpected(&token)),
        None => Err(ended()),
    }
}

fn unexpected(token: &Token) -> Unfit {
    Unfit::Syntax(format!("Syntax error: {token} was not expected."))
}

fn ended() -> Unfit {
    Unfit::Syntax("Syntax error: the expression is not complete.".to_owned())
}
