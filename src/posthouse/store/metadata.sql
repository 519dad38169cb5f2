-- name: get
SELECT value FROM metadata
WHERE account_id = ? AND folder_id = ? AND reader_id = ? AND entry = ? AND value IS NOT NULL

-- name: entries
SELECT entry, size FROM metadata
WHERE account_id = ? AND folder_id = ? AND reader_id = ? AND value IS NOT NULL

-- name: set
INSERT INTO metadata (account_id, folder_id, reader_id, entry, value, size, modseq) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, folder_id, reader_id, entry)
DO UPDATE SET value = excluded.value, size = excluded.size, modseq = excluded.modseq

-- name: remove
UPDATE metadata SET value = NULL, size = 0, modseq = ?
WHERE account_id = ? AND folder_id = ? AND reader_id = ? AND entry = ? AND value IS NOT NULL

-- name: size
SELECT coalesce(sum(size), 0) FROM metadata WHERE account_id = ?

-- name: forget_removed
-- All but the latest removals of an account.
DELETE FROM metadata WHERE account_id = ? AND value IS NULL AND entry <> '' AND modseq <= (
    SELECT modseq FROM metadata WHERE account_id = ? AND value IS NULL AND entry <> ''
    ORDER BY modseq DESC LIMIT 1 OFFSET ?
)

-- name: next_of_hub
-- The change counter of what belongs to no account; its row stays locked until the transaction ends.
INSERT INTO metadata (account_id, folder_id, reader_id, entry, value, size, modseq) VALUES (0, 0, 0, '', NULL, 0, 1)
ON CONFLICT (account_id, folder_id, reader_id, entry) DO UPDATE SET modseq = metadata.modseq + 1 RETURNING modseq

-- name: changed
SELECT folder_id, entry, modseq FROM metadata
WHERE account_id = ? AND modseq > ? AND reader_id IN (0, ?) AND folder_id <= ? AND entry <> ''
ORDER BY folder_id, entry

-- name: highest
SELECT coalesce(max(modseq), 0) FROM metadata WHERE account_id = ? AND folder_id <= ?

-- name: copy
INSERT INTO metadata (account_id, folder_id, reader_id, entry, value, size, modseq)
SELECT account_id, ?, reader_id, entry, value, size, ? FROM metadata
WHERE account_id = ? AND folder_id = ? AND value IS NOT NULL

-- name: forget_folder
DELETE FROM metadata WHERE account_id = ? AND folder_id = ?

-- name: forget_reader
DELETE FROM metadata WHERE reader_id = ?

-- name: nowhere
-- Of folders that do not exist.
SELECT m.account_id, m.folder_id, count(*) FROM metadata m
LEFT JOIN folder f ON f.account_id = m.account_id AND f.folder_id = m.folder_id
WHERE m.folder_id <> 0 AND f.folder_id IS NULL GROUP BY m.account_id, m.folder_id

-- name: wrong_size
SELECT account_id, folder_id, reader_id, entry, size, coalesce(length(value), 0) FROM metadata
WHERE size <> coalesce(length(value), 0)

-- name: set_size
UPDATE metadata SET size = coalesce(length(value), 0)
WHERE account_id = ? AND folder_id = ? AND reader_id = ? AND entry = ?
