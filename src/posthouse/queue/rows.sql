-- name: insert_message
INSERT INTO queue_message (format, content_id, size, sender, ret, envid, body, smtputf8, require_tls, arrived, expires,
    release_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING queue_id

-- name: insert_recipient
INSERT INTO queue_recipient (queue_id, number, address, destination, notify, orcpt, state, attempts, next_attempt,
    lease, lease_ends, warned, deadline)
VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, '', 0, 0, ?)

-- name: destinations
-- Each destination where something waits that is in nobody's hands, and when it is due; the longest due first. The names
-- are found by steps from one to the next in the index.
WITH RECURSIVE step (destination) AS (
    SELECT min(destination) FROM queue_recipient WHERE state = 'waiting'
    UNION ALL
    SELECT (SELECT min(r.destination) FROM queue_recipient r WHERE r.state = 'waiting' AND r.destination > step.destination)
    FROM step WHERE step.destination IS NOT NULL
), first (destination, due, retry_at) AS (
    SELECT step.destination,
        (SELECT r.next_attempt FROM queue_recipient r
            WHERE r.state = 'waiting' AND r.destination = step.destination AND r.lease_ends < ?
            ORDER BY r.next_attempt LIMIT 1),
        coalesce((SELECT u.retry_at FROM queue_unreachable u WHERE u.destination = step.destination), 0)
    FROM step WHERE step.destination IS NOT NULL
)
SELECT destination, CASE WHEN due < retry_at THEN retry_at ELSE due END AS at FROM first WHERE due IS NOT NULL
ORDER BY at LIMIT ?

-- name: due_recipients
SELECT queue_id, number FROM queue_recipient
WHERE state = 'waiting' AND destination = ? AND next_attempt <= ? AND lease_ends < ?
ORDER BY next_attempt, queue_id, number LIMIT ? FOR UPDATE SKIP LOCKED

-- name: late_recipients
SELECT queue_id, number FROM queue_recipient
WHERE state = 'waiting' AND destination = ? AND deadline <= ? AND lease_ends < ?
ORDER BY deadline LIMIT ? FOR UPDATE SKIP LOCKED

-- name: retry_at
SELECT retry_at FROM queue_unreachable WHERE destination = ?

-- name: lease
UPDATE queue_recipient SET lease = ?, lease_ends = ? WHERE queue_id = ? AND number = ?
RETURNING number, address, destination, notify, orcpt, state, attempts, next_attempt, lease, lease_ends, warned

-- name: extend_lease
UPDATE queue_recipient SET lease_ends = ? WHERE queue_id = ? AND number = ? AND lease = ?

-- name: release_lease
UPDATE queue_recipient SET lease = '', lease_ends = 0 WHERE queue_id = ? AND number = ? AND lease = ?

-- name: message
SELECT queue_id, format, content_id, size, sender, ret, envid, body, smtputf8, require_tls, arrived, expires,
    release_at
FROM queue_message WHERE queue_id = ?

-- name: recipients
SELECT number, address, destination, notify, orcpt, state, attempts, next_attempt, lease, lease_ends, warned
FROM queue_recipient WHERE queue_id = ? ORDER BY number

-- name: end
-- A recipient came to its end; only whoever holds the lease may say so.
UPDATE queue_recipient SET state = ?, attempts = attempts + 1, lease = '', lease_ends = 0
WHERE queue_id = ? AND number = ? AND lease = ? AND state = 'waiting'

-- name: defer
UPDATE queue_recipient
SET attempts = attempts + 1, next_attempt = ?, warned = ?, deadline = ?, lease = '', lease_ends = 0
WHERE queue_id = ? AND number = ? AND lease = ? AND state = 'waiting'

-- name: set_aside
UPDATE queue_recipient SET state = 'held', lease = '', lease_ends = 0 WHERE queue_id = ?

-- name: failures
SELECT failures FROM queue_unreachable WHERE destination = ?

-- name: unreachable
INSERT INTO queue_unreachable (destination, failures, retry_at) VALUES (?, ?, ?)
ON CONFLICT (destination) DO UPDATE SET failures = excluded.failures, retry_at = excluded.retry_at

-- name: reachable
DELETE FROM queue_unreachable WHERE destination = ?

-- name: forget_unreachable
-- Where nothing waits besides this message, which goes away.
DELETE FROM queue_unreachable
WHERE destination IN (SELECT r.destination FROM queue_recipient r WHERE r.queue_id = ?) AND NOT EXISTS (
    SELECT 1 FROM queue_recipient other
    WHERE other.state = 'waiting' AND other.destination = queue_unreachable.destination AND other.queue_id <> ?)

-- name: reachable_again
DELETE FROM queue_unreachable WHERE destination IN (SELECT r.destination FROM queue_recipient r WHERE r.queue_id = ?)

-- name: insert_attempt
INSERT INTO queue_attempt (queue_id, number, attempt, happened, host, outcome, status, reply)
SELECT queue_id, number, attempts, ?, ?, ?, ?, ? FROM queue_recipient WHERE queue_id = ? AND number = ?

-- name: attempts
SELECT number, attempt, happened, host, outcome, status, reply FROM queue_attempt WHERE queue_id = ?
ORDER BY number, attempt

-- name: unfinished
SELECT 1 FROM queue_recipient WHERE queue_id = ? AND state IN ('waiting', 'held') LIMIT 1

-- name: delete_attempts
DELETE FROM queue_attempt WHERE queue_id = ?

-- name: delete_recipients
DELETE FROM queue_recipient WHERE queue_id = ?

-- name: delete_message
DELETE FROM queue_message WHERE queue_id = ? RETURNING content_id

-- name: list
SELECT m.queue_id, m.format, m.content_id, m.size, m.sender, m.ret, m.envid, m.body, m.smtputf8, m.require_tls, m.arrived,
    m.expires, m.release_at
FROM queue_message m WHERE m.queue_id > ? ORDER BY m.queue_id LIMIT ?

-- name: ids
SELECT queue_id FROM queue_message ORDER BY queue_id

-- name: retry
-- Now, but nothing before its release.
UPDATE queue_recipient SET state = 'waiting', next_attempt = (
    SELECT CASE WHEN m.release_at > ? THEN m.release_at ELSE ? END FROM queue_message m
    WHERE m.queue_id = queue_recipient.queue_id)
WHERE queue_id = ? AND state IN ('waiting', 'held') AND lease_ends < ?

-- name: hold
UPDATE queue_recipient SET state = 'held' WHERE queue_id = ? AND state = 'waiting' AND lease_ends < ?

-- name: counts
SELECT state, count(*) FROM queue_recipient GROUP BY state
