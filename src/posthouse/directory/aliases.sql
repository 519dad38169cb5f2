-- name: add_alias
-- An account's address keeps its account.
INSERT INTO address (domain, local, address, principal_id, aliased) VALUES (?, ?, ?, NULL, 1)
ON CONFLICT (domain, local) DO UPDATE SET aliased = 1

-- name: remove_alias
DELETE FROM address WHERE domain = ? AND local = ? AND principal_id IS NULL

-- name: unalias
UPDATE address SET aliased = 0 WHERE domain = ? AND local = ?

-- name: add_target
INSERT INTO alias_target (domain, local, position, target) VALUES (?, ?, ?, ?)

-- name: targets
SELECT target FROM alias_target WHERE domain = ? AND local = ? ORDER BY position

-- name: remove_targets
DELETE FROM alias_target WHERE domain = ? AND local = ?

-- name: list_aliases
SELECT a.address, t.target FROM address a JOIN alias_target t ON t.domain = a.domain AND t.local = a.local
WHERE a.aliased = 1 ORDER BY a.domain, a.local, t.position
