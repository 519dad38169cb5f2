-- name: insert_folder
INSERT INTO folder (account_id, folder_id, parent_id, name, role, uid_validity, next_uid, total, unseen, deleted, bytes,
    highest_modseq, modseq, change_floor, hidden, changed_at, filled_at, branched_at)
VALUES (?, ?, ?, ?, ?, ?, 1, 0, 0, 0, 0, ?, ?, 0, ?, unixepoch(), unixepoch(), unixepoch())

-- name: branch
-- The folders below it are others now.
UPDATE folder SET branch_modseq = ?, branched_at = unixepoch(), filled_at = unixepoch() WHERE account_id = ? AND folder_id = ?

-- name: moments
SELECT changed_at, filled_at, branched_at, branch_modseq FROM folder WHERE account_id = ? AND folder_id = ?

-- name: all_moments
SELECT folder_id, changed_at, filled_at, branched_at, branch_modseq FROM folder WHERE account_id = ?

-- name: names_below
SELECT folder_id, name FROM folder WHERE account_id = ? AND parent_id = ? ORDER BY folder_id

-- name: child
SELECT folder_id FROM folder WHERE account_id = ? AND parent_id = ? AND name = ?

-- name: shown_child
SELECT folder_id FROM folder WHERE account_id = ? AND parent_id = ? AND name = ? AND hidden = 0

-- name: folder
SELECT folder_id, parent_id, name, role, uid_validity, next_uid, total, unseen, deleted, bytes, highest_modseq, modseq, hidden
FROM folder WHERE account_id = ? AND folder_id = ?

-- name: child_folder
SELECT folder_id, parent_id, name, role, uid_validity, next_uid, total, unseen, deleted, bytes, highest_modseq, modseq, hidden
FROM folder WHERE account_id = ? AND parent_id = ? AND name = ? AND hidden = 0

-- name: parents
SELECT folder_id, parent_id FROM folder WHERE account_id = ?

-- name: folders
SELECT folder_id, parent_id, name, role, uid_validity, next_uid, total, unseen, deleted, bytes, highest_modseq, modseq, hidden
FROM folder WHERE account_id = ? AND hidden <= ? ORDER BY folder_id

-- name: changed_folders
SELECT folder_id, parent_id, name, role, uid_validity, next_uid, total, unseen, deleted, bytes, highest_modseq, modseq, hidden
FROM folder WHERE account_id = ? AND (highest_modseq > ? OR modseq > ?)

-- name: count_folders
SELECT count(*), coalesce(sum(1 - hidden), 0) FROM folder WHERE account_id = ?

-- name: has_children
SELECT 1 FROM folder WHERE account_id = ? AND parent_id = ? LIMIT 1

-- name: place
UPDATE folder SET parent_id = ?, name = ?, modseq = ?, changed_at = unixepoch() WHERE account_id = ? AND folder_id = ?

-- name: set_role
UPDATE folder SET role = ?, modseq = ?, changed_at = unixepoch() WHERE account_id = ? AND folder_id = ?

-- name: role_folder
SELECT folder_id FROM folder WHERE account_id = ? AND role = ?

-- name: role_folders
SELECT role, folder_id FROM folder WHERE account_id = ? AND role IS NOT NULL AND hidden = 0 ORDER BY folder_id

-- name: is_hidden
SELECT hidden FROM folder WHERE account_id = ? AND folder_id = ?

-- name: set_hidden
UPDATE folder SET hidden = ?, modseq = ?, changed_at = unixepoch() WHERE account_id = ? AND folder_id = ? AND hidden <> ?

-- name: delete_folder
DELETE FROM folder WHERE account_id = ? AND folder_id = ?

-- name: delete_tombstones
DELETE FROM tombstone WHERE account_id = ? AND folder_id = ?

-- name: delete_changes
DELETE FROM folder_change WHERE account_id = ? AND folder_id = ?

-- name: delete_keywords
DELETE FROM folder_keyword WHERE account_id = ? AND folder_id = ?

-- name: delete_messages
DELETE FROM message WHERE account_id = ? AND folder_id = ?

-- name: release_messages
INSERT INTO content_released (content_id)
SELECT DISTINCT content_id FROM message WHERE account_id = ? AND folder_id = ? ORDER BY content_id
ON CONFLICT (content_id) DO UPDATE SET content_id = excluded.content_id

-- name: subscribe
INSERT INTO subscription (account_id, path) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: unsubscribe
DELETE FROM subscription WHERE account_id = ? AND path = ?

-- name: subscriptions
SELECT path FROM subscription WHERE account_id = ? ORDER BY path

-- name: keywords
SELECT keyword FROM folder_keyword WHERE account_id = ? AND folder_id = ? ORDER BY folded

-- name: spelling
SELECT folded, keyword FROM folder_keyword WHERE account_id = ? AND folder_id = ?

-- name: add_keyword
INSERT INTO folder_keyword (account_id, folder_id, folded, keyword) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
