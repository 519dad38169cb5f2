-- Limits beside those of the account's row (RFC 9208): MAILBOX, in folders.
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
