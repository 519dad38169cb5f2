-- name: given
SELECT since, times FROM rule_answer WHERE account_id = ? AND rule_id = ? AND address = ?

-- name: note
INSERT INTO rule_answer (account_id, rule_id, address, since, times) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account_id, rule_id, address) DO UPDATE SET since = excluded.since, times = excluded.times

-- name: count
SELECT COUNT(*) FROM rule_answer WHERE account_id = ?

-- name: oldest
SELECT rule_id, address FROM rule_answer WHERE account_id = ? ORDER BY since, rule_id, address LIMIT 1

-- name: delete
DELETE FROM rule_answer WHERE account_id = ? AND rule_id = ? AND address = ?

-- name: forget
DELETE FROM rule_answer WHERE account_id = ?

-- name: forget_rule
DELETE FROM rule_answer WHERE account_id = ? AND rule_id = ?

-- name: forget_folder
DELETE FROM rule_answer WHERE account_id = ?
    AND rule_id IN (SELECT r.rule_id FROM folder_rule r WHERE r.account_id = ? AND r.folder_id = ?)
