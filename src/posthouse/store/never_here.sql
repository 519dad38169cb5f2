-- name: touched
SELECT low, high FROM never_here WHERE account_id = ? AND folder_id = ? AND replica = ? AND low <= ? AND high >= ?

-- name: forget
DELETE FROM never_here WHERE account_id = ? AND folder_id = ? AND replica = ? AND low = ?

-- name: insert
INSERT INTO never_here (account_id, folder_id, replica, low, high) VALUES (?, ?, ?, ?, ?)

-- name: count
SELECT count(*) FROM never_here WHERE account_id = ? AND folder_id = ?

-- name: find
SELECT 1 FROM never_here WHERE account_id = ? AND folder_id = ? AND replica = ? AND low <= ? AND high >= ?

-- name: forget_folder
DELETE FROM never_here WHERE account_id = ? AND folder_id = ?
