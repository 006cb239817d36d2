//! `/settings/integrations`: what can be connected, and what is.

use askama::Template;
use axum::response::Response;
use rollcall_domain::access::Permission;

use super::{HOME, Visit, account, label};
use crate::edge::Problem;
use crate::resources::integrations::View;
use crate::web::shell::Shell;
use crate::web::{filters, page};

#[derive(Template)]
#[template(path = "integrations/overview.html")]
struct Overview {
    shell: Shell,
    current: Option<View>,
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
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let all = visit.connections().await?;
    let (mut former, mut open): (Vec<View>, Vec<View>) =
        all.into_iter().partition(|one| one.status == "disconnected");
    former.reverse();
    page(&Overview { shell: visit.shell, current: open.pop(), former })
}
