-- name: find_content
-- Locked against the sweeper while we decide to use it.
SELECT content_id FROM content WHERE hash = ? FOR KEY SHARE

-- name: insert_content
INSERT INTO content (hash, size, header_size, blob, sent, sent_day, message_id, subject, preview, parts, structure,
    envelope, fields)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hash) DO NOTHING RETURNING content_id

-- name: insert_body
INSERT INTO content_body (content_id, body) VALUES (?, ?)

-- name: insert_subject
INSERT INTO content_subject (content_id, folded) VALUES (?, ?)

-- name: insert_order
INSERT INTO content_order (content_id, sent, is_reply, subject, from_mailbox, to_mailbox, cc_mailbox, display_from,
    display_to, message_id, refs)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: body
SELECT c.blob, b.body FROM content c LEFT JOIN content_body b ON b.content_id = c.content_id WHERE c.content_id = ?

-- name: hold
INSERT INTO content_hold (content_id, holder) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: unhold
DELETE FROM content_hold WHERE content_id = ? AND holder = ?

-- name: release
-- Wherever something is released: an update rather than nothing, so that it waits for a sweeper who is about to forget
-- the row, and writes it anew.
INSERT INTO content_released (content_id) VALUES (?)
ON CONFLICT (content_id) DO UPDATE SET content_id = excluded.content_id

-- name: released
SELECT content_id FROM content_released ORDER BY content_id LIMIT ?

-- name: forget_released
DELETE FROM content_released WHERE content_id = ?

-- name: lock_content
SELECT blob FROM content WHERE content_id = ? FOR UPDATE

-- name: is_used
SELECT 1 WHERE EXISTS (SELECT 1 FROM message WHERE content_id = ?)
    OR EXISTS (SELECT 1 FROM content_hold WHERE content_id = ?)
    OR EXISTS (SELECT 1 FROM aside_message WHERE content_id = ?)

-- name: delete_content
DELETE FROM content WHERE content_id = ?

-- name: delete_subject
DELETE FROM content_subject WHERE content_id = ?

-- name: delete_order
DELETE FROM content_order WHERE content_id = ?

-- name: delete_body
DELETE FROM content_body WHERE content_id = ?

-- name: lock_sweeping
-- Sweeping and pausing wait for each other.
SELECT expires FROM sweep_pause WHERE holder = '' FOR UPDATE

-- name: pause_sweeping
INSERT INTO sweep_pause (holder, expires) VALUES (?, ?) ON CONFLICT (holder) DO UPDATE SET expires = excluded.expires

-- name: resume_sweeping
DELETE FROM sweep_pause WHERE holder = ?

-- name: is_paused
SELECT 1 FROM sweep_pause WHERE expires > ? LIMIT 1

-- name: blob_names
SELECT blob FROM content WHERE blob IS NOT NULL UNION ALL SELECT blob FROM message_object WHERE blob IS NOT NULL
