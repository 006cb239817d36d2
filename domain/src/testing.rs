//! given / when / then for any decider.

use std::fmt::Debug;

use crate::decider::Decider;

/// The state after these events.
pub(crate) fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    Given { state: events.into_iter().fold(D::default(), |state, event| state.evolve(&event)) }
}

pub(crate) struct Given<D> {
    pub(crate) state: D,
}

impl<D: Decider> Given<D> {
    pub(crate) fn when(self, command: D::Command) -> Decided<D> {
        Decided { outcome: self.state.decide(command) }
    }
}

pub(crate) struct Decided<D: Decider> {
    outcome: Result<Vec<D::Event>, D::Refusal>,
}

impl<D: Decider> Decided<D>
where
    D::Event: Debug + PartialEq,
    D::Refusal: Debug + PartialEq,
{
    #[track_caller]
    pub(crate) fn then(self, events: impl IntoIterator<Item = D::Event>) {
        assert_eq!(self.outcome, Ok(events.into_iter().collect()));
    }
    #[track_caller]
    pub(crate) fn then_nothing(self) {
        self.then([]);
    }
    #[track_caller]
    pub(crate) fn then_refused(self, refusal: D::Refusal) {
        assert_eq!(self.outcome, Err(refusal));
    }
}
