-- Annotations of folders and of the server (RFC 5464). folder_id 0: the server's. reader_id 0: shared, else private to
-- that account. What is shared of the server's belongs to account_id 0. A removed entry stays for a while, without a
-- value, so that other sessions are told.
CREATE TABLE metadata (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    reader_id BIGINT NOT NULL,
    entry TEXT NOT NULL,
    value {blob},
    size BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, reader_id, entry)
) {clustered};

CREATE INDEX metadata_change ON metadata (account_id, modseq);
CREATE INDEX metadata_reader ON metadata (reader_id);
