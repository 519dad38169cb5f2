-- name: rules
SELECT rule_id, sequence, state, form FROM folder_rule WHERE account_id = ? AND folder_id = ? ORDER BY sequence, rule_id

-- name: has_any
SELECT 1 FROM folder_rule WHERE account_id = ? LIMIT 1

-- name: has_extended
-- From the index alone.
SELECT 1 FROM message_object WHERE account_id = ? AND rule = 1 LIMIT 1

-- name: ruled
SELECT DISTINCT folder_id FROM folder_rule WHERE account_id = ?

-- name: ruled_by_messages
-- The marks come first: their index is small. Those of blobs are certain.
SELECT a.folder_id, o.form, o.blob
FROM (SELECT account_id, message_id FROM message_object WHERE account_id = ? AND rule = 1 ORDER BY message_id LIMIT ?) m
JOIN aside_message a ON a.account_id = m.account_id AND a.message_id = m.message_id AND a.state = 1
JOIN message_object o ON o.account_id = m.account_id AND o.message_id = m.message_id

-- name: put
INSERT INTO folder_rule (account_id, folder_id, rule_id, sequence, state, form) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, folder_id, rule_id) DO UPDATE SET sequence = excluded.sequence, state = excluded.state,
    form = excluded.form

-- name: delete
DELETE FROM folder_rule WHERE account_id = ? AND folder_id = ? AND rule_id = ?

-- name: forget_folder
DELETE FROM folder_rule WHERE account_id = ? AND folder_id = ?

-- name: extended
-- Associated messages of a folder that may be rules.
SELECT a.message_id, o.form, o.blob FROM message_object o
JOIN aside_message a ON a.account_id = o.account_id AND a.message_id = o.message_id
WHERE o.account_id = ? AND o.rule = 1 AND a.folder_id = ? AND a.state = 1 ORDER BY a.message_id LIMIT ?

-- name: nowhere
SELECT DISTINCT r.account_id, r.folder_id FROM folder_rule r
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = r.account_id AND f.folder_id = r.folder_id)
