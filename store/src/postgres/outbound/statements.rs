//! The statements about messages to outbound endpoints.

/// A constant text can only be put together by a macro.
macro_rules! selected {
    ($rest:literal) => {
        concat!(
            "
select seq, id, endpoint, message, kind, order_key, position, run, state, reason, tries, attempts,
    queued_at, due_at, ended_at, last_at, last_status, last_millis, last_error
from log.outbound_deliveries as d",
            $rest
        )
    };
}

/// Whoever changes which message of a key is the first one waits for whoever does so already.
pub(super) const ALONE: &str = "
select count(pg_advisory_xact_lock(1869968492, hashtext(endpoint)))
from (
    select distinct e.endpoint
    from unnest(cast($1 as text[])) as e (endpoint)
    order by e.endpoint
) as ordered";

pub(super) const ADD: &str = "
insert into log.outbound_deliveries (tenant, id, endpoint, message, kind, order_key, position,
    part, run, subject, state, queued_at)
select cast($1 as text), i.id, i.endpoint, i.message, i.kind, i.order_key, i.position, i.part,
    i.run, i.subject, 'waiting', cast($11 as timestamptz)
from unnest(cast($2 as text[]), cast($3 as text[]), cast($4 as text[]), cast($5 as text[]),
    cast($6 as text[]), cast($7 as bigint[]), cast($8 as smallint[]), cast($9 as text[]),
    cast($10 as text[]))
    with ordinality as i (id, endpoint, message, kind, order_key, position, part, run, subject, n)
order by i.n
on conflict (tenant, id) do nothing";

/// The first of a key that waits has its time.
pub(super) const PROMOTE: &str = "
update log.outbound_deliveries as d
set due_at = cast($4 as timestamptz)
from (
    select distinct k.endpoint, k.order_key
    from unnest(cast($2 as text[]), cast($3 as text[])) as k (endpoint, order_key)
) as k
cross join lateral (
    select h.seq
    from log.outbound_deliveries as h
    where h.tenant = cast($1 as text) and h.endpoint = k.endpoint and h.order_key = k.order_key
      and h.state = 'waiting'
    order by h.position, h.part
    limit 1
) as head
where d.seq = head.seq and d.due_at is null";

pub(super) const PROMOTE_ALL: &str = "
update log.outbound_deliveries as d
set due_at = cast($3 as timestamptz)
where d.tenant = cast($1 as text) and d.endpoint = cast($2 as text) and d.state = 'waiting'
  and d.due_at is null
  and not exists (
    select
    from log.outbound_deliveries as e
    where e.tenant = d.tenant and e.endpoint = d.endpoint and e.order_key = d.order_key
      and e.state = 'waiting' and (e.position, e.part) < (d.position, d.part)
  )";

pub(super) const DUE: &str = selected!(
    "
where tenant = cast($1 as text) and endpoint = cast($2 as text) and state = 'waiting'
  and due_at is not null and due_at <= cast($3 as timestamptz)
  and not exists (
    select
    from log.outbound_deliveries as e
    where e.tenant = d.tenant and e.endpoint = d.endpoint and e.order_key = d.order_key
      and e.state = 'waiting' and (e.position, e.part) < (d.position, d.part)
  )
order by due_at, position, part
limit cast($4 as bigint)"
);

pub(super) const NEXT: &str = "
select min(due_at)
from log.outbound_deliveries as d
where tenant = cast($1 as text) and endpoint = cast($2 as text) and state = 'waiting'
  and due_at is not null
  and not exists (
    select
    from log.outbound_deliveries as e
    where e.tenant = d.tenant and e.endpoint = d.endpoint and e.order_key = d.order_key
      and e.state = 'waiting' and (e.position, e.part) < (d.position, d.part)
  )";

pub(super) const DUE_QUEUES: &str = "
select distinct tenant, endpoint
from log.outbound_deliveries as d
where state = 'waiting' and due_at is not null and due_at <= cast($1 as timestamptz)
  and not exists (
    select
    from log.outbound_health as h
    where h.tenant = d.tenant and h.endpoint = d.endpoint
      and h.quiet_until > cast($1 as timestamptz)
  )";

pub(super) const ATTEMPTED: &str = "
insert into log.outbound_attempts (tenant, delivery, n, at, millis, status, error, reply)
select d.tenant, d.id, d.attempts + 1, a.at, a.millis, a.status, a.error, a.reply
from unnest(cast($2 as text[]), cast($3 as timestamptz[]), cast($4 as bigint[]),
    cast($5 as smallint[]), cast($6 as text[]), cast($7 as bytea[]))
    as a (delivery, at, millis, status, error, reply)
join log.outbound_deliveries as d on d.tenant = cast($1 as text) and d.id = a.delivery";

