-- name: all
SELECT number, guid FROM replica WHERE account_id = ? ORDER BY number

-- name: find
SELECT number FROM replica WHERE account_id = ? AND guid = ?

-- name: last
SELECT coalesce(max(number), 0) FROM replica WHERE account_id = ?

-- name: insert
INSERT INTO replica (account_id, number, guid) VALUES (?, ?, ?)
