-- name: members
SELECT address FROM group_member WHERE principal_id = ? AND role = ? ORDER BY position

-- name: add_member
INSERT INTO group_member (principal_id, role, position, address) VALUES (?, ?, ?, ?)

-- name: remove_members
DELETE FROM group_member WHERE principal_id = ? AND role = ?

-- name: set_query
UPDATE principal SET query = ? WHERE principal_id = ?
