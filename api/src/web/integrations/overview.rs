//! `/settings/integrations`: what can be connected, and what is.

use askama::Template;
use axum::response::Response;
use rollcall_domain::access::Permission;

use super::{HOME, Visit, account, label, push};
use crate::edge::Problem;
use crate::resources::integrations::View;
use crate::web::shell::Shell;
use crate::web::{filters, page};

#[derive(Template)]
#[template(path = "integrations/overview.html")]
struct Overview {
    shell: Shell,
    current: Option<View>,
    /// Those that HR systems post to, newest first.
    endpoints: Vec<View>,
    /// Those that were disconnected, newest first.
    former: Vec<View>,
}

impl Overview {
    fn label<'a>(&self, connection: &'a View) -> &'a str {
        label(&connection.provider)
    }
    fn account(&self, connection: &View) -> String {
        account(connection)
    }
    fn home(&self) -> &'static str {
        HOME
    }
    fn place(&self, endpoint: &View) -> String {
        push::place(&endpoint.id)
    }
    /// What picks the hue, and the word.
    fn state(&self, endpoint: &View) -> (&'static str, &'static str) {
        push::state_of(&endpoint.status)
    }
    /// Whether people come from somewhere.
    fn is_fed(&self) -> bool {
        let is_live = |one: &View| ["active", "error", "paused"].contains(&&*one.status);
        self.current.is_some() || self.endpoints.iter().any(is_live)
    }
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let all = visit.connections().await?;
    let (mut former, open): (Vec<View>, Vec<View>) =
        all.into_iter().partition(|one| one.status == "disconnected");
    former.reverse();
    let (mut endpoints, mut read): (Vec<View>, Vec<View>) =
        open.into_iter().partition(|one| one.settings.is_pushed());
    endpoints.reverse();
    page(&Overview { shell: visit.shell, current: read.pop(), endpoints, former })
}
