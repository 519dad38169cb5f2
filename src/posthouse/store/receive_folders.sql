-- name: all
SELECT message_class, folder_id, changed FROM receive_folder WHERE account_id = ? ORDER BY message_class

-- name: put
INSERT INTO receive_folder (account_id, message_class, folder_id, changed) VALUES (?, ?, ?, ?)
ON CONFLICT (account_id, message_class) DO UPDATE SET folder_id = excluded.folder_id, changed = excluded.changed

-- name: count
SELECT count(*) FROM receive_folder WHERE account_id = ?

-- name: forget
DELETE FROM receive_folder WHERE account_id = ? AND message_class = ?

-- name: forget_folder
DELETE FROM receive_folder WHERE account_id = ? AND folder_id = ?
