-- name: change
-- Something in the directory is not as it was.
UPDATE directory_state SET generation = generation + 1

-- name: touch
UPDATE principal SET modified = unixepoch() WHERE principal_id = ?

-- name: generation
SELECT generation FROM directory_state

-- name: secret
SELECT secret FROM directory_state

-- name: set_secret
-- Once: the first one stays.
UPDATE directory_state SET secret = ? WHERE secret = ''
