//! The closed catalogue of errors: what each code means and what to do about it.

use serde::Serialize;

use super::Code;

/// One line of the catalogue, as `GET /api/v1/errors` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub meaning: &'static str,
    pub remedy: &'static str,
}

/// In the order of the variants; a test holds it to that.
pub(super) const CATALOGUE: [(Code, Entry); 28] = [
    (
        Code::Malformed,
        entry(
            400,
            "malformed",
            "Request not readable",
            "The body, a parameter or a header could not be read at all.",
            "Send well-formed JSON (or what the route documents) and complete headers.",
        ),
    ),
    (
        Code::Unauthenticated,
        entry(
            401,
            "unauthenticated",
            "Not signed in",
            "No valid session, token or key came with the request.",
            "Sign in again, or send a token that is neither expired nor revoked.",
        ),
    ),
    (
        Code::BadSignature,
        entry(
            401,
            "bad_signature",
            "Signature not accepted",
            "The signature, its timestamp or the shared secret of a webhook did not verify.",
            "Compare the webhook's secret and its signature form with the connection's.",
        ),
    ),
    (
        Code::Forbidden,
        entry(
            403,
            "forbidden",
            "Not allowed",
            "The caller may see this, but may not do that.",
            "Ask an owner or admin of the tenant for a role or scope that allows it.",
        ),
    ),
    (
        Code::ReadOnlyToken,
        entry(
            403,
            "read_only_token",
            "This token only reads",
            "Assistant tokens may not change anything, whoever issued them.",
            "Use the web pages or another kind of token to make changes.",
        ),
    ),
    (
        Code::NotFound,
        entry(
            404,
            "not_found",
            "Not found",
            "There is no such thing, or not for this caller.",
            "Check the id, and the tenant the token belongs to.",
        ),
    ),
    (
        Code::MethodNotAllowed,
        entry(
            405,
            "method_not_allowed",
            "Method not allowed",
            "The route exists but does not take this method.",
            "Use one of the methods in the Allow header.",
        ),
    ),
    (
        Code::NotAcceptable,
        entry(
            406,
            "not_acceptable",
            "Format not available",
            "The answer does not exist in any format the Accept header names.",
            "Accept application/json or one of the formats the route documents.",
        ),
    ),
    (
        Code::Timeout,
        entry(
            408,
            "timeout",
            "Request took too long",
            "The request did not arrive completely in time.",
            "Send it again over a connection that does not pause.",
        ),
    ),
    (
        Code::Conflict,
        entry(
            409,
            "conflict",
            "Conflict with the current state",
            "What the request would change has moved, or does not allow it in its state.",
            "Read the current state, then decide again.",
        ),
    ),
    (
        Code::EndpointDisabled,
        entry(
            409,
            "endpoint_disabled",
            "Endpoint disabled",
            "The push endpoint is switched off; nothing was stored.",
            "Enable the webhook on its page, then send again.",
        ),
    ),
    (
        Code::SyncedField,
        entry(
            409,
            "synced_field",
            "Field kept in step by a connection",
            "The field belongs to the HR system and is read-only here.",
            "Change it in the HR system, or take the person out of sync.",
        ),
    ),
    (
        Code::Gone,
        entry(
            410,
            "gone",
            "No longer available",
            "It existed, but its retention is over or it was erased.",
            "Nothing; only its record remains.",
        ),
    ),
    (
        Code::RawExpired,
        entry(
            410,
            "raw_expired",
            "Body no longer kept",
            "The delivery's raw body was kept for its retention and then removed.",
            "Nothing; its hash, its headers and what it led to remain.",
        ),
    ),
    (
        Code::Erased,
        entry(
            410,
            "erased",
            "Body erased with a person",
            "Somebody whom the delivery names was erased, and its raw body with them.",
            "Nothing; its hash, its headers and what it led to remain.",
        ),
    ),
    (
        Code::PreconditionFailed,
        entry(
            412,
            "precondition_failed",
            "Changed in the meantime",
            "What was to be changed is no longer as it was when its ETag was read.",
            "Read it again, look at what changed, and send the change with the new ETag.",
        ),
    ),
    (
        Code::PayloadTooLarge,
        entry(
            413,
            "payload_too_large",
            "Request too large",
            "The body is larger than this route accepts.",
            "Send less at a time.",
        ),
    ),
    (
        Code::UnsupportedMediaType,
        entry(
            415,
            "unsupported_media_type",
            "Media type not supported",
            "The Content-Type is missing or not one this route reads.",
            "Send the body as the type the route documents, usually application/json.",
        ),
    ),
    (
        Code::WrongHost,
        entry(
            421,
            "wrong_host",
            "Not served under this name",
            "The request names a host that this installation does not answer for.",
            "Use the address it is known by, or have the operator add the name with --allowed-host.",
        ),
    ),
    (
        Code::InvalidRequest,
        entry(
            422,
            "invalid_request",
            "Some fields are not valid",
            "The request can be read, but some of its values cannot be accepted.",
            "Correct every field listed under errors; nothing was changed.",
        ),
    ),
    (
        Code::IdempotencyKeyReused,
        entry(
            422,
            "idempotency_key_reused",
            "Idempotency key used before",
            "The same Idempotency-Key came earlier with another request.",
            "Use a new key for a new request, and the same body for a repeat.",
        ),
    ),
    (
        Code::RateLimited,
        entry(
            429,
            "rate_limited",
            "Too many requests",
            "The caller has used up its share for the moment.",
            "Wait as long as Retry-After says, then send again.",
        ),
    ),
    (
        Code::Overloaded,
        entry(
            503,
            "overloaded",
            "Too busy",
            "There is more work than can be done at the moment; nothing was stored.",
            "Wait as long as Retry-After says, then send again.",
        ),
    ),
    (
        Code::NoSecretProvisioned,
        entry(
            503,
            "no_secret_provisioned",
            "Webhook secret missing",
            "The connection has no secret yet, so no delivery can be verified.",
            "Provision the webhook's secret; the sender repeats the delivery.",
        ),
    ),
    (
        Code::Incomplete,
        entry(
            503,
            "incomplete",
            "Delivery not complete",
            "The body of the delivery stalled or broke off; nothing was stored.",
            "Send the whole delivery again.",
        ),
    ),
    (
        Code::StorageUnavailable,
        entry(
            503,
            "storage_unavailable",
            "Storage away",
            "The database did not answer; nothing is acknowledged that is not stored.",
            "Send the same request again later, with the same Idempotency-Key.",
        ),
    ),
    (
        Code::ProjectionBehind,
        entry(
            503,
            "projection_behind",
            "Not caught up yet",
            "The data asked for has not reached the requested position in time.",
            "Ask again shortly, or without min_position for what is there.",
        ),
    ),
    (
        Code::Internal,
        entry(
            500,
            "internal",
            "Something went wrong here",
            "A defect on our side, already in the server's log.",
            "Report the request_id; repeating the request is safe with an Idempotency-Key.",
        ),
    ),
];

const fn entry(
    status: u16,
    code: &'static str,
    title: &'static str,
    meaning: &'static str,
    remedy: &'static str,
) -> Entry {
    Entry { code, status, title, meaning, remedy }
}
