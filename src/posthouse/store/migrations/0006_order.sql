-- What messages are sorted and threaded by, as `message.ordering` makes it; apart from the wide rows of content, because a
-- sort reads it for every message of a folder. Texts are keys of i;unicode-casemap.
CREATE TABLE content_order (
    content_id {id},
    sent BIGINT,
    is_reply BIGINT NOT NULL,
    subject TEXT NOT NULL,
    from_mailbox TEXT NOT NULL,
    to_mailbox TEXT NOT NULL,
    cc_mailbox TEXT NOT NULL,
    display_from TEXT NOT NULL,
    display_to TEXT NOT NULL,
    message_id TEXT NOT NULL,
    refs TEXT NOT NULL
);
