-- name: all
SELECT property_id, guid, name FROM property_id WHERE account_id = ?

-- name: find
SELECT property_id FROM property_id WHERE account_id = ? AND guid = ? AND name = ?

-- name: last
SELECT coalesce(max(property_id), 0) FROM property_id WHERE account_id = ?

-- name: insert
INSERT INTO property_id (account_id, property_id, guid, name) VALUES (?, ?, ?, ?)
