-- Mail that must go elsewhere. A message stays until each of its recipients has come to an end.

CREATE TABLE queue_message (
    queue_id {serial},
    format BIGINT NOT NULL,
    content_id BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sender TEXT,
    ret TEXT NOT NULL,
    envid TEXT NOT NULL,
    body TEXT NOT NULL,
    smtputf8 BIGINT NOT NULL,
    require_tls BIGINT NOT NULL,
    arrived BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    release_at BIGINT NOT NULL
);

CREATE TABLE queue_recipient (
    queue_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    address TEXT NOT NULL,
    destination TEXT NOT NULL,
    notify TEXT NOT NULL,
    orcpt TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt BIGINT NOT NULL,
    lease TEXT NOT NULL,
    lease_ends BIGINT NOT NULL,
    warned BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    PRIMARY KEY (queue_id, number)
) {clustered};

-- What is due at a destination, and by when its senders must hear: both are read from the beginning of a range, however
-- much waits behind it.
CREATE INDEX queue_due ON queue_recipient (destination, next_attempt) WHERE state = 'waiting';
CREATE INDEX queue_deadline ON queue_recipient (destination, deadline) WHERE state = 'waiting';

-- Destinations that could not be reached. All that waits for one waits for this single row.
CREATE TABLE queue_unreachable (
    destination TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    retry_at BIGINT NOT NULL
) {clustered};

CREATE TABLE queue_attempt (
    queue_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    happened BIGINT NOT NULL,
    host TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status TEXT NOT NULL,
    reply TEXT NOT NULL,
    PRIMARY KEY (queue_id, number, attempt)
) {clustered};
