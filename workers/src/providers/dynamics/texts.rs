//! Texts that are there many times, each kept once and stood for by a number.

use std::collections::HashMap;

/// Stands for a key or another text that is there many times; 0 for none.
pub(super) type Id = u32;

/// Texts by number and numbers by text.
#[derive(Debug, Default)]
pub(super) struct Texts {
    ids: HashMap<Box<str>, Id>,
    texts: Vec<Box<str>>,
}

impl Texts {
    pub(super) fn id(&mut self, text: Option<&str>) -> Id {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return 0 };
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        self.texts.push(text.into());
        let id = Id::try_from(self.texts.len()).expect("fewer texts than people on earth");
        self.ids.insert(text.into(), id);
        id
    }

    /// Without making room for it.
    pub(super) fn known(&self, text: &str) -> Id {
        self.ids.get(text).copied().unwrap_or_default()
    }

    pub(super) fn text(&self, id: Id) -> Option<&str> {
        let at = usize::try_from(id).ok()?.checked_sub(1)?;
        self.texts.get(at).map(|text| &**text)
    }
}
