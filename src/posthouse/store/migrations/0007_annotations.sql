-- Annotations of messages (RFC 5257). reader_id 0: shared, else private to that account. A removed entry stays for a
-- while, without a value, so that other sessions are told.
CREATE TABLE annotation (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    reader_id BIGINT NOT NULL,
    entry TEXT NOT NULL,
    value {blob},
    size BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, uid, reader_id, entry)
) {clustered};

CREATE INDEX annotation_change ON annotation (account_id, folder_id, modseq);
CREATE INDEX annotation_removed ON annotation (account_id, folder_id, modseq) WHERE value IS NULL;
CREATE INDEX annotation_reader ON annotation (reader_id);

-- What the annotations of an account's messages take; no row is nothing.
CREATE TABLE annotation_usage (
    account_id {id},
    bytes BIGINT NOT NULL
);
