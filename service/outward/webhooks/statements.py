"""SQL of the delivery queue: fan-out, lease, read, store, release.

`FAN_OUT` runs in the transaction of the relay. Each of the others is its own transaction, so no lock is held during a
call. Every statement that queues a delivery increments `wake_count`, and `RELEASE` compares it.
Lock order: the endpoint first, then its deliveries; several endpoints in the order of their ids.
"""

FAN_OUT = """
WITH queued AS (
    -- a UUIDv7 of the given time; the low bits of the feed position keep the order within a millisecond
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
), locked AS (
    SELECT id FROM endpoint WHERE id IN (SELECT endpoint_id FROM queued) ORDER BY id FOR UPDATE
), marked_due AS (
    UPDATE endpoint SET wake_count = endpoint.wake_count + 1, due_at = least(endpoint.due_at, %(now)s)
    FROM locked WHERE endpoint.id = locked.id
)
SELECT count(*) FROM queued
"""

LEASE = """
UPDATE endpoint SET leased_until = %(until)s, lease_id = gen_random_uuid()
WHERE id = ANY (ARRAY(
    SELECT id FROM endpoint
    WHERE state = 'active' AND due_at <= %(now)s
        AND coalesce(leased_until <= %(now)s, true) AND coalesce(paused_until <= %(now)s, true)
    ORDER BY due_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
))
RETURNING id AS endpoint_id, lease_id, url, wake_count, consecutive_failures, last_success_at
"""

SECRETS = """
SELECT secret FROM endpoint_secret
WHERE endpoint_id = %(endpoint_id)s AND coalesce(expires_at > %(now)s, true)
ORDER BY created_at DESC
"""

# A new delivery is due at once, even if the clocks of two machines differ; a failed one is due at `next_attempt_at`.
# A delivery waits as long as an earlier one of the same subject is neither delivered nor due.
TAKE = """
SELECT delivery.id, delivery.event_id, delivery.subject_id, delivery.attempts, delivery.first_attempt_at,
    event.name AS event_name, event.occurred_at, event.payload
FROM delivery JOIN event ON event.id = delivery.event_id
WHERE delivery.endpoint_id = %(endpoint_id)s AND delivery.state = 'pending'
    AND (delivery.attempts = 0 OR delivery.next_attempt_at <= %(now)s)
    AND NOT EXISTS (
        SELECT FROM delivery AS earlier
        WHERE earlier.endpoint_id = %(endpoint_id)s AND earlier.subject_id = delivery.subject_id
            AND earlier.position < delivery.position AND earlier.state <> 'delivered' AND earlier.attempts > 0
            AND (earlier.state = 'set_aside' OR earlier.next_attempt_at > %(now)s)
    )
ORDER BY delivery.position LIMIT %(at_most)s
"""

STORE = """
WITH leased AS (
    UPDATE endpoint SET consecutive_failures = %(consecutive_failures)s, last_success_at = %(last_success_at)s,
        paused_until = %(paused_until)s
    WHERE id = %(endpoint_id)s AND lease_id = %(lease_id)s
    RETURNING state
), stored AS (
    UPDATE delivery SET state = result.state, attempts = result.attempts, first_attempt_at = result.first_attempt_at,
        next_attempt_at = result.next_attempt_at, last_status = result.status, last_response = result.response,
        delivered_at = result.delivered_at
    FROM leased, unnest(
        %(ids)s::uuid[], %(states)s::text[], %(attempts)s::int[], %(first_attempts_at)s::timestamptz[],
        %(next_attempts_at)s::timestamptz[], %(statuses)s::int[], %(responses)s::text[], %(delivered_at)s::timestamptz[]
    ) AS result (id, state, attempts, first_attempt_at, next_attempt_at, status, response, delivered_at)
    WHERE delivery.id = result.id
)
SELECT state FROM leased
"""

# If the queue was drained, only failed deliveries can become due later. They are few, so this does not scan the
# backlog.
RELEASE = """
UPDATE endpoint SET lease_id = NULL, leased_until = NULL, due_at = CASE
    WHEN endpoint.wake_count <> %(wake_count_at_lease)s OR NOT %(is_drained)s
        THEN greatest(endpoint.paused_until, %(now)s)
    WHEN next.attempt_at IS NOT NULL THEN greatest(endpoint.paused_until, next.attempt_at)
    END
FROM (
    SELECT min(delivery.next_attempt_at) AS attempt_at FROM delivery
    WHERE delivery.endpoint_id = %(endpoint_id)s AND delivery.state = 'pending' AND delivery.attempts > 0
        AND NOT EXISTS (
            SELECT FROM delivery AS earlier
            WHERE earlier.endpoint_id = %(endpoint_id)s AND earlier.subject_id = delivery.subject_id
                AND earlier.position < delivery.position AND earlier.state <> 'delivered' AND earlier.attempts > 0
        )
) AS next
WHERE endpoint.id = %(endpoint_id)s AND endpoint.lease_id = %(lease_id)s
RETURNING endpoint.id
"""
