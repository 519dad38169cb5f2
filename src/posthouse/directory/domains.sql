-- name: add_domain
INSERT INTO domain (name, display) VALUES (?, ?) ON CONFLICT (name) DO NOTHING

-- name: remove_domain
DELETE FROM domain WHERE name = ?

-- name: find_domain
SELECT display FROM domain WHERE name = ?

-- name: any_address
SELECT 1 FROM address WHERE domain = ? LIMIT 1

-- name: list_domains
SELECT display FROM domain ORDER BY name
