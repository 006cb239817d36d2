//! Who may do what: the permissions, and the roles and scopes that bundle them. The only place that
//! says so; `docs/access.md` is written from it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One thing a caller may do in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    PeopleRead,
    PeopleWrite,
    ScenariosRead,
    ScenariosWrite,
    IntegrationsRead,
    IntegrationsManage,
    DeliveriesRead,
    HistoryRead,
    MembersRead,
    MembersManage,
    TokensManage,
    ReadModelsRead,
    WebhooksRead,
    WebhooksManage,
}

use Permission::*;

impl Permission {
    pub const ALL: [Permission; 14] = [
        PeopleRead,
        PeopleWrite,
        ScenariosRead,
        ScenariosWrite,
        IntegrationsRead,
        IntegrationsManage,
        DeliveriesRead,
        HistoryRead,
        MembersRead,
        MembersManage,
        TokensManage,
        ReadModelsRead,
        WebhooksRead,
        WebhooksManage,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            PeopleRead => "people.read",
            PeopleWrite => "people.write",
            ScenariosRead => "scenarios.read",
            ScenariosWrite => "scenarios.write",
            IntegrationsRead => "integrations.read",
            IntegrationsManage => "integrations.manage",
            DeliveriesRead => "deliveries.read",
            HistoryRead => "history.read",
            MembersRead => "members.read",
            MembersManage => "members.manage",
            TokensManage => "tokens.manage",
            ReadModelsRead => "read_models.read",
            WebhooksRead => "webhooks.read",
            WebhooksManage => "webhooks.manage",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            PeopleRead => "See people, departments and the history of a person.",
            PeopleWrite => "Create and edit people and departments by hand.",
            ScenariosRead => "See scenarios and compare them.",
            ScenariosWrite => "Create, rename, copy and archive scenarios.",
            IntegrationsRead => "See connections, runs, held plans and parked work.",
            IntegrationsManage => "Connect, set, sync, approve, undo and disconnect.",
            DeliveriesRead => "See what HR systems delivered, with raw bodies.",
            HistoryRead => "See every event, and export them.",
            MembersRead => "See who belongs to the tenant, in which role.",
            MembersManage => "Invite people, change their roles and let them go.",
            TokensManage => "Make, list and revoke API tokens.",
            ReadModelsRead => "See how far the read models are behind.",
            WebhooksRead => "See outbound webhooks and what became of each message.",
            WebhooksManage => "Make, test, change and remove webhooks; see the signature key.",
        }
    }

    /// What somebody needs who may at least know that there is such a thing: without it, the answer
    /// is as if there were none.
    pub fn sight(self) -> Permission {
        match self {
            PeopleWrite => PeopleRead,
            ScenariosWrite => ScenariosRead,
            IntegrationsManage => IntegrationsRead,
            MembersManage => MembersRead,
            WebhooksManage => WebhooksRead,
            PeopleRead | ScenariosRead | IntegrationsRead | DeliveriesRead | HistoryRead
            | MembersRead | TokensManage | ReadModelsRead | WebhooksRead => self,
        }
    }
}

/// What somebody is in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Editor,
    Viewer,
    Auditor,
}

impl Role {
    pub const ALL: [Role; 5] =
        [Role::Owner, Role::Admin, Role::Editor, Role::Viewer, Role::Auditor];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Editor => "editor",
            Role::Viewer => "viewer",
            Role::Auditor => "auditor",
        }
    }
    pub fn parse(text: &str) -> Option<Role> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
    pub fn meaning(self) -> &'static str {
        match self {
            Role::Owner => "Everything; only owners make and change owners.",
            Role::Admin => "Everything.",
            Role::Editor => "Reads and changes people and scenarios.",
            Role::Viewer => "Reads people and scenarios.",
            Role::Auditor => "Reads everything, changes nothing.",
        }
    }
    pub fn permissions(self) -> BTreeSet<Permission> {
        match self {
            Role::Owner | Role::Admin => Permission::ALL.into(),
            Role::Editor => [PeopleRead, PeopleWrite, ScenariosRead, ScenariosWrite].into(),
            Role::Viewer => [PeopleRead, ScenariosRead].into(),
            Role::Auditor => [
                PeopleRead,
                ScenariosRead,
                IntegrationsRead,
                DeliveriesRead,
                HistoryRead,
                MembersRead,
                ReadModelsRead,
                WebhooksRead,
            ]
            .into(),
        }
    }
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read everything of its tenant.
    Read,
    /// And change people and scenarios.
    Edit,
    /// Everything in its tenant.
    Manage,
    /// Read the health of connections and their runs; every write is refused before anything else.
    Assistant,
    /// Everything, everywhere; only for a token without a tenant.
    Operator,
}

impl Scope {
    pub const ALL: [Scope; 5] =
        [Scope::Read, Scope::Edit, Scope::Manage, Scope::Assistant, Scope::Operator];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Edit => "edit",
            Scope::Manage => "manage",
            Scope::Assistant => "assistant",
            Scope::Operator => "operator",
        }
    }
    pub fn parse(text: &str) -> Option<Scope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
    pub fn meaning(self) -> &'static str {
        match self {
            Scope::Read => "Reads what an auditor reads.",
            Scope::Edit => "Reads that, and does what an editor does.",
            Scope::Manage => "Does what an admin does.",
            Scope::Assistant => "Reads connections and runs; never changes anything.",
            Scope::Operator => "Does everything in every tenant, and runs the installation.",
        }
    }
    pub fn permissions(self) -> BTreeSet<Permission> {
        match self {
            Scope::Read => Role::Auditor.permissions(),
            Scope::Edit => &Role::Auditor.permissions() | &Role::Editor.permissions(),
            Scope::Manage | Scope::Operator => Role::Admin.permissions(),
            Scope::Assistant => [IntegrationsRead].into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_do_something_may_see_it() {
        let bundles = Role::ALL.map(Role::permissions).into_iter();
        for bundle in bundles.chain(Scope::ALL.map(Scope::permissions)) {
            assert!(bundle.iter().all(|one| bundle.contains(&one.sight())));
        }
    }

    #[test]
    fn viewers_and_editors_know_nothing_of_integrations() {
        for role in [Role::Viewer, Role::Editor] {
            assert!(!role.permissions().contains(&IntegrationsRead));
        }
    }

    #[test]
    fn auditors_and_assistants_change_nothing() {
        let writes = [
            PeopleWrite,
            ScenariosWrite,
            IntegrationsManage,
            MembersManage,
            TokensManage,
            WebhooksManage,
        ];
        for bundle in [Role::Auditor.permissions(), Scope::Assistant.permissions()] {
            assert!(writes.iter().all(|write| !bundle.contains(write)));
        }
    }
}
