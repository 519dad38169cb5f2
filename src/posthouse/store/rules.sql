-- name: rules
SELECT rule_id, sequence, state, form FROM folder_rule WHERE account_id = ? AND folder_id = ? ORDER BY sequence, rule_id

-- name: ruled
SELECT DISTINCT folder_id FROM folder_rule WHERE account_id = ?

-- name: put
INSERT INTO folder_rule (account_id, folder_id, rule_id, sequence, state, form) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, folder_id, rule_id) DO UPDATE SET sequence = excluded.sequence, state = excluded.state,
    form = excluded.form

-- name: delete
DELETE FROM folder_rule WHERE account_id = ? AND folder_id = ? AND rule_id = ?

-- name: forget_folder
DELETE FROM folder_rule WHERE account_id = ? AND folder_id = ?

-- name: nowhere
SELECT DISTINCT r.account_id, r.folder_id FROM folder_rule r
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = r.account_id AND f.folder_id = r.folder_id)
