//! What is sent to other systems, and what HR systems post.

use rollcall_domain::access::Permission::*;

use super::super::Access::*;
use super::{DELETE, GET, PATCH, POST, Row};

pub(super) const API_WEBHOOKS: &[Row] = &[
    (GET, "/api/v1/webhooks", Needs(WebhooksRead)),
    (POST, "/api/v1/webhooks", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/test", Needs(WebhooksManage)),
    (GET, "/api/v1/webhooks/deliveries", Needs(WebhooksRead)),
    (GET, "/api/v1/webhooks/signing_key", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/signing_key", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/signing_key/rotate", Needs(WebhooksManage)),
    (GET, "/api/v1/webhooks/{endpoint}", Needs(WebhooksRead)),
    (PATCH, "/api/v1/webhooks/{endpoint}", Needs(WebhooksManage)),
    (DELETE, "/api/v1/webhooks/{endpoint}", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/{endpoint}/test", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/{endpoint}/rotate_secret", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/{endpoint}/recover", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/{endpoint}/resend_failed", Needs(WebhooksManage)),
    (POST, "/api/v1/webhooks/{endpoint}/send_missed", Needs(WebhooksManage)),
    (GET, "/api/v1/webhooks/{endpoint}/deliveries", Needs(WebhooksRead)),
    (GET, "/api/v1/webhooks/{endpoint}/deliveries/{delivery}", Needs(WebhooksRead)),
    (POST, "/api/v1/webhooks/{endpoint}/deliveries/{delivery}/resend", Needs(WebhooksManage)),
];

pub(super) const PAGES_WEBHOOKS: &[Row] = &[
    (GET, "/settings/webhooks", Needs(WebhooksRead)),
    (GET, "/settings/webhooks/new", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/new", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/new/test", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/key", Needs(WebhooksManage)),
    (GET, "/settings/webhooks/{endpoint}", Needs(WebhooksRead)),
    (GET, "/settings/webhooks/{endpoint}/edit", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/{endpoint}/edit", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/{endpoint}/test", Needs(WebhooksManage)),
    (GET, "/settings/webhooks/{endpoint}/secret", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/{endpoint}/secret", Needs(WebhooksManage)),
    (GET, "/settings/webhooks/{endpoint}/resend", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/{endpoint}/resend", Needs(WebhooksManage)),
    (GET, "/settings/webhooks/{endpoint}/switch", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/{endpoint}/switch", Needs(WebhooksManage)),
    (GET, "/settings/webhooks/{endpoint}/remove", Needs(WebhooksManage)),
    (POST, "/settings/webhooks/{endpoint}/remove", Needs(WebhooksManage)),
    (GET, "/settings/webhooks/{endpoint}/deliveries/{delivery}", Needs(WebhooksRead)),
    (POST, "/settings/webhooks/{endpoint}/deliveries/{delivery}/resend", Needs(WebhooksManage)),
];

pub(super) const API_HRIS_WEBHOOKS: &[Row] = &[
    (GET, "/api/v1/hris_webhooks", Needs(IntegrationsRead)),
    (POST, "/api/v1/hris_webhooks", Needs(IntegrationsManage)),
    (GET, "/api/v1/hris_webhooks/schema", Needs(IntegrationsRead)),
    (GET, "/api/v1/hris_webhooks/{hris_webhook}", Needs(IntegrationsRead)),
    (PATCH, "/api/v1/hris_webhooks/{hris_webhook}", Needs(IntegrationsManage)),
    (POST, "/api/v1/hris_webhooks/{hris_webhook}/enable", Needs(IntegrationsManage)),
    (POST, "/api/v1/hris_webhooks/{hris_webhook}/disable", Needs(IntegrationsManage)),
    (POST, "/api/v1/hris_webhooks/{hris_webhook}/keys", Needs(IntegrationsManage)),
    (DELETE, "/api/v1/hris_webhooks/{hris_webhook}/keys/{key}", Needs(IntegrationsManage)),
    (GET, "/api/v1/hris_webhooks/{hris_webhook}/requests", Needs(IntegrationsRead)),
    (GET, "/api/v1/hris_webhooks/{hris_webhook}/requests/{request}", Needs(IntegrationsRead)),
    (
        POST,
        "/api/v1/hris_webhooks/{hris_webhook}/requests/{request}/simulate",
        Needs(IntegrationsManage),
    ),
    (
        POST,
        "/api/v1/hris_webhooks/{hris_webhook}/requests/{request}/apply",
        Needs(IntegrationsManage),
    ),
];

pub(super) const PAGES_HRIS_WEBHOOKS: &[Row] = &[
    (GET, "/settings/integrations/hris-webhook", Needs(IntegrationsRead)),
    (POST, "/settings/integrations/hris-webhook", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris-webhook/{webhook}/keys", Needs(IntegrationsManage)),
    (
        GET,
        "/settings/integrations/hris-webhook/{webhook}/keys/{fingerprint}/remove",
        Needs(IntegrationsManage),
    ),
    (
        POST,
        "/settings/integrations/hris-webhook/{webhook}/keys/{fingerprint}/remove",
        Needs(IntegrationsManage),
    ),
    (GET, "/settings/integrations/hris-webhook/{webhook}/disable", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris-webhook/{webhook}/disable", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris-webhook/{webhook}/pause", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris-webhook/{webhook}/resume", Needs(IntegrationsManage)),
    (GET, "/settings/integrations/hris-webhook/{webhook}/disconnect", Needs(IntegrationsManage)),
    (POST, "/settings/integrations/hris-webhook/{webhook}/disconnect", Needs(IntegrationsManage)),
    (
        POST,
        "/settings/integrations/hris-webhook/{webhook}/requests/{request}/simulate",
        Needs(IntegrationsManage),
    ),
    (
        GET,
        "/settings/integrations/hris-webhook/{webhook}/requests/{request}/simulations/{operation}",
        Needs(IntegrationsManage),
    ),
    (
        POST,
        "/settings/integrations/hris-webhook/{webhook}/requests/{request}/simulations/{operation}\
         /apply",
        Needs(IntegrationsManage),
    ),
];
