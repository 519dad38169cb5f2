-- name: find_address
-- The hot path of every recipient.
SELECT a.principal_id, p.kind, a.address, a.aliased, p.disabled, p.query
FROM address a LEFT JOIN principal p ON p.principal_id = a.principal_id WHERE a.domain = ? AND a.local = ?

-- name: find_domain
SELECT 1 FROM domain WHERE name = ?

-- name: targets
SELECT target FROM alias_target WHERE domain = ? AND local = ? ORDER BY position

-- name: find_postmaster
SELECT principal_id, kind, address, 0, disabled, query FROM principal WHERE kind = 'account' AND disabled = 0
ORDER BY admin DESC, CASE WHEN domain = ? THEN 0 ELSE 1 END, principal_id LIMIT 1
