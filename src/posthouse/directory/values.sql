-- name: values
SELECT value FROM principal_value WHERE principal_id = ? AND name = ? ORDER BY position

-- name: remove
DELETE FROM principal_value WHERE principal_id = ? AND name = ?

-- name: add
INSERT INTO principal_value (principal_id, name, position, value) VALUES (?, ?, ?, ?)
