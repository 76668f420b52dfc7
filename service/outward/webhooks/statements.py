"""The hot statements of webhooks: putting in line, leasing, taking, storing, releasing.

`FAN_OUT` runs inside the relay's transaction; each of the others is a transaction of its own, so that no lock
and no transaction is held over a call. Whatever puts a delivery in line adds to `wakes`, and `RELEASE` compares it.
Locks are taken endpoint first, then deliveries; several endpoints in the order of their ids.
"""

FAN_OUT = """
WITH made AS (
    -- a UUIDv7 of the moment given; the low bits of the position keep the order within a millisecond
    INSERT INTO delivery (
        id, endpoint_id, event_id, event_name, subject_id, position, state, next_attempt_at, created_at
    )
    SELECT (substr(uuid7_floor(%(now)s)::text, 1, 14) || '7' || lpad(to_hex(feed.position & 4095), 3, '0')
            || substr(gen_random_uuid()::text, 19))::uuid,
        endpoint.id, event.id, event.name, event.subject_id, feed.position, 'pending', %(now)s, %(now)s
    FROM feed
    JOIN event ON event.id = feed.event_id
    JOIN endpoint ON endpoint.organisation_id = ANY (event.organisation_ids) AND event.name = ANY (endpoint.event_names)
    WHERE feed.position BETWEEN %(first_position)s AND %(last_position)s
    ORDER BY feed.position
    RETURNING endpoint_id
), waiting AS (
    SELECT id FROM endpoint WHERE id IN (SELECT endpoint_id FROM made) ORDER BY id FOR UPDATE
), woken AS (
    UPDATE endpoint SET wakes = endpoint.wakes + 1, due_at = least(endpoint.due_at, %(now)s)
    FROM waiting WHERE endpoint.id = waiting.id
)
SELECT count(*) AS made FROM made
"""

LEASE = """
UPDATE endpoint SET leased_until = %(until)s, lease_id = gen_random_uuid()
WHERE id = ANY (ARRAY(
    SELECT id FROM endpoint
    WHERE state = 'active' AND due_at <= %(now)s
        AND coalesce(leased_until <= %(now)s, true) AND coalesce(paused_until <= %(now)s, true)
    ORDER BY due_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
))
RETURNING id AS endpoint_id, lease_id, url, wakes, failures_in_a_row, last_success_at
"""

SECRETS = """
SELECT secret FROM endpoint_secret
WHERE endpoint_id = %(endpoint_id)s AND coalesce(expires_at > %(now)s, true)
ORDER BY created_at DESC
"""

# A fresh delivery is eligible at once, whatever the timers of two machines say; one with attempts behind it at its
# moment. Nothing passes an earlier one of its subject that is not eligible itself.
TAKE = """
SELECT delivery.id, delivery.event_id, delivery.subject_id, delivery.attempts, delivery.first_attempt_at,
    event.name AS event_name, event.occurred_at, event.payload
FROM delivery JOIN event ON event.id = delivery.event_id
WHERE delivery.endpoint_id = %(endpoint_id)s AND delivery.state = 'pending'
    AND (delivery.attempts = 0 OR delivery.next_attempt_at <= %(now)s)
    AND NOT EXISTS (
        SELECT FROM delivery AS held
        WHERE held.endpoint_id = %(endpoint_id)s AND held.subject_id = delivery.subject_id
            AND held.position < delivery.position AND held.state <> 'delivered' AND held.attempts > 0
            AND (held.state = 'set_aside' OR held.next_attempt_at > %(now)s)
    )
ORDER BY delivery.position LIMIT %(at_most)s
"""

STORE = """
WITH lane AS (
    UPDATE endpoint SET failures_in_a_row = %(failures_in_a_row)s, last_success_at = %(last_success_at)s,
        paused_until = %(paused_until)s
    WHERE id = %(endpoint_id)s AND lease_id = %(lease_id)s
    RETURNING state
), stored AS (
    UPDATE delivery SET state = result.state, attempts = result.attempts, first_attempt_at = result.first_attempt_at,
        next_attempt_at = result.next_attempt_at, last_status = result.status, last_answer = result.answer,
        delivered_at = result.delivered_at
    FROM lane, unnest(
        %(ids)s::uuid[], %(states)s::text[], %(attempts)s::int[], %(first_attempts_at)s::timestamptz[],
        %(next_attempts_at)s::timestamptz[], %(statuses)s::int[], %(answers)s::text[], %(delivered_at)s::timestamptz[]
    ) AS result (id, state, attempts, first_attempt_at, next_attempt_at, status, answer, delivered_at)
    WHERE delivery.id = result.id
)
SELECT state FROM lane
"""

# Where nothing eligible was left, only deliveries with attempts behind them can become due by the clock alone;
# they are few, so the search does not walk the backlog.
RELEASE = """
UPDATE endpoint SET lease_id = NULL, leased_until = NULL, due_at = CASE
    WHEN endpoint.wakes <> %(wakes_seen)s OR NOT %(is_drained)s THEN greatest(endpoint.paused_until, %(now)s)
    WHEN next.attempt_at IS NOT NULL THEN greatest(endpoint.paused_until, next.attempt_at)
    END
FROM (
    SELECT min(delivery.next_attempt_at) AS attempt_at FROM delivery
    WHERE delivery.endpoint_id = %(endpoint_id)s AND delivery.state = 'pending' AND delivery.attempts > 0
        AND NOT EXISTS (
            SELECT FROM delivery AS held
            WHERE held.endpoint_id = %(endpoint_id)s AND held.subject_id = delivery.subject_id
                AND held.position < delivery.position AND held.state <> 'delivered' AND held.attempts > 0
        )
) AS next
WHERE endpoint.id = %(endpoint_id)s AND endpoint.lease_id = %(lease_id)s
RETURNING endpoint.id
"""
