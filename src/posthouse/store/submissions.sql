-- name: insert
INSERT INTO submission (account_id, message_id, queue_id, target_id, form) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account_id, message_id) DO UPDATE SET queue_id = excluded.queue_id, target_id = excluded.target_id,
    form = excluded.form

-- name: of_message
SELECT queue_id FROM submission WHERE account_id = ? AND message_id = ?

-- name: of_queue
SELECT account_id, message_id, target_id FROM submission WHERE queue_id = ?

-- name: form
SELECT form FROM submission WHERE queue_id = ?

-- name: delete
DELETE FROM submission WHERE account_id = ? AND message_id = ?
