-- name: find_login
-- The hot path of every login.
SELECT p.principal_id, p.address, p.disabled, p.admin, c.version, c.password_hash, c.scram_iterations
FROM address a JOIN principal p ON p.principal_id = a.principal_id
LEFT JOIN credential c ON c.principal_id = p.principal_id
WHERE a.domain = ? AND a.local = ? AND p.kind = 'account'

-- name: find_certificate
SELECT p.principal_id, p.address, p.disabled, p.admin, c.version, c.password_hash, c.scram_iterations
FROM certificate t JOIN principal p ON p.principal_id = t.principal_id
LEFT JOIN credential c ON c.principal_id = p.principal_id
WHERE t.identity = ?

-- name: find_scram_keys
SELECT c.scram_sha_256, c.scram_sha_1
FROM address a JOIN credential c ON c.principal_id = a.principal_id WHERE a.domain = ? AND a.local = ?

-- name: set_keys
-- The version grows for ever, also over a removed password: whoever remembers an old one never finds it again.
INSERT INTO credential (principal_id, version, password_hash, scram_iterations, scram_sha_256, scram_sha_1)
VALUES (?, 1, ?, ?, ?, ?)
ON CONFLICT (principal_id) DO UPDATE SET version = credential.version + 1, password_hash = excluded.password_hash,
    scram_iterations = excluded.scram_iterations, scram_sha_256 = excluded.scram_sha_256,
    scram_sha_1 = excluded.scram_sha_1

-- name: remove_keys
UPDATE credential SET version = version + 1, password_hash = '', scram_iterations = 0, scram_sha_256 = '',
    scram_sha_1 = '' WHERE principal_id = ?

-- name: renew_keys
UPDATE credential SET password_hash = ?, scram_iterations = ?, scram_sha_256 = ?, scram_sha_1 = ?
WHERE principal_id = ? AND version = ?

-- name: add_certificate
INSERT INTO certificate (identity, principal_id) VALUES (?, ?) ON CONFLICT (identity) DO NOTHING

-- name: remove_certificate
DELETE FROM certificate WHERE identity = ?
