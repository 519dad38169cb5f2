-- name: folders
-- Each folder beside what its messages and tombstones say.
SELECT f.account_id, f.folder_id, f.total, f.unseen, f.deleted, f.bytes, f.next_uid, f.highest_modseq, f.modseq,
    coalesce(m.total, 0), coalesce(m.unseen, 0), coalesce(m.deleted, 0), coalesce(m.bytes, 0),
    coalesce(m.uid, 0), coalesce(m.modseq, 0), coalesce(t.uid, 0), coalesce(t.modseq, 0)
FROM folder f
LEFT JOIN (SELECT account_id, folder_id, count(*) AS total, sum(size) AS bytes, max(uid) AS uid, max(modseq) AS modseq,
        sum(CASE WHEN flags & 1 = 0 THEN 1 ELSE 0 END) AS unseen, sum(CASE WHEN flags & 8 = 0 THEN 0 ELSE 1 END) AS deleted
    FROM message GROUP BY account_id, folder_id) m ON m.account_id = f.account_id AND m.folder_id = f.folder_id
LEFT JOIN (SELECT account_id, folder_id, max(uid) AS uid, max(modseq) AS modseq
    FROM tombstone GROUP BY account_id, folder_id) t ON t.account_id = f.account_id AND t.folder_id = f.folder_id
ORDER BY f.account_id, f.folder_id

-- name: accounts
-- Each account beside what its folders and messages say. Ids from 2^47 on were not taken from its counter.
SELECT a.account_id, a.used_bytes, a.used_messages, a.modseq, a.next_id, a.next_uid_validity,
    coalesce(m.bytes, 0), coalesce(m.total, 0), coalesce(m.id, 0), coalesce(f.id, 0), coalesce(f.modseq, 0),
    coalesce(f.highest, 0), coalesce(f.validity, 0), coalesce(t.id, 0)
FROM account a
LEFT JOIN (SELECT account_id, sum(size) AS bytes, count(*) AS total, max(message_id) AS id
    FROM message GROUP BY account_id) m ON m.account_id = a.account_id
LEFT JOIN (SELECT account_id, max(CASE WHEN folder_id < 140737488355328 THEN folder_id ELSE 0 END) AS id, max(modseq) AS modseq, max(highest_modseq) AS highest,
        max(uid_validity) AS validity
    FROM folder GROUP BY account_id) f ON f.account_id = a.account_id
LEFT JOIN (SELECT account_id, max(message_id) AS id FROM tombstone GROUP BY account_id) t
    ON t.account_id = a.account_id
ORDER BY a.account_id

-- name: messages_nowhere
SELECT m.account_id, m.folder_id, count(*), min(m.uid), max(m.uid) FROM message m
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = m.account_id AND f.folder_id = m.folder_id)
GROUP BY m.account_id, m.folder_id

-- name: folders_nowhere
SELECT f.account_id, f.folder_id, f.parent_id, f.name FROM folder f
WHERE f.parent_id <> 0
    AND NOT EXISTS (SELECT 1 FROM folder p WHERE p.account_id = f.account_id AND p.folder_id = f.parent_id)

-- name: folders_of_nobody
SELECT f.account_id, f.folder_id, f.name FROM folder f
WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.account_id = f.account_id)

-- name: missing_inbox
-- Account 0 owns the public folders and has none.
SELECT a.account_id FROM account a WHERE a.account_id <> 0
    AND NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = a.account_id AND f.folder_id = 1)

-- name: tombstones_nowhere
SELECT t.account_id, t.folder_id, count(*) FROM tombstone t
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = t.account_id AND f.folder_id = t.folder_id)
GROUP BY t.account_id, t.folder_id

-- name: rights_nowhere
SELECT r.account_id, r.folder_id, count(*) FROM folder_right r
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = r.account_id AND f.folder_id = r.folder_id)
GROUP BY r.account_id, r.folder_id

-- name: undead
-- Both there and gone.
SELECT m.account_id, m.folder_id, m.uid FROM tombstone t
JOIN message m ON m.account_id = t.account_id AND m.folder_id = t.folder_id AND m.uid = t.uid