/// One that was parked or dropped meanwhile stays so, unless it was delivered.
pub(super) const FATES: &str = "
update log.outbound_deliveries as d
set attempts = d.attempts + 1,
    tries = d.tries + 1,
    last_at = a.at,
    last_millis = a.millis,
    last_status = a.status,
    last_error = a.error,
    state = case when d.state = 'waiting' or a.state = 'delivered' then a.state else d.state end,
    reason = case when d.state = 'waiting' or a.state = 'delivered' then a.reason
        else d.reason end,
    due_at = case when d.state = 'waiting' then a.due_at end,
    ended_at = case when a.state = 'waiting' then d.ended_at else a.at end
from unnest(cast($2 as text[]), cast($3 as timestamptz[]), cast($4 as bigint[]),
    cast($5 as smallint[]), cast($6 as text[]), cast($7 as text[]), cast($8 as text[]),
    cast($9 as timestamptz[]))
    as a (delivery, at, millis, status, error, state, reason, due_at)
where d.tenant = cast($1 as text) and d.id = a.delivery";

pub(super) const HEALTH: &str = "
select failing_since, succeeded_at, quiet_until
from log.outbound_health
where tenant = cast($1 as text) and endpoint = cast($2 as text)";

pub(super) const SET_HEALTH: &str = "
insert into log.outbound_health (tenant, endpoint, failing_since, succeeded_at, quiet_until)
values (cast($1 as text), cast($2 as text), cast($3 as timestamptz), cast($4 as timestamptz),
    cast($5 as timestamptz))
on conflict (tenant, endpoint) do update
set failing_since = excluded.failing_since,
    succeeded_at = excluded.succeeded_at,
    quiet_until = excluded.quiet_until";

pub(super) const END: &str = "
update log.outbound_deliveries
set state = cast($3 as text),
    reason = cast($4 as text),
    due_at = null,
    ended_at = cast($5 as timestamptz)
where tenant = cast($1 as text) and endpoint = cast($2 as text) and state = 'waiting'";

pub(super) const RESEND: &str = "
update log.outbound_deliveries
set tries = 0,
    reason = null,
    ended_at = null,
    due_at = case when state = 'waiting' and due_at is not null then cast($4 as timestamptz) end,
    state = 'waiting'
where tenant = cast($1 as text) and endpoint = cast($2 as text) and id = cast($3 as text)
  and state <> 'dropped'
returning order_key";

pub(super) const RESEND_PARKED: &str = "
update log.outbound_deliveries
set tries = 0,
    reason = null,
    ended_at = null,
    due_at = null,
    state = 'waiting'
where tenant = cast($1 as text) and endpoint = cast($2 as text) and state = 'parked'
  and ended_at >= cast($3 as timestamptz)
  and (cast($4 as text) is null or reason = cast($4 as text))";

pub(super) const PARKED: &str = "
select count(*)
from log.outbound_deliveries
where tenant = cast($1 as text) and endpoint = cast($2 as text) and state = 'parked'
  and ended_at >= cast($3 as timestamptz)
  and (cast($4 as text) is null or reason = cast($4 as text))";

pub(super) const LIST: &str = selected!(
    "
where tenant = cast($1 as text)
  and (cast($2 as text) is null or state = cast($2 as text))
  and (cast($3 as bigint) is null or seq < cast($3 as bigint))
  and (cast($5 as text) is null or endpoint = cast($5 as text))
order by seq desc
limit cast($4 as bigint)"
);

pub(super) const ONE: &str = selected!(
    "
where tenant = cast($1 as text) and id = cast($2 as text)"
);

pub(super) const KNOWN: &str = "
select id
from log.outbound_deliveries
where tenant = cast($1 as text) and id = any(cast($2 as text[]))";

pub(super) const ATTEMPTS: &str = "
select n, at, millis, status, error, reply
from log.outbound_attempts
where tenant = cast($1 as text) and delivery = cast($2 as text)
order by n desc
limit 100";

pub(super) const FORGET: &str = "
update log.outbound_attempts
set reply = null
where tenant = cast($1 as text) and delivery in (
    select id
    from log.outbound_deliveries
    where tenant = cast($1 as text) and subject = cast($2 as text)
)";

pub(super) const SWEEP: &str = "
with gone as (
    delete from log.outbound_deliveries
    where ended_at <= cast($1 as timestamptz) and state in ('delivered', 'dropped')
    returning tenant, id
)
delete from log.outbound_attempts as a
using gone
where a.tenant = gone.tenant and a.delivery = gone.id";

#[cfg(test)]
pub(in crate::postgres) const STATEMENTS: &[&str] = &[
    ALONE,
    ADD,
    PROMOTE,
    PROMOTE_ALL,
    DUE,
    NEXT,
    DUE_QUEUES,
    ATTEMPTED,
    FATES,
    HEALTH,
    SET_HEALTH,
    END,
    RESEND,
    RESEND_PARKED,
    PARKED,
    LIST,
    ONE,
    KNOWN,
    ATTEMPTS,
    FORGET,
    SWEEP,
];
