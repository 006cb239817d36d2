-- Messages to outbound endpoints: what waits, what became of each, every attempt.

create table log.outbound_deliveries (
    seq         bigint      generated always as identity primary key,
    tenant      text        collate "C" not null,
    id          text        collate "C" not null,  -- derived from endpoint and message: queueing twice is queueing once
    endpoint    text        collate "C" not null,
    message     text        not null,
    kind        text        not null,
    order_key   text        collate "C" not null,  -- of one endpoint and key, one after the other
    position    bigint      not null,              -- of the event that the message tells of
    part        smallint    not null,              -- which of the event's messages
    run         text,
    subject     text,                              -- whom it tells of
    state       text        collate "C" not null,  -- waiting, delivered, parked, dropped
    reason      text,                              -- why it is parked or was dropped
    tries       integer     not null default 0,    -- since it was queued last
    attempts    integer     not null default 0,    -- all there were
    queued_at   timestamptz not null,
    due_at      timestamptz,                       -- of the first of its key alone
    ended_at    timestamptz,
    last_at     timestamptz,
    last_status smallint,
    last_millis bigint,
    last_error  text,
    unique (tenant, id)
);

create index outbound_waiting
    on log.outbound_deliveries (tenant, endpoint, order_key, position, part)
    where state = 'waiting';
create index outbound_due on log.outbound_deliveries (tenant, endpoint, due_at)
    where state = 'waiting' and due_at is not null;
create index outbound_listed on log.outbound_deliveries (tenant, endpoint, seq);
create index outbound_all on log.outbound_deliveries (tenant, seq);
create index outbound_ended on log.outbound_deliveries (ended_at);

create table log.outbound_attempts (
    tenant   text        collate "C" not null,
    delivery text        collate "C" not null,
    n        integer     not null,
    at       timestamptz not null,
    millis   bigint      not null,
    status   smallint,
    error    text,
    reply    bytea,                                -- the head of the answer, sealed
    primary key (tenant, delivery, n)
);

-- How an endpoint is doing; the events of it tell only what somebody has to know.
create table log.outbound_health (
    tenant        text        collate "C" not null,
    endpoint      text        collate "C" not null,
    failing_since timestamptz,                     -- the first failure without a success since
    succeeded_at  timestamptz,
    quiet_until   timestamptz,                     -- the receiver asked for it
    primary key (tenant, endpoint)
);
