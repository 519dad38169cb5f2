-- Folders that a MAPI client has deleted and that can still be recovered; their messages stand aside.
CREATE TABLE deleted_folder (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    parent_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id)
) {clustered};

CREATE INDEX deleted_folder_age ON deleted_folder (deleted);

-- When a folder itself, what is directly in it, and which folders are below it last changed (seconds since 1970; 0: never),
-- and the modseq of the last of these.
ALTER TABLE folder ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN filled_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN branched_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN branch_modseq BIGINT NOT NULL DEFAULT 0;

-- What a folder looks for that shows messages of others ([MS-OXCFOLD] 2.2.1.4): the restriction as ROP buffers have it,
-- empty before the first search; ids of folders and, of a static search, those of the messages found, eight bytes each.
CREATE TABLE search_folder (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    restriction {blob} NOT NULL,
    scope {blob} NOT NULL,
    flags BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    found {blob},
    PRIMARY KEY (account_id, folder_id)
) {clustered};

-- Where messages of a class arrive, as far as a client has said so ([MS-OXCSTOR] 3.2.5.3); folder 0: nowhere of their own.
CREATE TABLE receive_folder (
    account_id BIGINT NOT NULL,
    message_class TEXT NOT NULL,
    folder_id BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (account_id, message_class)
) {clustered};