-- name: unnoted
-- Changed later than something behind it, and not where a change is noted: `changes` would not find it.
SELECT m.account_id, m.folder_id, count(*) FROM (
    SELECT account_id, folder_id, uid, modseq, min(modseq) OVER (PARTITION BY account_id, folder_id ORDER BY uid DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS behind FROM message) m
JOIN folder f ON f.account_id = m.account_id AND f.folder_id = m.folder_id
WHERE m.behind < m.modseq AND m.modseq > f.change_floor AND NOT EXISTS (SELECT 1 FROM folder_change c
    WHERE c.account_id = m.account_id AND c.folder_id = m.folder_id AND c.modseq >= m.modseq
        AND m.uid BETWEEN c.low AND c.high)
GROUP BY m.account_id, m.folder_id

-- name: raise_change_floor
UPDATE folder SET change_floor = highest_modseq WHERE account_id = ? AND folder_id = ?

-- name: doubles
SELECT account_id, message_id, count(*) FROM message GROUP BY account_id, message_id HAVING count(*) > 1

-- name: messages_without_content
SELECT m.account_id, m.folder_id, m.uid, m.content_id FROM message m
LEFT JOIN content c ON c.content_id = m.content_id WHERE c.content_id IS NULL

-- name: messages_of_other_size
SELECT m.account_id, m.folder_id, m.uid, m.size, c.size FROM message m
JOIN content c ON c.content_id = m.content_id WHERE c.size <> m.size

-- name: holds_without_content
SELECT h.content_id, h.holder FROM content_hold h
LEFT JOIN content c ON c.content_id = h.content_id WHERE c.content_id IS NULL

-- name: contents_without_bytes
SELECT c.content_id, c.size FROM content c LEFT JOIN content_body b ON b.content_id = c.content_id
WHERE c.blob IS NULL AND b.content_id IS NULL

-- name: bodies_of_other_size
SELECT c.content_id, c.size, length(b.body) FROM content c JOIN content_body b ON b.content_id = c.content_id
WHERE length(b.body) <> c.size

-- name: bodies_of_nothing
SELECT b.content_id FROM content_body b LEFT JOIN content c ON c.content_id = b.content_id WHERE c.content_id IS NULL

-- name: contents_without_subject
SELECT c.content_id, c.subject FROM content c LEFT JOIN content_subject s ON s.content_id = c.content_id
WHERE s.content_id IS NULL

-- name: contents_without_order
SELECT c.content_id FROM content c LEFT JOIN content_order o ON o.content_id = c.content_id
WHERE o.content_id IS NULL AND c.content_id > ? ORDER BY c.content_id LIMIT 500

-- name: orders_of_nothing
SELECT o.content_id FROM content_order o LEFT JOIN content c ON c.content_id = o.content_id WHERE c.content_id IS NULL

-- name: orphans
SELECT c.content_id, c.size FROM content c
WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.content_id = c.content_id)
    AND NOT EXISTS (SELECT 1 FROM content_hold h WHERE h.content_id = c.content_id)
    AND NOT EXISTS (SELECT 1 FROM aside_message a WHERE a.content_id = c.content_id)
    AND NOT EXISTS (SELECT 1 FROM content_released r WHERE r.content_id = c.content_id)

-- name: blobs
SELECT content_id, blob, size FROM content WHERE blob IS NOT NULL AND content_id > ? ORDER BY content_id LIMIT 500

-- name: bytes
SELECT c.content_id, c.hash, c.blob, b.body FROM content c LEFT JOIN content_body b ON b.content_id = c.content_id
WHERE c.content_id > ? ORDER BY c.content_id LIMIT 64

-- name: folder_truth
SELECT count(*), coalesce(sum(CASE WHEN flags & 1 = 0 THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN flags & 8 = 0 THEN 0 ELSE 1 END), 0), coalesce(sum(size), 0),
    coalesce(max(uid), 0), coalesce(max(modseq), 0)
FROM message WHERE account_id = ? AND folder_id = ?

-- name: tombstone_truth
SELECT coalesce(max(uid), 0), coalesce(max(modseq), 0) FROM tombstone WHERE account_id = ? AND folder_id = ?

-- name: set_folder
UPDATE folder SET total = ?, unseen = ?, deleted = ?, bytes = ?,
    next_uid = CASE WHEN next_uid > ? THEN next_uid ELSE ? END,
    highest_modseq = CASE WHEN highest_modseq > ? THEN highest_modseq ELSE ? END
WHERE account_id = ? AND folder_id = ?

-- name: set_account
UPDATE account SET modseq = CASE WHEN modseq > ? THEN modseq ELSE ? END,
    next_id = CASE WHEN next_id > ? THEN next_id ELSE ? END,
    next_uid_validity = CASE WHEN next_uid_validity > ? THEN next_uid_validity ELSE ? END
WHERE account_id = ?

-- name: account_truth
SELECT (SELECT coalesce(max(modseq), 0) FROM message WHERE account_id = ?),
    (SELECT coalesce(max(CASE WHEN modseq > highest_modseq THEN modseq ELSE highest_modseq END), 0)
        FROM folder WHERE account_id = ?),
    (SELECT coalesce(max(message_id), 0) FROM message WHERE account_id = ?),
    (SELECT coalesce(max(message_id), 0) FROM tombstone WHERE account_id = ?),
    (SELECT coalesce(max(folder_id), 0) FROM folder WHERE account_id = ? AND folder_id < 140737488355328),
    (SELECT coalesce(max(uid_validity), 0) FROM folder WHERE account_id = ?)

-- name: forget_tombstones
DELETE FROM tombstone WHERE account_id = ? AND folder_id = ?

-- name: forget_tombstone
DELETE FROM tombstone WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: set_size
UPDATE message SET size = ? WHERE account_id = ? AND folder_id = ? AND uid = ?
