-- Messages that their owner's client has submitted for a later time: where they wait in the queue, and where they go when
-- they are sent (NULL: nowhere).
CREATE TABLE submission (
    account_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    queue_id BIGINT NOT NULL,
    target_id BIGINT,
    PRIMARY KEY (account_id, message_id)
) {clustered};

CREATE UNIQUE INDEX submission_queue ON submission (queue_id);
