//! Where the sidebar leads; what a caller may not see is left out.

use rollcall_domain::access::Permission::{self, *};

use crate::caller::Caller;

pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) title: &'static str,
    pub(crate) path: &'static str,
    pub(crate) icon: &'static str,
    /// Below the one before it.
    pub(crate) sub: bool,
    /// What a caller needs; without one it is the operator's.
    needs: Option<Permission>,
}

const ENGINE: &str = "/engine";

const fn item(
    title: &'static str,
    path: &'static str,
    icon: &'static str,
    needs: Permission,
) -> Item {
    Item { title, path, icon, sub: false, needs: Some(needs) }
}

const GROUPS: &[(&str, &[Item])] = &[
    (
        "People",
        &[
            item("People", "/people", "people", PeopleRead),
            item("Org chart", "/people/chart", "chart", PeopleRead),
        ],
    ),
    (
        "Organisation",
        &[
            item("Departments", "/departments", "dept", PeopleRead),
            item("Scenarios", "/scenarios", "branch", ScenariosRead),
        ],
    ),
    ("History", &[item("Audit", "/history", "history", HistoryRead)]),
    ("Configure", &[item("Webhooks", "/settings/webhooks", "hook", WebhooksRead)]),
    (
        "Settings",
        &[
            item("Integrations", "/settings/integrations", "plug", IntegrationsRead),
            Item {
                sub: true,
                ..item("Sync logs", "/settings/integrations/logs", "", IntegrationsRead)
            },
            Item {
                sub: true,
                ..item("HRIS Webhook", "/settings/integrations/hris-webhook", "", IntegrationsRead)
            },
            item("Members", "/settings/members", "shield", MembersRead),
            item("API tokens", "/settings/tokens", "key", TokensManage),
        ],
    ),
    ("Engine", &[item("Read models", ENGINE, "engine", ReadModelsRead)]),
];

pub(super) fn groups(caller: &Caller) -> Vec<Group> {
    // Who is in no tenant sees what belongs to none.
    let placed = |item: &&Item| caller.tenant.is_some() || item.path == ENGINE;
    let may = |item: &&Item| match item.needs {
        Some(permission) => caller.may(permission),
        None => caller.is_operator(),
    };
    let shown = GROUPS.iter().map(|(title, items)| Group {
        title,
        items: items.iter().filter(placed).filter(may).copied().collect(),
    });
    shown.filter(|group| !group.items.is_empty()).collect()
}
