-- Who exists. Keys (domain, local) are normalised by `names.py`; what a person wrote is kept beside them.

CREATE TABLE directory_state (
    id BIGINT PRIMARY KEY,
    generation BIGINT NOT NULL,
    secret TEXT NOT NULL
);

INSERT INTO directory_state (id, generation, secret) VALUES (1, 0, '');

CREATE TABLE domain (
    name TEXT PRIMARY KEY,
    display TEXT NOT NULL
) {clustered};

CREATE TABLE principal (
    principal_id {serial},
    kind TEXT NOT NULL,
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    address TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    admin BIGINT NOT NULL,
    attributes TEXT NOT NULL,
    query TEXT NOT NULL
);

CREATE INDEX principal_kind ON principal (kind, domain, local);

-- principal_id is null for an alias alone; an account's address may have targets as well.
CREATE TABLE address (
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    address TEXT NOT NULL,
    principal_id BIGINT,
    aliased BIGINT NOT NULL,
    PRIMARY KEY (domain, local)
) {clustered};

CREATE TABLE alias_target (
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    position BIGINT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (domain, local, position)
) {clustered};

CREATE TABLE group_member (
    principal_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    position BIGINT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (principal_id, role, position)
) {clustered};

CREATE TABLE credential (
    principal_id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    scram_iterations BIGINT NOT NULL,
    scram_sha_256 TEXT NOT NULL,
    scram_sha_1 TEXT NOT NULL
);

CREATE TABLE certificate (
    identity TEXT PRIMARY KEY,
    principal_id BIGINT NOT NULL
) {clustered};
