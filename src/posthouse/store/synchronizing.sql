-- name: normal
SELECT message_id, coalesce(change_number, modseq), modseq, flags, internal_date, size, 0
FROM message WHERE account_id = ? AND folder_id = ?

-- name: associated
SELECT message_id, modseq, modseq, flags, internal_date, size, 1
FROM aside_message WHERE account_id = ? AND folder_id = ? AND state = 1
