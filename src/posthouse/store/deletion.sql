-- name: uids_of
-- Which of these messages a folder has.
SELECT uid FROM message WHERE account_id = ? AND folder_id = ? AND message_id BETWEEN ? AND ?

-- name: folders_of
SELECT folder_id, message_id FROM message WHERE account_id = ? AND message_id BETWEEN ? AND ?

-- name: set_aside
INSERT INTO aside_message (account_id, folder_id, message_id, state, modseq, flags, keywords, internal_date, saved, size,
    content_id, deleted)
SELECT account_id, folder_id, message_id, CAST(? AS BIGINT), CAST(? AS BIGINT), flags, keywords, internal_date,
    CAST(? AS BIGINT), size, content_id, CAST(? AS BIGINT)
FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: delete_associated
UPDATE aside_message SET state = ?, modseq = ?, saved = ?, deleted = ?
WHERE account_id = ? AND folder_id = ? AND message_id BETWEEN ? AND ? AND state = ?

-- name: release_asides
INSERT INTO content_released (content_id)
SELECT DISTINCT content_id FROM aside_message
WHERE account_id = ? AND folder_id = ? AND message_id BETWEEN ? AND ? AND state <= ? AND content_id <> 0 ORDER BY content_id
ON CONFLICT (content_id) DO UPDATE SET content_id = excluded.content_id

-- name: asides_to_go
-- With the names that other replicas have given them.
SELECT a.message_id, a.state, o.source_key FROM aside_message a
LEFT JOIN message_object o ON o.account_id = a.account_id AND o.message_id = a.message_id
WHERE a.account_id = ? AND a.folder_id = ? AND a.message_id BETWEEN ? AND ? AND a.state <= ?

-- name: forget_objects
DELETE FROM message_object WHERE account_id = ? AND message_id IN (SELECT message_id FROM aside_message
    WHERE account_id = ? AND folder_id = ? AND message_id BETWEEN ? AND ? AND state <= ?)

-- name: forget_asides
DELETE FROM aside_message WHERE account_id = ? AND folder_id = ? AND message_id BETWEEN ? AND ? AND state <= ?

-- name: old_asides
SELECT account_id, folder_id, message_id FROM aside_message WHERE deleted > 0 AND deleted < ? LIMIT ?

-- name: asides_deleted_at
SELECT message_id FROM aside_message WHERE account_id = ? AND folder_id = ? AND deleted = ? ORDER BY message_id

-- name: insert_folder
INSERT INTO deleted_folder (account_id, folder_id, parent_id, name, uid_validity, modseq, deleted)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: folder
SELECT folder_id, parent_id, name, uid_validity, modseq, deleted FROM deleted_folder WHERE account_id = ? AND folder_id = ?

-- name: folders_below
SELECT folder_id, parent_id, name, uid_validity, modseq, deleted FROM deleted_folder WHERE account_id = ? AND parent_id = ?
ORDER BY name, folder_id

-- name: old_folders
SELECT account_id, folder_id FROM deleted_folder WHERE deleted < ? LIMIT ?

-- name: forget_folder
DELETE FROM deleted_folder WHERE account_id = ? AND folder_id = ?
