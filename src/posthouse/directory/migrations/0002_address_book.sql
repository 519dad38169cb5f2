-- The address book: who stands where in its lists, by which words they are found, and what else is shown of them.

-- One row for each list and order that a principal stands in. Keys are bytes, which both engines order alike.
CREATE TABLE listing (
    list BIGINT NOT NULL,
    sort_key {blob} NOT NULL,
    principal_id BIGINT NOT NULL,
    PRIMARY KEY (list, sort_key, principal_id)
) {clustered};

CREATE INDEX listing_principal ON listing (principal_id, list);

CREATE TABLE listing_word (
    word {blob} NOT NULL,
    principal_id BIGINT NOT NULL,
    PRIMARY KEY (word, principal_id)
) {clustered};

CREATE INDEX listing_word_principal ON listing_word (principal_id, word);

-- Certificates and photos.
CREATE TABLE principal_value (
    principal_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    value {blob} NOT NULL,
    PRIMARY KEY (principal_id, name, position)
);

CREATE INDEX group_member_address ON group_member (role, lower(address));

CREATE INDEX alias_target_target ON alias_target (lower(target));

-- Whether everybody has been listed who was there before these tables.
ALTER TABLE directory_state ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;

UPDATE directory_state SET listed = 1 WHERE NOT EXISTS (SELECT 1 FROM principal);
