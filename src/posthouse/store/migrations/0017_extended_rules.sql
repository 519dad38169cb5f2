-- Which associated messages may be rules ([MS-OXORULE] 2.2.4), so that deliveries need not read all of them. Of those that
-- are there it is not known: they are looked at until they are saved again.
ALTER TABLE message_object ADD COLUMN rule BIGINT NOT NULL DEFAULT 0;
UPDATE message_object SET rule = 1 WHERE blob IS NULL AND EXISTS (SELECT 1 FROM aside_message a
    WHERE a.account_id = message_object.account_id AND a.message_id = message_object.message_id AND a.state = 1);
CREATE INDEX message_rule ON message_object (account_id, rule) WHERE rule = 1;
