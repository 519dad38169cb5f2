-- Annotations of messages (RFC 5257). reader_id 0: shared, else private to that account. A removed entry is a row no more.
CREATE TABLE annotation (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    entry TEXT NOT NULL,
    reader_id BIGINT NOT NULL,
    value {blob} NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, uid, entry, reader_id)
) {clustered};

CREATE INDEX annotation_reader ON annotation (reader_id);

-- Limits beside those of the account's row (RFC 9208): MAILBOX in folders, ANNOTATION-STORAGE in octets.
CREATE TABLE quota_limit (
    account_id BIGINT NOT NULL,
    resource TEXT NOT NULL,
    quota BIGINT NOT NULL,
    PRIMARY KEY (account_id, resource)
) {clustered};

-- The secrets by which URLs of an account's messages are signed (RFC 4467): one a folder, made when it is first needed.
CREATE TABLE url_key (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    secret {blob} NOT NULL,
    PRIMARY KEY (account_id, folder_id)
) {clustered};
