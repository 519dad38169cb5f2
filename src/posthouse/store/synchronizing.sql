-- name: normal
SELECT message_id, coalesce(change_number, modseq), modseq, flags, internal_date, size, 0
FROM message WHERE account_id = ? AND folder_id = ?

-- name: associated
SELECT message_id, modseq, modseq, flags, internal_date, size, 1
FROM aside_message WHERE account_id = ? AND folder_id = ? AND state = 1

-- name: normal_at
SELECT message_id, coalesce(change_number, modseq), modseq, flags, internal_date, size, 0
FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: vanished
SELECT message_id FROM tombstone WHERE account_id = ? AND folder_id = ? AND modseq > ?

-- name: fingerprint
SELECT count(*), coalesce(sum(message_id), 0), coalesce(sum((message_id % 1000003) * (message_id % 1000003)), 0)
FROM message WHERE account_id = ? AND folder_id = ?

-- name: of_ids
SELECT message_id, coalesce(change_number, modseq), modseq, flags, internal_date, size, 0
FROM message WHERE account_id = ? AND message_id BETWEEN ? AND ?

-- name: has_vanished
SELECT 1 FROM tombstone WHERE account_id = ? AND message_id = ? LIMIT 1
