-- name: get
SELECT secret FROM url_key WHERE account_id = ? AND folder_id = ?

-- name: insert
INSERT INTO url_key (account_id, folder_id, secret) VALUES (?, ?, ?)
ON CONFLICT (account_id, folder_id) DO UPDATE SET folder_id = excluded.folder_id RETURNING secret

-- name: forget
DELETE FROM url_key WHERE account_id = ? AND folder_id = ?

-- name: forget_all
DELETE FROM url_key WHERE account_id = ?
