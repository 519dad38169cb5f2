-- name: of_row
SELECT creator FROM message_object WHERE account_id = ? AND message_id = ?

-- name: own
SELECT message_id FROM message_object WHERE account_id = ? AND message_id BETWEEN ? AND ? AND creator = ?

-- name: own_uids
SELECT m.uid FROM message m
JOIN message_object o ON o.account_id = m.account_id AND o.message_id = m.message_id
WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? AND o.creator = ?

-- name: of_others
SELECT 1 FROM message m
LEFT JOIN message_object o ON o.account_id = m.account_id AND o.message_id = m.message_id
WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? AND coalesce(o.creator, 0) <> ? LIMIT 1

-- name: put
-- Of messages in a folder's contents, whether there is anything else beside them or not.
INSERT INTO message_object (account_id, message_id, whole, form, keyed_at, creator)
SELECT m.account_id, m.message_id, 0, ?, 0, CAST(? AS BIGINT) FROM message m
WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ?
ON CONFLICT (account_id, message_id) DO UPDATE SET creator = excluded.creator
