-- name: find
SELECT replica, changes FROM read_set WHERE account_id = ? AND folder_key = ?

-- name: of_replica
SELECT folder_key FROM read_set WHERE account_id = ? AND replica = ? ORDER BY folder_key

-- name: count_others
SELECT count(*) FROM read_set WHERE account_id = ? AND folder_key <> ?

-- name: put
INSERT INTO read_set (account_id, folder_key, replica, changes, stored) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account_id, folder_key)
DO UPDATE SET replica = excluded.replica, changes = excluded.changes, stored = excluded.stored

-- name: read_of_folder
SELECT coalesce(change_number, modseq) FROM message WHERE account_id = ? AND folder_id = ? AND flags & 1 <> 0

-- name: states
SELECT uid, coalesce(change_number, modseq), flags FROM message WHERE account_id = ? AND folder_id = ? ORDER BY uid
