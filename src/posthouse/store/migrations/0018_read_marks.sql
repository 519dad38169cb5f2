-- What each reader of public folders has read: ranges of UIDs, none of which overlap, with the state that the messages have
-- there since the change that is named. What is in no range has not been read. A range has no message that is meant otherwise,
-- but UIDs that no message has any more.
CREATE TABLE read_mark (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    reader_id BIGINT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, reader_id, low)
) {clustered};

-- Their sums: the last change, and how many messages had been read when what was counted up to another change; messages that
-- went away since have tombstones.
CREATE TABLE read_folder (
    account_id BIGINT NOT NULL,
    reader_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    modseq BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    PRIMARY KEY (account_id, reader_id, folder_id)
) {clustered};

-- Until now there was one mark for all in public folders. It is nobody's, and whoever synchronises hears of its end.
UPDATE account SET modseq = modseq + 1 WHERE account_id = 0;

UPDATE message SET flags = flags - 1, change_number = coalesce(change_number, modseq),
    modseq = (SELECT modseq FROM account WHERE account_id = 0)
WHERE account_id = 0 AND flags & 1 = 1;

UPDATE folder SET unseen = total, highest_modseq = (SELECT modseq FROM account WHERE account_id = 0),
    change_floor = (SELECT modseq FROM account WHERE account_id = 0)
WHERE account_id = 0 AND unseen <> total;
