-- name: message
SELECT folder_id, uid, message_id, modseq, coalesce(change_number, modseq), flags, keywords, internal_date, saved, size,
    content_id, changed_at, marked_at FROM message WHERE account_id = ? AND message_id = ?

-- name: aside
SELECT folder_id, message_id, modseq, modseq, flags, keywords, internal_date, saved, size, content_id, NULL, marked_at, state,
    deleted
FROM aside_message WHERE account_id = ? AND message_id = ?

-- name: asides
SELECT folder_id, message_id, modseq, modseq, flags, keywords, internal_date, saved, size, content_id, NULL, marked_at, state,
    deleted
FROM aside_message WHERE account_id = ? AND folder_id = ? AND state = ? ORDER BY message_id

-- name: asides_of
SELECT message_id, state, size, internal_date, content_id, flags, keywords FROM aside_message
WHERE account_id = ? AND folder_id = ? AND message_id BETWEEN ? AND ? AND state <= ?

-- name: count_asides
SELECT state, count(*), coalesce(sum(size), 0) FROM aside_message WHERE account_id = ? AND folder_id = ? GROUP BY state

-- name: count_all_asides
SELECT folder_id, state, count(*), coalesce(sum(size), 0) FROM aside_message WHERE account_id = ?
GROUP BY folder_id, state

-- name: insert_aside
INSERT INTO aside_message (account_id, folder_id, message_id, state, modseq, flags, keywords, internal_date, saved, size,
    content_id, deleted)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: change_aside
UPDATE aside_message SET modseq = ?, flags = ?, keywords = ?, saved = ?, size = ? WHERE account_id = ? AND message_id = ?

-- name: set_aside_flags
UPDATE aside_message SET flags = ?, marked_at = epoch_ms() WHERE account_id = ? AND message_id = ?

-- name: renumber
UPDATE message SET message_id = ? WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: at
SELECT message_id FROM message WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: renumber_object
UPDATE message_object SET message_id = ? WHERE account_id = ? AND message_id = ?

-- name: touch
-- A message has been saved, and its object says when.
UPDATE message SET modseq = ?, change_number = NULL, changed_at = NULL, marked_at = NULL
WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: touch_folder
UPDATE folder SET highest_modseq = ?, filled_at = unixepoch() WHERE account_id = ? AND folder_id = ?

-- name: move_aside
UPDATE aside_message SET folder_id = ?, message_id = ?, modseq = ? WHERE account_id = ? AND message_id = ?

-- name: object
SELECT whole, form, blob, source_key, change_key, predecessors, keyed_at, status, creator, group_changes
FROM message_object WHERE account_id = ? AND message_id = ?

-- name: put_object
-- A form in a blob that was there before need not be known: then its mark stays.
INSERT INTO message_object (account_id, message_id, whole, form, blob, source_key, change_key, predecessors, keyed_at,
    status, creator, group_changes, rule)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, message_id) DO UPDATE SET whole = excluded.whole, form = excluded.form, blob = excluded.blob,
    source_key = excluded.source_key, change_key = excluded.change_key, predecessors = excluded.predecessors,
    keyed_at = excluded.keyed_at, status = excluded.status, creator = excluded.creator,
    group_changes = excluded.group_changes,
    rule = CASE WHEN excluded.blob = message_object.blob THEN message_object.rule ELSE excluded.rule END

-- name: delete_object
DELETE FROM message_object WHERE account_id = ? AND message_id = ?

-- name: has_objects
SELECT 1 FROM message_object WHERE account_id = ? LIMIT 1

-- name: copy_objects
-- Those of a range's messages, for copies that are numbered on from an id, and do not wait to be sent (0x3803: all marks
-- but this one).
INSERT INTO message_object (account_id, message_id, whole, form, blob, keyed_at, status)
SELECT o.account_id, ? + m.place, o.whole, o.form, o.blob, 0, o.status & 14339
FROM (SELECT account_id, message_id, row_number() OVER (ORDER BY uid) AS place
    FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?) m
