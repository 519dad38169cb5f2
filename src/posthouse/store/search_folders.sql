-- name: load
SELECT restriction, scope, flags, modseq, found FROM search_folder WHERE account_id = ? AND folder_id = ?

-- name: all
SELECT folder_id, flags FROM search_folder WHERE account_id = ?

-- name: put
INSERT INTO search_folder (account_id, folder_id, restriction, scope, flags, modseq, found) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, folder_id) DO UPDATE SET restriction = excluded.restriction, scope = excluded.scope,
    flags = excluded.flags, modseq = excluded.modseq, found = excluded.found

-- name: set_found
UPDATE search_folder SET found = ? WHERE account_id = ? AND folder_id = ? AND modseq = ?

-- name: forget
DELETE FROM search_folder WHERE account_id = ? AND folder_id = ?

-- name: nowhere
SELECT s.account_id, s.folder_id FROM search_folder s
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = s.account_id AND f.folder_id = s.folder_id)

-- name: begun
SELECT folder_id FROM search_folder WHERE account_id = ? AND modseq > ? AND length(restriction) > 0
