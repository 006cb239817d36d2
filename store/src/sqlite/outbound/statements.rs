//! The statements about messages to outbound endpoints.

/// A constant text can only be put together by a macro.
macro_rules! selected {
    ($rest:literal) => {
        concat!(
            "select seq, id, endpoint, message, kind, order_key, position, run, state, reason, \
             tries, attempts, queued_at, due_at, ended_at, last_at, last_status, last_millis, \
             last_error from outbound_deliveries as d ",
            $rest
        )
    };
}

pub(super) const ADD: &str = "\
     insert into outbound_deliveries (tenant, id, endpoint, message, kind, order_key, \
     position, part, run, subject, state, queued_at) \
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?) on conflict (tenant, id) do nothing";
/// The first of a key that waits has its time.
pub(super) const PROMOTE: &str = "\
     update outbound_deliveries set due_at = ?4 \
     where seq = (select seq from outbound_deliveries where tenant = ?1 and endpoint = ?2 \
        and order_key = ?3 and state = 'waiting' order by position, part limit 1) \
     and due_at is null";
pub(super) const PROMOTE_ALL: &str = "\
     update outbound_deliveries set due_at = ?3 \
     where tenant = ?1 and endpoint = ?2 and state = 'waiting' and due_at is null \
     and not exists (select 1 from outbound_deliveries as e where e.tenant = ?1 \
        and e.endpoint = ?2 and e.order_key = outbound_deliveries.order_key \
        and e.state = 'waiting' and (e.position, e.part) \
            < (outbound_deliveries.position, outbound_deliveries.part))";
pub(super) const DUE: &str = selected!(
    "where tenant = ?1 and endpoint = ?2 \
     and state = 'waiting' and due_at is not null and due_at <= ?3 \
     and not exists (select 1 from outbound_deliveries as e where e.tenant = ?1 \
        and e.endpoint = ?2 and e.order_key = d.order_key and e.state = 'waiting' \
        and (e.position, e.part) < (d.position, d.part)) \
     order by due_at, position, part limit ?4"
);
pub(super) const NEXT: &str = "\
     select min(due_at) from outbound_deliveries as d where tenant = ?1 and endpoint = ?2 \
     and state = 'waiting' and due_at is not null \
     and not exists (select 1 from outbound_deliveries as e where e.tenant = ?1 \
        and e.endpoint = ?2 and e.order_key = d.order_key and e.state = 'waiting' \
        and (e.position, e.part) < (d.position, d.part))";
pub(super) const DUE_QUEUES: &str = "\
     select distinct tenant, endpoint from outbound_deliveries as d \
     where state = 'waiting' and due_at is not null and due_at <= ?1 \
     and not exists (select 1 from outbound_health as h where h.tenant = d.tenant \
        and h.endpoint = d.endpoint and h.quiet_until > ?1)";
pub(super) const ATTEMPT: &str = "\
     insert into outbound_attempts (tenant, delivery, n, at, millis, status, error, \
     reply) select ?1, ?2, attempts + 1, ?3, ?4, ?5, ?6, ?7 from outbound_deliveries \
     where tenant = ?1 and id = ?2";
pub(super) const FATE: &str = "\
     update outbound_deliveries set attempts = attempts + 1, tries = tries + 1, \
     last_at = ?3, last_millis = ?4, last_status = ?5, last_error = ?6, \
     state = case when state = 'waiting' or ?7 = 'delivered' then ?7 else state end, \
     reason = case when state = 'waiting' or ?7 = 'delivered' then ?8 else reason end, \
     due_at = case when state = 'waiting' then ?9 end, \
     ended_at = case when ?7 = 'waiting' then ended_at else ?3 end \
     where tenant = ?1 and id = ?2";
pub(super) const HEALTH: &str = "\
     select failing_since, succeeded_at, quiet_until from outbound_health \
     where tenant = ? and endpoint = ?";
pub(super) const SET_HEALTH: &str = "\
     insert into outbound_health (tenant, endpoint, failing_since, succeeded_at, \
     quiet_until) values (?, ?, ?, ?, ?) on conflict (tenant, endpoint) do update \
     set failing_since = excluded.failing_since, succeeded_at = excluded.succeeded_at, \
     quiet_until = excluded.quiet_until";
pub(super) const END: &str = "\
     update outbound_deliveries set state = ?3, reason = ?4, due_at = null, \
     ended_at = ?5 where tenant = ?1 and endpoint = ?2 and state = 'waiting'";
pub(super) const RESEND: &str = "\
     update outbound_deliveries set tries = 0, reason = null, ended_at = null, \
     due_at = case when state = 'waiting' and due_at is not null then ?4 end, state = 'waiting' \
     where tenant = ?1 and endpoint = ?2 and id = ?3 and state <> 'dropped'";
pub(super) const KEY_OF: &str = "\
     select order_key from outbound_deliveries where tenant = ? and id = ?";
pub(super) const RESEND_PARKED: &str = "\
     update outbound_deliveries set tries = 0, reason = null, \
     ended_at = null, due_at = null, state = 'waiting' where tenant = ?1 and endpoint = ?2 \
     and state = 'parked' and ended_at >= ?3 and (?4 is null or reason = ?4)";
pub(super) const PARKED: &str = "\
     select count(*) from outbound_deliveries where tenant = ?1 and endpoint = ?2 \
     and state = 'parked' and ended_at >= ?3 and (?4 is null or reason = ?4)";
pub(super) const LIST: &str = selected!(
    "where tenant = ?1 \
     and (?2 is null or state = ?2) and (?3 is null or seq < ?3) order by seq desc limit ?4"
);
pub(super) const LIST_OF: &str = selected!(
    "where tenant = ?1 \
     and (?2 is null or state = ?2) and (?3 is null or seq < ?3) and endpoint = ?5 \
     order by seq desc limit ?4"
);
pub(super) const ONE: &str = selected!("where tenant = ? and id = ?");
pub(super) const KNOWN: &str = "\
     select 1 from outbound_deliveries where tenant = ? and id = ?";
pub(super) const ATTEMPTS: &str = "\
     select n, at, millis, status, error, reply from outbound_attempts \
     where tenant = ? and delivery = ? order by n desc limit 100";
pub(super) const FORGET: &str = "\
     update outbound_attempts set reply = null where tenant = ?1 and delivery in \
     (select id from outbound_deliveries where tenant = ?1 and subject = ?2)";
pub(super) const SWEEP_ATTEMPTS: &str = "\
     delete from outbound_attempts where (tenant, delivery) in \
     (select tenant, id from outbound_deliveries where ended_at <= ? and state in ('delivered', 'dropped'))";
pub(super) const SWEEP: &str = "\
     delete from outbound_deliveries where ended_at <= ? and state in ('delivered', 'dropped')";
