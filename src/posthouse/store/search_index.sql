-- name: present
SELECT present FROM search_segment WHERE segment = ? AND format = ?

-- name: page
SELECT bits FROM search_page WHERE segment = ? AND page = ?

-- name: last_content
SELECT coalesce(max(content_id), 0) FROM content

-- name: contents
-- A segment's contents.
SELECT content_id FROM content WHERE content_id BETWEEN ? AND ? ORDER BY content_id

-- name: content
SELECT c.size, c.header_size, c.parts, c.blob, b.body
FROM content c LEFT JOIN content_body b ON b.content_id = c.content_id WHERE c.content_id = ?

-- name: put_page
INSERT INTO search_page (segment, page, bits) VALUES (?, ?, ?)

-- name: put_segment
INSERT INTO search_segment (segment, format, present) VALUES (?, ?, ?)
ON CONFLICT (segment) DO UPDATE SET format = excluded.format, present = excluded.present

-- name: drop_segment
DELETE FROM search_segment WHERE segment = ?

-- name: drop_pages
DELETE FROM search_page WHERE segment = ? AND page BETWEEN ? AND ?

-- name: emptied
-- Segments none of whose contents is left.
SELECT segment FROM search_segment s WHERE NOT EXISTS
    (SELECT 1 FROM content WHERE content_id BETWEEN s.segment * 1024 AND s.segment * 1024 + 1023)
ORDER BY segment LIMIT ?

-- name: lease
INSERT INTO search_lease (name, holder, expires) VALUES ('index', ?, ?)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
WHERE search_lease.holder = excluded.holder OR search_lease.expires < ?

-- name: is_holder
SELECT 1 FROM search_lease WHERE name = 'index' AND holder = ? AND expires >= ? FOR UPDATE

-- name: end_lease
DELETE FROM search_lease WHERE name = 'index' AND holder = ?

-- name: segments_of
-- Where an account's contents are.
SELECT DISTINCT content_id / 1024 FROM message WHERE account_id = ? ORDER BY 1
