-- name: size
SELECT COUNT(*) FROM listing WHERE list = ?

-- name: key
SELECT sort_key FROM listing WHERE principal_id = ? AND list = ?

-- name: rank
SELECT COUNT(*) FROM listing WHERE list = ? AND (sort_key, principal_id) < (?, ?)

-- name: forward
SELECT sort_key, principal_id FROM listing WHERE list = ? AND (sort_key, principal_id) >= (?, ?)
ORDER BY sort_key, principal_id LIMIT 1 OFFSET ?

-- name: backward
SELECT sort_key, principal_id FROM listing WHERE list = ? AND (sort_key, principal_id) <= (?, ?)
ORDER BY sort_key DESC, principal_id DESC LIMIT 1 OFFSET ?

-- name: page
SELECT p.principal_id, p.kind, p.address, p.disabled, p.admin, p.attributes, p.query
FROM listing l JOIN principal p ON p.principal_id = l.principal_id
WHERE l.list = ? AND (l.sort_key, l.principal_id) >= (?, ?)
ORDER BY l.sort_key, l.principal_id LIMIT ?

-- name: with_word
SELECT w.principal_id FROM listing_word w WHERE w.word = ?
AND EXISTS (SELECT 1 FROM listing l WHERE l.principal_id = w.principal_id AND l.list = ?) LIMIT ?

-- name: with_beginning
-- EXISTS, for a join would have SQLite look at the whole list.
SELECT DISTINCT w.principal_id FROM listing_word w WHERE w.word >= ? AND w.word < ?
AND EXISTS (SELECT 1 FROM listing l WHERE l.principal_id = w.principal_id AND l.list = ?) LIMIT ?

-- name: has_beginning
SELECT 1 FROM listing_word WHERE principal_id = ? AND word >= ? AND word < ? LIMIT 1

-- name: listed
SELECT listed FROM directory_state

-- name: set_listed
UPDATE directory_state SET listed = ?

-- name: principals_after
SELECT principal_id, kind, address, disabled, admin, attributes, query
FROM principal WHERE principal_id > ? ORDER BY principal_id LIMIT 500
