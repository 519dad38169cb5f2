-- name: create_account
INSERT INTO account (account_id, modseq, next_id, next_uid_validity, used_bytes, used_messages, quota_bytes, quota_messages)
VALUES (?, 1, 1, ?, 0, 0, ?, ?)

-- name: create_public
-- Ids begin behind that of an INBOX.
INSERT INTO account (account_id, modseq, next_id, next_uid_validity, used_bytes, used_messages, quota_bytes, quota_messages)
VALUES (?, 1, 2, ?, 0, 0, 0, 0) ON CONFLICT (account_id) DO NOTHING

-- name: change
-- The next modseq; the row stays locked until the transaction ends, which orders all changes of one account.
UPDATE account SET modseq = modseq + 1 WHERE account_id = ? RETURNING modseq

-- name: lock
SELECT modseq FROM account WHERE account_id = ? FOR UPDATE

-- name: take_ids
-- The next modseq and a run of ids; gives the first id after the run.
UPDATE account SET modseq = modseq + 1, next_id = next_id + ? WHERE account_id = ? RETURNING modseq, next_id

-- name: take_uid_validity
UPDATE account SET modseq = modseq + 1, next_id = next_id + 1, next_uid_validity = next_uid_validity + 1
WHERE account_id = ? RETURNING modseq, next_id, next_uid_validity

-- name: add_messages
-- So many more messages: their modseq, the first id after theirs, and whether the account may have them.
UPDATE account SET modseq = modseq + 1, next_id = next_id + ?, used_bytes = used_bytes + ?, used_messages = used_messages + ?
WHERE account_id = ? RETURNING modseq, next_id, used_bytes, used_messages, quota_bytes, quota_messages

-- name: add_usage
UPDATE account SET used_bytes = used_bytes + ?, used_messages = used_messages + ?
WHERE account_id = ? RETURNING used_bytes, used_messages, quota_bytes, quota_messages

-- name: usage
SELECT used_bytes, used_messages, quota_bytes, quota_messages FROM account WHERE account_id = ?

-- name: modseq
SELECT modseq FROM account WHERE account_id = ?

-- name: next_id
SELECT next_id FROM account WHERE account_id = ?

-- name: set_quota
UPDATE account SET quota_bytes = ?, quota_messages = ? WHERE account_id = ?

-- name: set_usage
UPDATE account SET used_bytes = ?, used_messages = ? WHERE account_id = ?

-- name: true_usage
SELECT coalesce(sum(size), 0), count(*) FROM message WHERE account_id = ?

-- name: release_all
INSERT INTO content_released (content_id)
SELECT content_id FROM message WHERE account_id = ?
UNION SELECT content_id FROM aside_message WHERE account_id = ? AND content_id <> 0 ORDER BY content_id
ON CONFLICT (content_id) DO UPDATE SET content_id = excluded.content_id

-- name: account_ids
SELECT account_id FROM account ORDER BY account_id

-- name: lock_maildrop
INSERT INTO maildrop_lock (account_id, holder, expires) VALUES (?, ?, ?)
ON CONFLICT (account_id) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
WHERE maildrop_lock.holder = excluded.holder OR maildrop_lock.expires < ?

-- name: unlock_maildrop
DELETE FROM maildrop_lock WHERE account_id = ? AND holder = ?
