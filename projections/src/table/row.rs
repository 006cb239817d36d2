//! Rows: a type, its columns and how it is stored, from one list.

use super::cell::{Kind, Mismatch, Value};
use crate::db::Cells;

/// What the runtime has to know of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Plain,
    /// Part of the primary key, after the tenant.
    Key,
    /// The person the row is about: erasing them blanks its personal columns.
    Subject,
    /// Both.
    KeySubject,
    /// Emptied when the subject is erased.
    Personal,
    /// Becomes true when the subject is erased.
    Erased,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub nullable: bool,
    pub role: Role,
}

impl Column {
    pub fn is_key(&self) -> bool {
        matches!(self.role, Role::Key | Role::KeySubject)
    }
    pub fn is_subject(&self) -> bool {
        matches!(self.role, Role::Subject | Role::KeySubject)
    }
    pub fn is_personal(&self) -> bool {
        matches!(self.role, Role::Personal)
    }
}

/// One row of a projection. Written with [`row!`], never by hand.
pub trait Row: Clone + PartialEq + Send + Sync + 'static {
    /// Key columns first. The tenant, always first in the primary key, is the runtime's.
    const COLUMNS: &'static [Column];

    fn values(&self) -> Vec<Value>;
    fn read(cells: &mut Cells) -> Result<Self, Mismatch>;
    /// Roughly how many bytes it occupies.
    fn weight(&self) -> usize;
    /// Empties what is personal.
    fn blank(&mut self);
    fn subject(&self) -> Option<&str>;
}

/// Declares a row: the struct and, from the same list, its columns and how they are stored. A
/// macro, because three lists by hand would one day disagree.
///
/// Roles stand before a field: `[key]`, `[subject]`, `[key_subject]`, `[personal]`, `[erased]`. Key
/// columns come first.
macro_rules! row {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$about:meta])* $([$role:ident])? $field:ident: $type:ty,)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        pub struct $name {
            $($(#[$about])* pub $field: $type,)+
        }

        impl $crate::table::Row for $name {
            const COLUMNS: &'static [$crate::table::Column] = &[$($crate::table::Column {
                name: stringify!($field),
                kind: <$type as $crate::table::Cell>::KIND,
                nullable: <$type as $crate::table::Cell>::NULLABLE,
                role: $crate::table::row!(@role $($role)?),
            },)+];

            fn values(&self) -> Vec<$crate::table::Value> {
                vec![$($crate::table::Cell::to_value(&self.$field),)+]
            }
            fn read(cells: &mut $crate::db::Cells) -> Result<Self, $crate::table::Mismatch> {
                Ok($name { $($field: cells.get()?,)+ })
            }
            fn weight(&self) -> usize {
                size_of::<Self>() $(+ $crate::table::Cell::weight(&self.$field))+
            }
            fn blank(&mut self) {
                $($crate::table::row!(@blank self.$field $(, $role)?);)+
            }
            fn subject(&self) -> Option<&str> {
                None$(.or($crate::table::row!(@subject self.$field $(, $role)?)))+
            }
        }
    };
    (@role) => { $crate::table::Role::Plain };
    (@role key) => { $crate::table::Role::Key };
    (@role subject) => { $crate::table::Role::Subject };
    (@role key_subject) => { $crate::table::Role::KeySubject };
    (@role personal) => { $crate::table::Role::Personal };
    (@role erased) => { $crate::table::Role::Erased };
    (@blank $field:expr, personal) => { $field = Default::default() };
    (@blank $field:expr, erased) => { $field = true };
    (@blank $field:expr $(, $role:ident)?) => {};
    (@subject $field:expr, subject) => { $crate::table::Cell::text(&$field) };
    (@subject $field:expr, key_subject) => { $crate::table::Cell::text(&$field) };
    (@subject $field:expr $(, $role:ident)?) => { None };
}

pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;

    row! {
        /// A person.
        #[expect(unreachable_pub, reason = "rows are public")]
        pub struct Person {
            [key] place: String,
            [key_subject] who: String,
            [personal] name: Option<String>,
            [personal] search: String,
            [erased] erased: bool,
            age: i64,
        }
    }

    #[test]
    fn a_row_knows_its_columns_its_subject_and_what_to_blank() {
        let mut person = Person {
            place: "here".into(),
            who: "s1".into(),
            name: Some("Ada".into()),
            search: "ada".into(),
            erased: false,
            age: 36,
        };
        assert_eq!(person.subject(), Some("s1"));
        assert_eq!(Person::COLUMNS.iter().filter(|column| column.is_key()).count(), 2);

        person.blank();

        assert_eq!((person.name, &*person.search, person.erased), (None, "", true));
        assert_eq!(person.age, 36);
    }
}
