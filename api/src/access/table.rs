//! What each route asks of its caller: all routes there are. One that is not listed is not served.

mod webhooks;

use axum::http::Method;
use rollcall_domain::access::Permission::*;

use super::Access::{self, *};

/// Everything is written as `METHOD path`, with the names of parts that vary in braces.
pub(crate) type Row = (Method, &'static str, Access);

pub(crate) fn rows() -> impl Iterator<Item = Row> {
    [
        SERVICE,
        API_ACCOUNT,
        API_PEOPLE,
        API_INTEGRATIONS,
        API_RUNS,
        API_ENGINE,
        webhooks::API_WEBHOOKS,
        webhooks::API_HRIS_WEBHOOKS,
        PAGES,
        PAGES_ACCOUNT,
        PAGES_PEOPLE,
        PAGES_CHART,
        PAGES_SCENARIOS,
        PAGES_CONNECTION,
        PAGES_RUNS,
        PAGES_ENGINE,
        webhooks::PAGES_WEBHOOKS,
        webhooks::PAGES_HRIS_WEBHOOKS,
    ]
    .into_iter()
    .flatten()
    .cloned()
}

/// A page as the table has it.
pub struct Page {
    pub path: &'static str,
    /// To whoever did not sign in.
    pub is_open: bool,
    /// Only for whoever runs the installation.
    pub is_operators: bool,
}

/// All pages that can be looked at: for a walk through all of them.
pub fn pages() -> Vec<Page> {
    let pages = [
        PAGES,
        PAGES_ACCOUNT,
        PAGES_PEOPLE,
        PAGES_CHART,
        PAGES_SCENARIOS,
        PAGES_CONNECTION,
        PAGES_RUNS,
        PAGES_ENGINE,
        webhooks::PAGES_WEBHOOKS,
        webhooks::PAGES_HRIS_WEBHOOKS,
    ];
    let looked_at = |row: &&Row| row.0 == GET && !row.1.starts_with("/assets/");
    let page = |row: &Row| Page {
        path: row.1,
        is_open: row.2 == Open,
        is_operators: matches!(row.2, Operates(_)),
    };
    pages.into_iter().flatten().filter(looked_at).map(page).collect()
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

const SERVICE: &[Row] = &[
    (GET, "/healthz", Open),
    (GET, "/readyz", Open),
    (GET, "/openapi.json", Open),
    (GET, "/docs", Open),
    (POST, "/api/v1/integrations/bamboohr/webhook/{tenant}", Open),
    (POST, "/hriswebhook/sync/{endpoint}", Open),
    (POST, "/hriswebhook/sync/{endpoint}/", Open),
    (GET, "/api/v1/errors", Open),
    (GET, "/api/v1/me", Known),
    (GET, "/api/v1/me/mail", Known),
    (PUT, "/api/v1/me/mail", Known),
    (GET, "/api/v1/operations/{operation}", Needs(IntegrationsRead)),
    (POST, "/mcp", Asks(IntegrationsRead)),
];

const API_ACCOUNT: &[Row] = &[
    (POST, "/api/v1/session", Open),
    (DELETE, "/api/v1/session", Open),
    (POST, "/api/v1/session/tenant", Known),
    (GET, "/api/v1/sessions", Known),
    (DELETE, "/api/v1/sessions/{session}", Known),
    (PATCH, "/api/v1/me", Known),
    (POST, "/api/v1/me/password", Known),
    (GET, "/api/v1/tenant", Known),
    (GET, "/api/v1/notifications", Known),
    (POST, "/api/v1/notifications/read_all", Known),
    (GET, "/api/v1/notifications/stream", Known),
    (POST, "/api/v1/notifications/{notification}/read", Known),
    (POST, "/api/v1/notifications/{notification}/unread", Known),
    (GET, "/api/v1/members", Needs(MembersRead)),
    (POST, "/api/v1/members", Operates(Some(MembersRead))),
    (PATCH, "/api/v1/members/{user}", Needs(MembersManage)),
    (DELETE, "/api/v1/members/{user}", Needs(MembersManage)),
    (GET, "/api/v1/invitations", Needs(MembersRead)),
    (POST, "/api/v1/invitations", Needs(MembersManage)),
    (GET, "/api/v1/invitations/{invitation}", Open),
    (POST, "/api/v1/invitations/{invitation}", Open),
    (DELETE, "/api/v1/invitations/{invitation}", Needs(MembersManage)),
    (GET, "/api/v1/users", Operates(None)),
    (POST, "/api/v1/users", Operates(None)),
    (PATCH, "/api/v1/users/{user}", Operates(None)),
    (POST, "/api/v1/users/{user}/password", Operates(None)),
];

const API_PEOPLE: &[Row] = &[
    (GET, "/api/v1/scenarios", Needs(ScenariosRead)),
    (POST, "/api/v1/scenarios", Needs(ScenariosWrite)),
    (GET, "/api/v1/scenarios/{scenario}", Needs(ScenariosRead)),
    (PATCH, "/api/v1/scenarios/{scenario}", Needs(ScenariosWrite)),
    (POST, "/api/v1/scenarios/{scenario}/archive", Needs(ScenariosWrite)),
    (POST, "/api/v1/scenarios/{scenario}/snapshot", Needs(ScenariosWrite)),
    (GET, "/api/v1/scenarios/{scenario}/diff", Needs(ScenariosRead)),
    (GET, "/api/v1/scenarios/{scenario}/diff/counts", Needs(ScenariosRead)),
    (GET, "/api/v1/scenarios/{scenario}/actors", Needs(PeopleRead)),
    (POST, "/api/v1/scenarios/{scenario}/actors", Needs(PeopleWrite)),
    (GET, "/api/v1/scenarios/{scenario}/actors/{actor}", Needs(PeopleRead)),
    (PATCH, "/api/v1/scenarios/{scenario}/actors/{actor}", Needs(PeopleWrite)),
    (POST, "/api/v1/scenarios/{scenario}/actors/{actor}/unsync", Needs(PeopleWrite)),
    (POST, "/api/v1/scenarios/{scenario}/actors/{actor}/resync", Needs(PeopleWrite)),
    (POST, "/api/v1/scenarios/{scenario}/actors/{actor}/release", Needs(PeopleWrite)),
    (GET, "/api/v1/scenarios/{scenario}/actors/{actor}/history", Needs(PeopleRead)),
    (GET, "/api/v1/scenarios/{scenario}/departments", Needs(PeopleRead)),
    (POST, "/api/v1/scenarios/{scenario}/departments", Needs(PeopleWrite)),
    (GET, "/api/v1/scenarios/{scenario}/departments/{department}", Needs(PeopleRead)),
    (PATCH, "/api/v1/scenarios/{scenario}/departments/{department}", Needs(PeopleWrite)),
];

const API_INTEGRATIONS: &[Row] = &[
    (GET, "/api/v1/integrations", Needs(IntegrationsRead)),
    (POST, "/api/v1/integrations", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/test", Needs(IntegrationsManage)),
    (GET, "/api/v1/integrations/{integration}", Needs(IntegrationsRead)),
    (PATCH, "/api/v1/integrations/{integration}", Needs(IntegrationsManage)),
    (PUT, "/api/v1/integrations/{integration}/credentials", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/disconnect", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/identities", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/pause", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/resume", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/test", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/sync", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/reconcile", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/preview", Needs(IntegrationsManage)),
    (GET, "/api/v1/integrations/{integration}/plans/{hash}", Needs(IntegrationsRead)),
    (POST, "/api/v1/integrations/{integration}/plans/{hash}/apply", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/webhook_secrets", Needs(IntegrationsManage)),
    (DELETE, "/api/v1/integrations/{integration}/webhook_secrets", Needs(IntegrationsManage)),
    (GET, "/api/v1/integrations/{integration}/monitor_fields", Needs(IntegrationsManage)),
    (GET, "/api/v1/integrations/{integration}/post_fields", Needs(IntegrationsManage)),
    (GET, "/api/v1/integrations/{integration}/provider_webhooks", Needs(IntegrationsManage)),
    (POST, "/api/v1/integrations/{integration}/provider_webhooks", Needs(IntegrationsManage)),
    (
        POST,
        "/api/v1/integrations/{integration}/provider_webhooks/backfill",
        Needs(IntegrationsManage),
    ),
    (
        GET,
        "/api/v1/integrations/{integration}/provider_webhooks/{webhook}",
        Needs(IntegrationsManage),
    ),
    (
        PUT,
        "/api/v1/integrations/{integration}/provider_webhooks/{webhook}",
        Needs(IntegrationsManage),
    ),
    (
        DELETE,
        "/api/v1/integrations/{integration}/provider_webhooks/{webhook}",
        Needs(IntegrationsManage),
    ),
    (
        GET,
        "/api/v1/integrations/{integration}/provider_webhooks/{webhook}/log",
        Needs(IntegrationsManage),
    ),
];

const API_RUNS: &[Row] = &[
    (GET, "/api/v1/integration_sync_logs", Needs(IntegrationsRead)),
    (GET, "/api/v1/integration_sync_logs/{run}", Needs(IntegrationsRead)),
    (GET, "/api/v1/integration_sync_logs/{run}/identities", Needs(IntegrationsRead)),
    (GET, "/api/v1/integration_sync_logs/{run}/plan", Needs(IntegrationsRead)),
    (GET, "/api/v1/integration_sync_logs/{run}/progress", Needs(IntegrationsRead)),
    (POST, "/api/v1/integration_sync_logs/{run}/approve", Needs(IntegrationsManage)),
    (POST, "/api/v1/integration_sync_logs/{run}/reject", Needs(IntegrationsManage)),
    (POST, "/api/v1/integration_sync_logs/{run}/cancel", Needs(IntegrationsManage)),
    (POST, "/api/v1/integration_sync_logs/{run}/rerun", Needs(IntegrationsManage)),
    (POST, "/api/v1/integration_sync_logs/{run}/undo", Needs(IntegrationsManage)),
    (GET, "/api/v1/receipts", Needs(DeliveriesRead)),
    (GET, "/api/v1/receipts/refused", Needs(DeliveriesRead)),
    (GET, "/api/v1/receipts/{receipt}", Needs(DeliveriesRead)),
    (GET, "/api/v1/receipts/{receipt}/consequences", Needs(DeliveriesRead)),
    (GET, "/api/v1/receipts/{receipt}/raw", Needs(DeliveriesRead)),
];

const API_ENGINE: &[Row] = &[
    (GET, "/api/v1/audit_events", Needs(HistoryRead)),
    (GET, "/api/v1/audit_events/{position}", Needs(HistoryRead)),
    (GET, "/api/v1/events", Needs(HistoryRead)),
    (GET, "/api/v1/parked", Needs(IntegrationsManage)),
    (GET, "/api/v1/parked/{id}", Needs(IntegrationsManage)),
    (POST, "/api/v1/parked/{id}/retry", Needs(IntegrationsManage)),
    (POST, "/api/v1/parked/{id}/skip", Needs(IntegrationsManage)),
    (GET, "/api/v1/projections", Needs(ReadModelsRead)),
    (GET, "/api/v1/projections/{name}", Needs(ReadModelsRead)),
    (POST, "/api/v1/projections/{name}/rebuild", Operates(Some(ReadModelsRead))),
    (POST, "/api/v1/projections/{name}/compare", Operates(Some(ReadModelsRead))),
    (POST, "/api/v1/projections/{name}/switch", Operates(Some(ReadModelsRead))),
    (GET, "/api/v1/tenants", Operates(None)),
    (POST, "/api/v1/tenants", Operates(None)),
    (PATCH, "/api/v1/tenants/{tenant}", Operates(None)),
    (GET, "/api/v1/tokens", Needs(TokensManage)),
    (POST, "/api/v1/tokens", Needs(TokensManage)),
    (DELETE, "/api/v1/tokens/{token}", Needs(TokensManage)),
];

const PAGES: &[Row] = &[(GET, "/", Known), (POST, "/theme", Open), (GET, "/assets/{file}", Open)];

const PAGES_ACCOUNT: &[Row] = &[
    (GET, "/sign-in", Open),
    (POST, "/sign-in", Open),
    (POST, "/sign-out", Open),
    (POST, "/tenant", Known),
    (GET, "/account", Known),
    (POST, "/account/name", Known),
    (POST, "/account/password", Known),
    (POST, "/account/mail", Known),
    (POST, "/account/sessions/{session}/end", Known),
    (GET, "/notifications", Known),
    (POST, "/notifications/read_all", Known),
    (POST, "/notifications/{notification}/read", Known),
    (POST, "/notifications/{notification}/unread", Known),
    (GET, "/invitations/{invitation}", Open),
    (POST, "/invitations/{invitation}", Open),
    (GET, "/settings/members", Needs(MembersRead)),
    (POST, "/settings/members/invite", Needs(MembersManage)),
    (POST, "/settings/members/{user}/role", Needs(MembersManage)),
    (POST, "/settings/members/{user}/remove", Needs(MembersManage)),
    (POST, "/settings/members/invitations/{invitation}/revoke", Needs(MembersManage)),
];

const PAGES_PEOPLE: &[Row] = &[
    (GET, "/people", Needs(PeopleRead)),
    (GET, "/people/new", Needs(PeopleWrite)),
    (POST, "/people/new", Needs(PeopleWrite)),
    (GET, "/people/{actor}", Needs(PeopleRead)),
    (GET, "/people/{actor}/edit", Needs(PeopleWrite)),
    (POST, "/people/{actor}/edit", Needs(PeopleWrite)),
    (POST, "/people/{actor}/unsync", Needs(PeopleWrite)),
    (POST, "/people/{actor}/resync", Needs(PeopleWrite)),
    (POST, "/people/{actor}/release", Needs(PeopleWrite)),
];

const PAGES_CHART: &[Row] = &[
    (GET, "/people/chart", Needs(PeopleRead)),
    (GET, "/people/chart.svg", Needs(PeopleRead)),
    (GET, "/people/chart.csv", Needs(PeopleRead)),
    (GET, "/departments", Needs(PeopleRead)),
    (GET, "/departments/new", Needs(PeopleWrite)),
    (POST, "/departments/new", Needs(PeopleWrite)),
    (GET, "/departments/{department}", Needs(PeopleRead)),
    (POST, "/departments/{department}", Needs(PeopleWrite)),
];

const PAGES_SCENARIOS: &[Row] = &[
    (GET, "/scenarios", Needs(ScenariosRead)),
    (GET, "/scenarios/new", Needs(ScenariosWrite)),
    (POST, "/scenarios/new", Needs(ScenariosWrite)),
    (GET, "/scenarios/compare", Needs(ScenariosRead)),
    (GET, "/scenarios/{scenario}/diff", Needs(ScenariosRead)),
    (GET, "/scenarios/{scenario}/rename", Needs(ScenariosWrite)),
    (POST, "/scenarios/{scenario}/rename", Needs(ScenariosWrite)),
    (GET, "/scenarios/{scenario}/archive", Needs(ScenariosWrite)),
    (POST, "/scenarios/{scenario}/archive", Needs(ScenariosWrite)),
    (GET, "/scenarios/{scenario}/snapshot", Needs(ScenariosWrite)),
    (POST, "/scenarios/{scenario}/snapshot", Needs(ScenariosWrite)),
];

const PAGES_CONNECTION: &[Row] = &[
    (GET, "/settings/integrations", Needs(IntegrationsRead)),
    (GET, "/settings/integrations/hris", Needs(IntegrationsRead)),
    (POST, "/settings/integrations/hris", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/try", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/test", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/sync", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/reconcile", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/pause", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/resume", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/disconnect", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/disconnect", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/credentials", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/credentials", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/settings/{section}", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/settings/{section}", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/secrets", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/secrets", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/secrets/{fingerprint}/remove", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/secrets/{fingerprint}/remove", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/webhooks", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/webhooks/new", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/webhooks/new", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/webhooks/backfill", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/webhooks/{webhook}/log", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/webhooks/{webhook}/delete", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/webhooks/{webhook}/delete", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/operations/{operation}", Needs(IntegrationsRead)),
];

const PAGES_RUNS: &[Row] = &[
    (GET, "/settings/integrations/logs", Needs(IntegrationsRead)),
    (GET, "/settings/integrations/logs/{run}", Needs(IntegrationsRead)),
    (POST, "/settings/integrations/logs/{run}/rerun", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/logs/{run}/cancel", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/logs/{run}/approve", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/logs/{run}/reject", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/logs/{run}/undo", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/logs/{run}/undo/preview", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/logs/{run}/undo/{operation}", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/preview", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris/preview/{operation}", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris/preview/{operation}/apply", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/deliveries", Needs(DeliveriesRead)),
    (GET, "/settings/integrations/deliveries/{receipt}", Needs(DeliveriesRead)),
];

const PAGES_ENGINE: &[Row] = &[
    (GET, "/settings/tokens", Needs(TokensManage)),
    (GET, "/settings/tokens/new", Needs(TokensManage)),
    (POST, "/settings/tokens/new", Needs(TokensManage)),
    (GET, "/settings/tokens/{token}/revoke", Needs(TokensManage)),
    (POST, "/settings/tokens/{token}/revoke", Needs(TokensManage)),
    (GET, "/history", Needs(HistoryRead)),
    (GET, "/history/export", Needs(HistoryRead)),
    (GET, "/history/{position}", Needs(HistoryRead)),
    (GET, "/engine", Needs(ReadModelsRead)),
    (GET, "/engine/{name}", Operates(Some(ReadModelsRead))),
    (POST, "/engine/{name}/rebuild", Operates(Some(ReadModelsRead))),
    (POST, "/engine/{name}/compare", Operates(Some(ReadModelsRead))),
    (GET, "/engine/{name}/switch", Operates(Some(ReadModelsRead))),
    (POST, "/engine/{name}/switch", Operates(Some(ReadModelsRead))),
    (GET, "/engine/parked", Needs(IntegrationsManage)),
    (GET, "/engine/parked/{id}", Needs(IntegrationsManage)),
    (POST, "/engine/parked/{id}/retry", Needs(IntegrationsManage)),
    (GET, "/engine/parked/{id}/skip", Needs(IntegrationsManage)),
    (POST, "/engine/parked/{id}/skip", Needs(IntegrationsManage)),
];
