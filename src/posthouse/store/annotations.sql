-- name: any
SELECT 1 FROM annotation WHERE account_id = ? AND folder_id = ? LIMIT 1

-- name: messages
SELECT count(*) FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: set
-- On every message of a range.
INSERT INTO annotation (account_id, folder_id, uid, reader_id, entry, value, size, modseq)
SELECT account_id, folder_id, uid, ?, ?, ?, ?, ? FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?
ON CONFLICT (account_id, folder_id, uid, reader_id, entry)
DO UPDATE SET value = excluded.value, size = excluded.size, modseq = excluded.modseq

-- name: remove
UPDATE annotation SET value = NULL, size = 0, modseq = ?
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND reader_id = ? AND entry = ? AND value IS NOT NULL

-- name: taken
-- By an entry of a range of messages.
SELECT coalesce(sum(size + length(entry)), 0) FROM annotation
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND reader_id = ? AND entry = ? AND value IS NOT NULL

-- name: most
-- How many a message of a range has at most, of one reader.
SELECT coalesce(max(entries), 0) FROM (
    SELECT count(*) AS entries FROM annotation
    WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND reader_id = ? AND value IS NOT NULL
    GROUP BY uid) AS counted

-- name: parts
SELECT c.parts FROM message m JOIN content c ON c.content_id = m.content_id
WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ?

-- name: insert
INSERT INTO annotation (account_id, folder_id, uid, reader_id, entry, value, size, modseq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: values
-- Of messages from one UID to another, what two readers have.
SELECT uid, reader_id, entry, value, size FROM annotation
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND reader_id IN (?, ?) AND value IS NOT NULL
ORDER BY uid, entry, reader_id

-- name: of_entry
SELECT uid, value FROM annotation
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND reader_id = ? AND entry = ? AND value IS NOT NULL

-- name: changed
SELECT DISTINCT uid, entry FROM annotation
WHERE account_id = ? AND folder_id = ? AND modseq > ? AND reader_id IN (0, ?) AND modseq <> ? ORDER BY uid, entry

-- name: forget_removed
-- All but the latest removals of a folder.
DELETE FROM annotation WHERE account_id = ? AND folder_id = ? AND value IS NULL AND modseq < (
    SELECT modseq FROM annotation WHERE account_id = ? AND folder_id = ? AND value IS NULL
    ORDER BY modseq DESC LIMIT 1 OFFSET ?
)

-- name: sum
SELECT coalesce(sum(size + length(entry)), 0) FROM annotation
WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? AND value IS NOT NULL

-- name: forget
DELETE FROM annotation WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?

-- name: usage
SELECT bytes FROM annotation_usage WHERE account_id = ?

-- name: charge
INSERT INTO annotation_usage (account_id, bytes) VALUES (?, ?)
ON CONFLICT (account_id) DO UPDATE SET bytes = annotation_usage.bytes + excluded.bytes RETURNING bytes

-- name: charged_to
-- Who has private ones of a reader, and how much they take.
SELECT account_id, coalesce(sum(size + length(entry)), 0) FROM annotation
WHERE reader_id = ? AND value IS NOT NULL GROUP BY account_id

-- name: forget_reader
DELETE FROM annotation WHERE reader_id = ?

-- name: nowhere
-- Of messages that do not exist.
SELECT a.account_id, a.folder_id, a.uid, count(*) FROM annotation a
LEFT JOIN message m ON m.account_id = a.account_id AND m.folder_id = a.folder_id AND m.uid = a.uid
WHERE m.uid IS NULL GROUP BY a.account_id, a.folder_id, a.uid

-- name: forget_message
DELETE FROM annotation WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: wrong_size
SELECT account_id, folder_id, uid, reader_id, entry, size, coalesce(length(value), 0) FROM annotation
WHERE size <> coalesce(length(value), 0)

-- name: set_size
UPDATE annotation SET size = coalesce(length(value), 0)
WHERE account_id = ? AND folder_id = ? AND uid = ? AND reader_id = ? AND entry = ?

-- name: wrong_usage
SELECT account_id, max(said), max(counted) FROM (
    SELECT account_id, bytes AS said, 0 AS counted FROM annotation_usage
    UNION ALL
    SELECT account_id, 0 AS said, sum(size + length(entry)) AS counted FROM annotation
    WHERE value IS NOT NULL GROUP BY account_id) AS both_of
GROUP BY account_id HAVING max(said) <> max(counted)

-- name: forget_usage
DELETE FROM annotation_usage WHERE account_id = ?

-- name: count_usage
INSERT INTO annotation_usage (account_id, bytes)
SELECT CAST(? AS BIGINT), coalesce(sum(size + length(entry)), 0) FROM annotation WHERE account_id = ? AND value IS NOT NULL
