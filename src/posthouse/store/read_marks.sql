-- name: states
-- Of a reader's transaction: what of some messages has been read.
SELECT uid, flags & 1 FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? ORDER BY uid

-- name: marks_within
SELECT low, high, seen, modseq FROM read_mark
WHERE account_id = ? AND folder_id = ? AND reader_id = ? AND low <= ? AND high >= ? ORDER BY low

-- name: forget_marks
DELETE FROM read_mark WHERE account_id = ? AND folder_id = ? AND reader_id = ? AND low BETWEEN ? AND ?

-- name: put_mark
INSERT INTO read_mark (account_id, folder_id, reader_id, low, high, seen, modseq) VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: read_count
-- How many messages have been read of those that there were when it was counted, and of these, how many have gone since.
SELECT h.seen, coalesce((SELECT sum(coalesce((SELECT CASE WHEN r.high >= t.uid THEN r.seen END FROM read_mark r
        WHERE r.account_id = t.account_id AND r.folder_id = t.folder_id AND r.reader_id = h.reader_id AND r.low <= t.uid
        ORDER BY r.low DESC LIMIT 1), 0))
    FROM tombstone t WHERE t.account_id = h.account_id AND t.folder_id = h.folder_id AND t.modseq > h.counted), 0)
FROM read_folder h WHERE h.account_id = ? AND h.reader_id = ? AND h.folder_id = ?

-- name: put_count
INSERT INTO read_folder (account_id, reader_id, folder_id, modseq, seen, counted) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, reader_id, folder_id)
DO UPDATE SET modseq = excluded.modseq, seen = excluded.seen, counted = excluded.counted

-- name: any_between
SELECT 1 FROM message WHERE account_id = ? AND folder_id = ? AND uid > ? AND uid < ? LIMIT 1

-- name: forget_folder_marks
DELETE FROM read_mark WHERE account_id = ? AND folder_id = ?

-- name: forget_folder
DELETE FROM read_folder WHERE account_id = ? AND folder_id = ?

-- name: forget_reader_marks
DELETE FROM read_mark WHERE reader_id = ? AND account_id = ?
    AND folder_id IN (SELECT folder_id FROM read_folder WHERE reader_id = ? AND account_id = ?)

-- name: forget_reader
DELETE FROM read_folder WHERE account_id = ? AND reader_id = ?

-- name: wrong_counts
-- Each sum beside what the marks say of the messages that there are.
SELECT h.account_id, h.reader_id, h.folder_id, h.seen - coalesce(t.gone, 0), coalesce(m.there, 0)
FROM read_folder h
LEFT JOIN (SELECT r.account_id, r.reader_id, r.folder_id, count(*) AS there FROM read_mark r
    JOIN message m ON m.account_id = r.account_id AND m.folder_id = r.folder_id AND m.uid BETWEEN r.low AND r.high
    WHERE r.seen = 1 GROUP BY r.account_id, r.reader_id, r.folder_id) m
    ON m.account_id = h.account_id AND m.reader_id = h.reader_id AND m.folder_id = h.folder_id
LEFT JOIN (SELECT r.account_id, r.reader_id, r.folder_id, count(*) AS gone FROM read_mark r
    JOIN read_folder f ON f.account_id = r.account_id AND f.reader_id = r.reader_id AND f.folder_id = r.folder_id
    JOIN tombstone t ON t.account_id = r.account_id AND t.folder_id = r.folder_id AND t.modseq > f.counted
        AND t.uid BETWEEN r.low AND r.high
    WHERE r.seen = 1 GROUP BY r.account_id, r.reader_id, r.folder_id) t
    ON t.account_id = h.account_id AND t.reader_id = h.reader_id AND t.folder_id = h.folder_id
WHERE h.seen - coalesce(t.gone, 0) <> coalesce(m.there, 0)

-- name: add_to_count
UPDATE read_folder SET seen = seen + ? WHERE account_id = ? AND reader_id = ? AND folder_id = ?

-- name: nowhere
SELECT r.account_id, r.folder_id, count(*) FROM read_folder r
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = r.account_id AND f.folder_id = r.folder_id)
GROUP BY r.account_id, r.folder_id
