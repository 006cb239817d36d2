//! Why a command was refused, whatever it was about.

use std::convert::Infallible;

use crate::{
    actor, connection, lane, members, notification, receipt, run, scenario, slot, tenant, unit,
    user, webhook_endpoint,
};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Actor(#[from] actor::Refusal),
    #[error(transparent)]
    Connection(#[from] connection::Refusal),
    #[error(transparent)]
    Lane(#[from] lane::Refusal),
    #[error(transparent)]
    Members(#[from] members::Refusal),
    #[error(transparent)]
    Notification(#[from] notification::Refusal),
    #[error(transparent)]
    Receipt(#[from] receipt::Refusal),
    #[error(transparent)]
    Run(#[from] run::Refusal),
    #[error(transparent)]
    Scenario(#[from] scenario::Refusal),
    #[error(transparent)]
    Slot(#[from] slot::Refusal),
    #[error(transparent)]
    Tenant(#[from] tenant::Refusal),
    #[error(transparent)]
    Unit(#[from] unit::Refusal),
    #[error(transparent)]
    User(#[from] user::Refusal),
    #[error(transparent)]
    WebhookEndpoint(#[from] webhook_endpoint::Refusal),
}

impl From<Infallible> for Refusal {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
