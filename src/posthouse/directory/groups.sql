-- name: members
SELECT address FROM group_member WHERE principal_id = ? AND role = ? ORDER BY position

-- name: add_member
INSERT INTO group_member (principal_id, role, position, address) VALUES (?, ?, ?, ?)

-- name: remove_members
DELETE FROM group_member WHERE principal_id = ? AND role = ?

-- name: set_query
UPDATE principal SET query = ? WHERE principal_id = ?

-- name: linking
SELECT p.principal_id, p.kind, p.address, p.disabled, p.admin, p.attributes, p.query
FROM group_member m JOIN principal p ON p.principal_id = m.principal_id
WHERE m.role = ? AND lower(m.address) = lower(?) ORDER BY p.principal_id

-- name: dynamic_groups
SELECT principal_id, kind, address, disabled, admin, attributes, query
FROM principal WHERE kind = 'group' AND query <> '' ORDER BY principal_id
