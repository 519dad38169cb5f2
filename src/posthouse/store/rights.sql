-- name: entries
SELECT principal_id, negative, is_group, rights FROM folder_right WHERE account_id = ? AND folder_id = ?
ORDER BY principal_id, negative

-- name: entries_of_account
SELECT folder_id, principal_id, negative, is_group, rights FROM folder_right WHERE account_id = ?

-- name: shared_folders
-- Those with entries, and all above them.
WITH RECURSIVE shared (folder_id) AS (
    SELECT folder_id FROM folder_right WHERE account_id = ?
    UNION
    SELECT f.parent_id FROM shared s JOIN folder f ON f.account_id = ? AND f.folder_id = s.folder_id
)
SELECT f.folder_id, f.parent_id, f.name, f.role, f.uid_validity, f.next_uid, f.total, f.unseen, f.deleted, f.bytes,
    f.highest_modseq, f.modseq, f.hidden
FROM shared s JOIN folder f ON f.account_id = ? AND f.folder_id = s.folder_id
WHERE f.hidden = 0

-- name: grant
INSERT INTO folder_right (account_id, folder_id, principal_id, negative, is_group, rights) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, folder_id, principal_id, negative) DO UPDATE SET rights = excluded.rights

-- name: revoke
DELETE FROM folder_right WHERE account_id = ? AND folder_id = ? AND principal_id = ? AND negative = ?

-- name: inherit
-- A new folder begins with the rights of the one above it.
INSERT INTO folder_right (account_id, folder_id, principal_id, negative, is_group, rights)
SELECT account_id, CAST(? AS BIGINT), principal_id, negative, is_group, rights FROM folder_right
WHERE account_id = ? AND folder_id = ?

-- name: forget_folder
DELETE FROM folder_right WHERE account_id = ? AND folder_id = ?

-- name: forget_principal
DELETE FROM folder_right WHERE is_group = ? AND principal_id = ?

-- name: groups
SELECT DISTINCT principal_id FROM folder_right WHERE is_group = 1

-- name: sharers
-- Whose folders somebody may look up: 1 is the bit of the right `l`.
SELECT DISTINCT account_id FROM folder_right
WHERE is_group = ? AND principal_id = ? AND negative = 0 AND rights & 1 = 1

-- name: stewarded
-- Whose Inbox, which is folder 1, somebody may administer: 1024 is the bit of the right `a`.
SELECT account_id FROM folder_right
WHERE is_group = ? AND principal_id = ? AND negative = 0 AND folder_id = 1 AND rights & 1024 = 1024

-- name: touch
UPDATE folder SET modseq = ?, changed_at = unixepoch() WHERE account_id = ? AND folder_id = ?
