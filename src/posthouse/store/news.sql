-- name: counters
SELECT modseq, next_id FROM account WHERE account_id = ?

-- name: folder_ids
SELECT folder_id FROM folder WHERE account_id = ?

-- name: arrived
SELECT folder_id, uid, message_id, modseq, coalesce(change_number, modseq), flags, keywords, internal_date, saved, size,
    content_id, changed_at, marked_at FROM message WHERE account_id = ? AND folder_id = ? AND uid >= ? ORDER BY uid LIMIT ?

-- name: changed
SELECT folder_id, uid, message_id, modseq, coalesce(change_number, modseq), flags, keywords, internal_date, saved, size,
    content_id, changed_at, marked_at FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND modseq > ?
ORDER BY uid LIMIT ?

-- name: departed
SELECT modseq, uid, message_id FROM tombstone WHERE account_id = ? AND folder_id = ? AND modseq > ?
ORDER BY modseq, uid LIMIT ?

-- name: asides
SELECT folder_id, message_id, modseq, modseq, flags, keywords, internal_date, saved, size, content_id, NULL, marked_at, state,
    deleted
FROM aside_message WHERE account_id = ? AND folder_id = ? AND modseq > ? ORDER BY message_id LIMIT ?

-- name: associated
SELECT folder_id, message_id FROM aside_message WHERE account_id = ? AND state = ?

-- name: associated_here
SELECT message_id FROM aside_message WHERE account_id = ? AND folder_id = ? AND state = ?

-- name: alike
-- Messages of one content.
SELECT folder_id, message_id FROM message WHERE content_id = ? AND account_id = ? AND internal_date = ? LIMIT ?