JOIN message_object o ON o.account_id = m.account_id AND o.message_id = m.message_id

-- name: copy_object
INSERT INTO message_object (account_id, message_id, whole, form, blob, keyed_at, status, rule)
SELECT ?, ?, whole, form, blob, 0, status & 14339, rule FROM message_object WHERE account_id = ? AND message_id = ?

-- name: delete_objects
DELETE FROM message_object WHERE account_id = ? AND message_id IN
    (SELECT message_id FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ?)

-- name: delete_objects_of_folder
DELETE FROM message_object WHERE account_id = ? AND (
    message_id IN (SELECT message_id FROM message WHERE account_id = ? AND folder_id = ?)
    OR message_id IN (SELECT message_id FROM aside_message WHERE account_id = ? AND folder_id = ?))

-- name: release_asides
INSERT INTO content_released (content_id)
SELECT DISTINCT content_id FROM aside_message WHERE account_id = ? AND folder_id = ? AND content_id <> 0 ORDER BY content_id
ON CONFLICT (content_id) DO UPDATE SET content_id = excluded.content_id

-- name: delete_asides
DELETE FROM aside_message WHERE account_id = ? AND folder_id = ?

-- name: numbers
-- Where messages are: UID and id, of one folder.
SELECT uid, message_id FROM message WHERE account_id = ? AND folder_id = ? AND uid BETWEEN ? AND ? ORDER BY uid

-- name: folder_object
SELECT form, source_key, change_key, predecessors, keyed_at FROM folder_object WHERE account_id = ? AND folder_id = ?

-- name: folder_objects
SELECT folder_id, form, source_key, change_key, predecessors, keyed_at FROM folder_object WHERE account_id = ?

-- name: put_folder_object
INSERT INTO folder_object (account_id, folder_id, form, source_key, change_key, predecessors, keyed_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, folder_id) DO UPDATE SET form = excluded.form, source_key = excluded.source_key,
    change_key = excluded.change_key, predecessors = excluded.predecessors, keyed_at = excluded.keyed_at

-- name: delete_folder_object
DELETE FROM folder_object WHERE account_id = ? AND folder_id = ?

-- name: change_folder
UPDATE folder SET modseq = ?, changed_at = unixepoch() WHERE account_id = ? AND folder_id = ?

-- name: objects_nowhere
SELECT o.account_id, o.message_id FROM message_object o
WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.account_id = o.account_id AND m.message_id = o.message_id)
    AND NOT EXISTS (SELECT 1 FROM aside_message a WHERE a.account_id = o.account_id AND a.message_id = o.message_id)

-- name: asides_nowhere
SELECT a.account_id, a.folder_id, count(*) FROM aside_message a
WHERE NOT EXISTS (SELECT 1 FROM folder f WHERE f.account_id = a.account_id AND f.folder_id = a.folder_id)
    AND NOT EXISTS (SELECT 1 FROM deleted_folder d WHERE d.account_id = a.account_id AND d.folder_id = a.folder_id)
GROUP BY a.account_id, a.folder_id

-- name: has_source_keys
-- Whether another replica has named any.
SELECT 1 FROM message_object WHERE account_id = ? AND source_key > ? LIMIT 1

-- name: source_keys
-- Of a range's messages that have one.
SELECT o.source_key FROM message m
JOIN message_object o ON o.account_id = m.account_id AND o.message_id = m.message_id
WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? AND o.source_key IS NOT NULL

-- name: by_source_key
SELECT message_id FROM message_object WHERE account_id = ? AND source_key = ?

-- name: folder_source_key
-- The name that another replica has given it.
SELECT source_key FROM folder_object WHERE account_id = ? AND folder_id = ? AND source_key IS NOT NULL

-- name: folder_by_source_key
SELECT folder_id FROM folder_object WHERE account_id = ? AND source_key = ?
