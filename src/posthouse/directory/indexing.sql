-- name: unlist
DELETE FROM listing WHERE principal_id = ?

-- name: remove_words
DELETE FROM listing_word WHERE principal_id = ?

-- name: list
INSERT INTO listing (list, sort_key, principal_id) VALUES (?, ?, ?)

-- name: add_word
INSERT INTO listing_word (word, principal_id) VALUES (?, ?)

-- name: proxies
-- Aliases that stand for this address and no other.
SELECT a.address FROM alias_target t JOIN address a ON a.domain = t.domain AND a.local = t.local
WHERE lower(t.target) = lower(?) AND a.local <> '' AND a.aliased = 1 AND a.principal_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM alias_target o WHERE o.domain = t.domain AND o.local = t.local AND o.position <> t.position)
ORDER BY a.domain, a.local
