-- name: insert_message
INSERT INTO queue_message (format, content_id, size, sender, ret, envid, body, smtputf8, require_tls, arrived, expires)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING queue_id

-- name: insert_recipient
INSERT INTO queue_recipient (queue_id, number, address, destination, notify, orcpt, state, attempts, next_attempt,
    lease, lease_ends, warned)
VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, '', 0, 0)

-- name: due_destinations
-- Where something waits that is due and not in anybody's hands, the longest waiting first.
SELECT destination, min(next_attempt), count(*) FROM queue_recipient
WHERE state = 'waiting' AND next_attempt <= ? AND lease_ends < ?
GROUP BY destination ORDER BY min(next_attempt) LIMIT ?

-- name: next_due
SELECT min(next_attempt) FROM queue_recipient WHERE state = 'waiting' AND lease_ends < ?

-- name: due_recipients
SELECT queue_id, number FROM queue_recipient
WHERE state = 'waiting' AND destination = ? AND next_attempt <= ? AND lease_ends < ?
ORDER BY next_attempt, queue_id, number LIMIT ? FOR UPDATE SKIP LOCKED

-- name: lease
UPDATE queue_recipient SET lease = ?, lease_ends = ? WHERE queue_id = ? AND number = ?

-- name: extend_lease
UPDATE queue_recipient SET lease_ends = ? WHERE lease = ? AND state = 'waiting'

-- name: release_lease
UPDATE queue_recipient SET lease = '', lease_ends = 0 WHERE queue_id = ? AND number = ? AND lease = ?

-- name: message
SELECT queue_id, format, content_id, size, sender, ret, envid, body, smtputf8, require_tls, arrived, expires
FROM queue_message WHERE queue_id = ?

-- name: recipients
SELECT number, address, destination, notify, orcpt, state, attempts, next_attempt, lease, lease_ends, warned
FROM queue_recipient WHERE queue_id = ? ORDER BY number

-- name: recipient
SELECT number, address, destination, notify, orcpt, state, attempts, next_attempt, lease, lease_ends, warned
FROM queue_recipient WHERE queue_id = ? AND number = ?

-- name: end
-- A recipient came to its end; only whoever holds the lease may say so.
UPDATE queue_recipient SET state = ?, attempts = attempts + 1, lease = '', lease_ends = 0
WHERE queue_id = ? AND number = ? AND lease = ? AND state = 'waiting'

-- name: defer
UPDATE queue_recipient SET attempts = attempts + 1, next_attempt = ?, warned = ?, lease = '', lease_ends = 0
WHERE queue_id = ? AND number = ? AND lease = ? AND state = 'waiting'

-- name: defer_destination
-- Nobody can be reached there: what else is due waits as well, so that nobody tries in vain.
UPDATE queue_recipient SET next_attempt = ?
WHERE state = 'waiting' AND destination = ? AND next_attempt < ? AND lease_ends < ?

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
    m.expires
FROM queue_message m WHERE m.queue_id > ? ORDER BY m.queue_id LIMIT ?

-- name: ids
SELECT queue_id FROM queue_message ORDER BY queue_id

-- name: retry
UPDATE queue_recipient SET state = 'waiting', next_attempt = ?
WHERE queue_id = ? AND state IN ('waiting', 'held') AND lease_ends < ?

-- name: hold
UPDATE queue_recipient SET state = 'held' WHERE queue_id = ? AND state = 'waiting' AND lease_ends < ?

-- name: counts
SELECT state, count(*) FROM queue_recipient GROUP BY state
