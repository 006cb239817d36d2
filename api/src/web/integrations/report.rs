//! What can be read with a provider's credentials, permission by permission.

use serde::Deserialize;

use super::report_words::{bamboohr, dynamics};

/// As the operation tells it.
#[derive(Deserialize)]
pub(super) struct Report {
    pub(super) visible: u64,
    pub(super) total: Option<u64>,
    pub(super) checks: Vec<Check>,
}

#[derive(Deserialize)]
pub(super) struct Check {
    /// `permission`, `field`, `entity`.
    kind: String,
    name: String,
    pub(super) readable: bool,
    pub(super) remedy: String,
}

impl Report {
    pub(super) fn gaps(&self) -> usize {
        self.checks.iter().filter(|check| !check.readable).count()
    }
    pub(super) fn title(&self) -> String {
        match self.gaps() {
            0 => "Everything that is needed can be read".to_owned(),
            1 => "It works, with one gap".to_owned(),
            gaps => format!("It works, with {gaps} gaps"),
        }
    }
    /// What is missing comes first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Check> {
        let missing = self.checks.iter().filter(|check| !check.readable);
        missing.chain(self.checks.iter().filter(|check| check.readable))
    }
}

impl Check {
    pub(super) fn label(&self) -> &str {
        self.words().map_or(&self.name, |(label, _)| label)
    }
    pub(super) fn needed_for(&self) -> &'static str {
        self.words().map_or("", |(_, use_)| use_)
    }
    /// The provider's own word, where ours is another.
    pub(super) fn code(&self) -> &str {
        &self.name
    }

    fn words(&self) -> Option<(&'static str, &'static str)> {
        bamboohr(&self.kind, &self.name).or_else(|| dynamics(&self.name))
    }
}
