-- What a client keeps in its user's mailbox of a public folder: the changes of the messages that the user has read there
-- ([MS-OXCSTOR] 3.2.1, the per-user data table), and in whose name the store of that folder counted them.
CREATE TABLE read_set (
    account_id BIGINT NOT NULL,
    folder_key {blob} NOT NULL,
    replica {blob} NOT NULL,
    changes {blob} NOT NULL,
    stored BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_key)
) {clustered};
