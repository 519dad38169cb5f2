-- What MAPI knows and MIME does not.

-- The modseq of the message's last change but those of \Seen and \Deleted; NULL: its modseq ([MS-OXCFXICS] 3.2.5.6).
ALTER TABLE message ADD COLUMN change_number BIGINT;

CREATE UNIQUE INDEX message_number ON message (account_id, message_id);

-- 1: for MAPI alone, not shown by IMAP.
ALTER TABLE folder ADD COLUMN hidden BIGINT NOT NULL DEFAULT 0;

-- Properties of folders, and the names that a client has given to a folder and its last change ([MS-OXCFXICS] 2.2.1.2).
CREATE TABLE folder_object (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    form {blob} NOT NULL,
    source_key {blob},
    change_key {blob},
    predecessors {blob},
    keyed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id)
) {clustered};

-- Of messages that MAPI has changed or made: all of the object (whole = 1), or what differs from what its content says.
-- A large form is a blob. change_key and predecessors are of the change `keyed_at`; of a later one they tell nothing.
CREATE TABLE message_object (
    account_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    whole BIGINT NOT NULL,
    form {blob} NOT NULL,
    blob TEXT,
    source_key {blob},
    change_key {blob},
    predecessors {blob},
    keyed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, message_id)
) {clustered};

-- Messages beside those of a folder's contents, with no UID: associated ones (state 1), which have no content (0), and
-- what was deleted and can still be recovered (state 2; 3: associated).
CREATE TABLE aside_message (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    keywords TEXT,
    internal_date BIGINT NOT NULL,
    saved BIGINT NOT NULL,
    size BIGINT NOT NULL,
    content_id BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, message_id)
) {clustered};

CREATE UNIQUE INDEX aside_number ON aside_message (account_id, message_id);
CREATE INDEX aside_content ON aside_message (content_id);
CREATE INDEX aside_deleted ON aside_message (deleted);

-- Which id a mailbox has given to a name ([MS-OXCPRPT] 2.2.12). `name`: a number in decimal, or a text behind an apostrophe.
CREATE TABLE property_id (
    account_id BIGINT NOT NULL,
    property_id BIGINT NOT NULL,
    guid {blob} NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, property_id)
) {clustered};

CREATE UNIQUE INDEX property_name ON property_id (account_id, guid, name);
