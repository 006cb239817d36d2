//! A customer organisation: its name in addresses, and what it pays for.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;

/// Id and slug of the reserved tenant that users belong to; no customer is it.
pub const SYSTEM: &str = "system";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tenant {
    #[default]
    Unknown,
    Known {
        slug: String,
        name: String,
        plan: Plan,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Create { slug: String, name: String, plan: Plan },
    ChangePlan { plan: Plan },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the slug must be 2 to 63 lower-case letters, digits and inner hyphens")]
    SlugInvalid,
    #[error("the slug `{SYSTEM}` is taken by Rollcall itself; choose another slug")]
    SlugReserved,
    #[error("the tenant needs a name")]
    NameEmpty,
    #[error("the tenant exists already")]
    AlreadyExists,
    #[error("a tenant with this slug exists already; choose another slug")]
    SlugTaken,
    #[error("there is no such tenant")]
    NotFound,
    #[error("the tenant's plan does not include live sync; {} does", plans_with_live_sync())]
    NotEntitled,
}

fn plans_with_live_sync() -> String {
    let plans = Plan::ALL.into_iter().filter(|plan| plan.includes_live_sync());
    plans.map(Plan::as_str).collect::<Vec<_>>().join(" or ")
}

impl Tenant {
    pub fn plan(&self) -> Option<Plan> {
        match self {
            Tenant::Unknown => None,
            Tenant::Known { plan, .. } => Some(*plan),
        }
    }
}

/// Whether it can stand in an address: a DNS label (RFC 1123), in lower case.
pub fn is_slug(text: &str) -> bool {
    (2..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl Decider for Tenant {
    const KIND: &'static str = "tenant";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Tenant::Unknown, Command::Create { slug, name, plan }) => {
                let name = name.trim().to_owned();
                if !is_slug(&slug) {
                    return Err(Refusal::SlugInvalid);
                }
                if slug == SYSTEM {
                    return Err(Refusal::SlugReserved);
                }
                if name.is_empty() {
                    return Err(Refusal::NameEmpty);
                }
                Ok(vec![Event::Created { slug, name, plan }])
            }
            (Tenant::Known { .. }, Command::Create { .. }) => Err(Refusal::AlreadyExists),
            (Tenant::Unknown, Command::ChangePlan { .. }) => Err(Refusal::NotFound),
            (Tenant::Known { plan: old, .. }, Command::ChangePlan { plan: new }) => {
                if *old == new {
                    return Ok(vec![]);
                }
                Ok(vec![Event::PlanChanged { old: *old, new }])
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created { slug, name, plan }) => {
                Tenant::Known { slug: slug.clone(), name: name.clone(), plan: *plan }
            }
            (Tenant::Known { slug, name, .. }, Event::PlanChanged { new, .. }) => {
                Tenant::Known { slug, name, plan: *new }
            }
            (Tenant::Unknown, Event::PlanChanged { .. }) => Tenant::Unknown,
        }
    }
}
