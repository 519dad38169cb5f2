-- name: version
SELECT highest_modseq FROM folder WHERE account_id = ? AND folder_id = ?

-- name: number
SELECT message_id FROM message WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: vanished
SELECT message_id FROM tombstone WHERE account_id = ? AND folder_id = ? AND modseq > ?
