-- name: insert_message
INSERT INTO message (account_id, folder_id, uid, message_id, modseq, flags, keywords, internal_date, saved, size, content_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: sums
-- Counters of a range of a folder: messages, unseen, marked as deleted, bytes.
SELECT count(*), coalesce(sum(CASE WHEN flags & 1 = 0 THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN flags & 8 = 0 THEN 0 ELSE 1 END), 0), coalesce(sum(size), 0)
FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: uids
SELECT uid FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? ORDER BY uid

-- name: deleted_uids
SELECT uid FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND flags & 8 <> 0 ORDER BY uid

-- name: used_keywords
SELECT DISTINCT keywords FROM message
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND keywords IS NOT NULL

-- name: copy
-- The messages of a range, numbered on from a UID and an id.
INSERT INTO message (account_id, folder_id, uid, message_id, modseq, flags, keywords, internal_date, saved, size, content_id,
    changed_at)
SELECT account_id, ?, ? + row_number() OVER (ORDER BY uid), ? + row_number() OVER (ORDER BY uid), ?,
    flags, keywords, internal_date, ?, size, content_id, changed_at
FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? ORDER BY uid

-- name: respell
UPDATE message SET keywords = ? WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND keywords = ?

-- name: bury
INSERT INTO tombstone (account_id, folder_id, modseq, uid, message_id)
SELECT account_id, folder_id, ?, uid, message_id FROM message
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: release
INSERT INTO content_released (content_id)
SELECT DISTINCT content_id FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?
ORDER BY content_id ON CONFLICT (content_id) DO UPDATE SET content_id = excluded.content_id

-- name: delete
DELETE FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: add_to_folder
UPDATE folder SET next_uid = next_uid + ?, total = total + ?, unseen = unseen + ?, deleted = deleted + ?,
    bytes = bytes + ?, highest_modseq = ?, filled_at = unixepoch()
WHERE account_id = ? AND folder_id = ? RETURNING next_uid, uid_validity

-- name: set_read_state
UPDATE message SET flags = flags | ?, change_number = coalesce(change_number, modseq), modseq = ?,
    marked_at = epoch_ms()
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND flags & ? <> ?

-- name: clear_read_state
-- What was seen (1) has been so for ever (4096, `Flag.WAS_SEEN`).
UPDATE message SET flags = (flags & ~CAST(? AS BIGINT)) | ((flags & 1) * 4096), change_number = coalesce(change_number, modseq), modseq = ?,
    marked_at = epoch_ms()
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND flags & ? <> 0

-- name: set_bits
UPDATE message SET flags = flags | ?, change_number = NULL, modseq = ?, changed_at = epoch_ms()
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND flags & ? <> ?

-- name: clear_bits
UPDATE message SET flags = (flags & ~CAST(? AS BIGINT)) | ((flags & 1) * 4096), change_number = NULL, modseq = ?, changed_at = epoch_ms()
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND flags & ? <> 0

-- name: tell_read_state
UPDATE message SET change_number = coalesce(change_number, modseq), modseq = ?
WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: replace_flags
-- But for what the hub notes by itself (7168, `NOTED`).
UPDATE message SET flags = (flags & 7168) | ((flags & 1) * 4096) | CAST(? AS BIGINT), keywords = ?, change_number = NULL, modseq = ?,
    changed_at = epoch_ms()
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?
    AND (flags & ~7168 <> ? OR coalesce(keywords, '') <> coalesce(CAST(? AS TEXT), ''))

-- name: keyword_sets
-- The different sets of keywords of some messages.
SELECT DISTINCT coalesce(keywords, '') FROM message
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? LIMIT ?

-- name: keyword_rows
SELECT uid, coalesce(keywords, '') FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: set_keywords
UPDATE message SET flags = ((flags | CAST(? AS BIGINT)) & ~CAST(? AS BIGINT)) | ((flags & 1) * 4096), keywords = ?,
    change_number = NULL, modseq = ?, changed_at = epoch_ms()
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND coalesce(keywords, '') = ?

-- name: touch
UPDATE message SET modseq = ? WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: note_change
INSERT INTO folder_change (account_id, folder_id, modseq, low, high) VALUES (?, ?, ?, ?, ?)

-- name: old_change
-- The first change that is too old to be kept.
SELECT modseq FROM folder_change WHERE account_id = ? AND folder_id = ? ORDER BY modseq DESC LIMIT 1 OFFSET ?

-- name: forget_changes
DELETE FROM folder_change WHERE account_id = ? AND folder_id = ? AND modseq <= ?

-- name: set_change_floor
UPDATE folder SET change_floor = ? WHERE account_id = ? AND folder_id = ?

-- name: noted_changes
SELECT low, high FROM folder_change WHERE account_id = ? AND folder_id = ? AND modseq > ?

-- name: set_counters
UPDATE folder SET unseen = unseen + ?, deleted = deleted + ?, highest_modseq = ?, filled_at = unixepoch()
WHERE account_id = ? AND folder_id = ?

-- name: changed
SELECT uid, flags, keywords, modseq FROM message
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND modseq > ? ORDER BY uid

-- name: changed_uids
SELECT uid FROM message
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND modseq > ? ORDER BY uid

-- name: highest_of
SELECT max(modseq) FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: last_messages
SELECT uid, flags, keywords, modseq FROM message
WHERE account_id = ? AND folder_id = ? AND uid < ? ORDER BY uid DESC LIMIT ?

-- name: vanished
SELECT uid FROM tombstone WHERE account_id = ? AND folder_id = ? AND modseq > ? ORDER BY uid

-- name: folder_state
SELECT highest_modseq, next_uid, change_floor FROM folder WHERE account_id = ? AND folder_id = ?

-- name: first_unseen
SELECT uid FROM message WHERE account_id = ? AND folder_id = ? AND flags & 1 = 0 ORDER BY uid LIMIT 1
