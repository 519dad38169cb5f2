-- name: limits
SELECT resource, quota FROM quota_limit WHERE account_id = ?

-- name: limit
SELECT quota FROM quota_limit WHERE account_id = ? AND resource = ?

-- name: set_limit
INSERT INTO quota_limit (account_id, resource, quota) VALUES (?, ?, ?)
ON CONFLICT (account_id, resource) DO UPDATE SET quota = excluded.quota

-- name: forget_limits
DELETE FROM quota_limit WHERE account_id = ?

-- name: folders
SELECT count(*) FROM folder WHERE account_id = ? AND hidden = 0

-- name: deleted_bytes
-- Of messages with a bit of their flags set.
SELECT coalesce(sum(size), 0) FROM message WHERE account_id = ? AND folder_id = ? AND flags & ? <> 0

-- name: of_nobody
SELECT DISTINCT q.account_id FROM quota_limit q
LEFT JOIN account a ON a.account_id = q.account_id WHERE a.account_id IS NULL
