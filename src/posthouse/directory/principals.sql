-- name: add_principal
INSERT INTO principal (kind, domain, local, address, disabled, admin, attributes, query, created)
VALUES (?, ?, ?, ?, 0, 0, ?, ?, unixepoch()) RETURNING principal_id

-- name: add_address
-- One row for every address that we know, of whatever kind: none can be taken twice.
INSERT INTO address (domain, local, address, principal_id, aliased) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (domain, local) DO NOTHING

-- name: find_principal
SELECT p.principal_id, p.kind, p.address, p.disabled, p.admin, p.attributes, p.query
FROM address a JOIN principal p ON p.principal_id = a.principal_id WHERE a.domain = ? AND a.local = ?

-- name: principal_by_id
SELECT principal_id, kind, address, disabled, admin, attributes, query FROM principal WHERE principal_id = ?

-- name: moments
SELECT created, modified FROM principal WHERE principal_id = ?

-- name: list_principals
SELECT principal_id, kind, address, disabled, admin, attributes, query
FROM principal WHERE kind = ? ORDER BY domain, local

-- name: set_attributes
UPDATE principal SET attributes = ?, disabled = ?, admin = ? WHERE principal_id = ?

-- name: remove_principal
DELETE FROM principal WHERE principal_id = ?

-- name: remove_members
DELETE FROM group_member WHERE principal_id = ?

-- name: remove_credential
DELETE FROM credential WHERE principal_id = ?

-- name: remove_certificates
DELETE FROM certificate WHERE principal_id = ?

-- name: remove_address
DELETE FROM address WHERE domain = ? AND local = ?

-- name: remove_targets
DELETE FROM alias_target WHERE domain = ? AND local = ?

-- name: remove_values
DELETE FROM principal_value WHERE principal_id = ?
