-- The mail store. Every key begins with account_id, so that an engine which shards can shard by it. Content is the
-- exception: it belongs to whoever has a message with it, is found by its hash and could be sharded by that.

CREATE TABLE account (
    account_id {id},
    modseq BIGINT NOT NULL,
    next_id BIGINT NOT NULL,
    next_uid_validity BIGINT NOT NULL,
    used_bytes BIGINT NOT NULL,
    used_messages BIGINT NOT NULL,
    quota_bytes BIGINT NOT NULL,
    quota_messages BIGINT NOT NULL
);

CREATE TABLE folder (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    parent_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    role TEXT,
    uid_validity BIGINT NOT NULL,
    next_uid BIGINT NOT NULL,
    total BIGINT NOT NULL,
    unseen BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    highest_modseq BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    change_floor BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id)
) {clustered};

CREATE UNIQUE INDEX folder_name ON folder (account_id, parent_id, name);

CREATE TABLE subscription (
    account_id BIGINT NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (account_id, path)
) {clustered};

CREATE TABLE folder_keyword (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    folded TEXT NOT NULL,
    keyword TEXT NOT NULL,
    PRIMARY KEY (account_id, folder_id, folded)
) {clustered};

CREATE TABLE content (
    content_id {serial},
    hash {blob} NOT NULL,
    size BIGINT NOT NULL,
    header_size BIGINT NOT NULL,
    blob TEXT,
    sent BIGINT,
    sent_day BIGINT,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    preview TEXT NOT NULL,
    parts {blob} NOT NULL,
    structure {blob} NOT NULL,
    envelope {blob} NOT NULL,
    fields {blob} NOT NULL
);

CREATE UNIQUE INDEX content_hash ON content (hash);

CREATE TABLE content_body (
    content_id {id},
    body {blob} NOT NULL
);

-- The subject once more, folded for searches; apart, because a search reads it for every message of a folder.
CREATE TABLE content_subject (
    content_id {id},
    folded TEXT NOT NULL
);

-- Who needs a content besides messages: the queue, for example.
CREATE TABLE content_hold (
    content_id BIGINT NOT NULL,
    holder TEXT NOT NULL,
    PRIMARY KEY (content_id, holder)
) {clustered};

-- Contents that lost a message and may have none left.
CREATE TABLE content_released (
    content_id {id}
);

-- Somebody reads all contents, a backup for example, and none may go away meanwhile; a lease.
CREATE TABLE sweep_pause (
    holder TEXT PRIMARY KEY,
    expires BIGINT NOT NULL
) {clustered};

-- The row that sweeping and pausing lock.
INSERT INTO sweep_pause (holder, expires) VALUES ('', 0);

CREATE TABLE message (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    keywords TEXT,
    internal_date BIGINT NOT NULL,
    saved BIGINT NOT NULL,
    size BIGINT NOT NULL,
    content_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, uid)
) {clustered};

CREATE INDEX message_content ON message (content_id);

-- Where flags were changed: ranges of UIDs by modseq, of the latest changes since the folder's change_floor. In place of an
-- index on message by modseq, which would have to be changed twice for each message of a STORE.
CREATE TABLE folder_change (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, modseq, low)
) {clustered};

CREATE TABLE tombstone (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, modseq, uid)
) {clustered};

-- Held while a POP3 session has the maildrop (RFC 1939 §4); a lease, so that a dead worker's lock ends by itself.
CREATE TABLE maildrop_lock (
    account_id {id},
    holder TEXT NOT NULL,
    expires BIGINT NOT NULL
);
