-- name: status
SELECT status FROM message_object WHERE account_id = ? AND message_id = ?

-- name: put_status
INSERT INTO message_object (account_id, message_id, whole, form, keyed_at, status) VALUES (?, ?, 0, ?, ?, ?)
ON CONFLICT (account_id, message_id) DO UPDATE SET status = excluded.status

-- name: stir
-- Somebody may want to look at it again, but it has not changed.
UPDATE message SET change_number = coalesce(change_number, modseq), modseq = ?, marked_at = epoch_ms()
WHERE account_id = ? AND folder_id = ? AND uid = ?

-- name: unreceipted
-- Messages without this flag, with what tells whether their sender wants a receipt.
SELECT m.message_id, c.fields, o.message_id FROM message m JOIN content c ON c.content_id = m.content_id
LEFT JOIN message_object o ON o.account_id = m.account_id AND o.message_id = m.message_id
WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? AND m.flags & ? = 0 ORDER BY m.uid
