-- name: versions
SELECT room, version FROM schema_version

-- name: forget_versions
DELETE FROM schema_version
