-- Which short form a mailbox has given to the name of a replica ([MS-OXCSTOR] 3.1.1); of its own there is none here.
CREATE TABLE replica (
    account_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    guid {blob} NOT NULL,
    PRIMARY KEY (account_id, number)
) {clustered};

CREATE UNIQUE INDEX replica_guid ON replica (account_id, guid);

-- What a client has deleted, or will not use, although it was never in a folder (folder 0: folders, in no tree): counters of a
-- replica, in ranges that do not touch each other ([MS-OXCFXICS] 3.2.5.9.4.5, 3.2.5.9.4.8).
CREATE TABLE never_here (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    replica {blob} NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, replica, low)
) {clustered};

-- Whether a message was in a folder: clients bring changes of what has gone.
CREATE INDEX tombstone_message ON tombstone (account_id, message_id);
