-- name: get
SELECT secret FROM url_key WHERE account_id = ? AND folder_id = ?

-- name: insert
INSERT INTO url_key (account_id, folder_id, secret) VALUES (?, ?, ?)
ON CONFLICT (account_id, folder_id) DO UPDATE SET folder_id = excluded.folder_id RETURNING secret

-- name: forget
DELETE FROM url_key WHERE account_id = ? AND folder_id = ?

-- name: forget_all
DELETE FROM url_key WHERE account_id = ?

-- name: nowhere
-- Of folders that do not exist.
SELECT k.account_id, k.folder_id FROM url_key k
LEFT JOIN folder f ON f.account_id = k.account_id AND f.folder_id = k.folder_id WHERE f.folder_id IS NULL
