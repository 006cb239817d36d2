-- log.db: messages to outbound endpoints: what waits, what became of each, every attempt.

create table outbound_deliveries (
    seq         integer primary key autoincrement,
    tenant      text    not null,
    id          text    not null,  -- derived from endpoint and message: queueing twice is queueing once
    endpoint    text    not null,
    message     text    not null,
    kind        text    not null,
    order_key   text    not null,  -- of one endpoint and key, one after the other
    position    integer not null,  -- of the event that the message tells of
    part        integer not null,  -- which of the event's messages
    run         text,
    subject     text,              -- whom it tells of
    state       text    not null,  -- waiting, delivered, parked, dropped
    reason      text,              -- why it is parked or was dropped
    tries       integer not null default 0,  -- since it was queued last
    attempts    integer not null default 0,  -- all there were
    queued_at   integer not null,
    due_at      integer,           -- of the first of its key alone
    ended_at    integer,
    last_at     integer,
    last_status integer,
    last_millis integer,
    last_error  text,
    unique (tenant, id)
) strict;

create index outbound_waiting on outbound_deliveries (tenant, endpoint, order_key, position, part)
    where state = 'waiting';
create index outbound_due on outbound_deliveries (tenant, endpoint, due_at)
    where state = 'waiting' and due_at is not null;
create index outbound_listed on outbound_deliveries (tenant, endpoint, seq);
create index outbound_all on outbound_deliveries (tenant, seq);
create index outbound_ended on outbound_deliveries (ended_at);

create table outbound_attempts (
    tenant   text    not null,
    delivery text    not null,
    n        integer not null,
    at       integer not null,
    millis   integer not null,
    status   integer,
    error    text,
    reply    blob,                 -- the head of the answer, sealed
    primary key (tenant, delivery, n)
) strict, without rowid;

-- How an endpoint is doing; the events of it tell only what somebody has to know.
create table outbound_health (
    tenant        text not null,
    endpoint      text not null,
    failing_since integer,         -- the first failure without a success since
    succeeded_at  integer,
    quiet_until   integer,         -- the receiver asked for it
    primary key (tenant, endpoint)
) strict, without rowid;
