-- When flags or keywords of a message changed, and when only a mark of it did that is no change (its read state, its status):
-- milliseconds since 1970, rounded up. NULL: not since it was saved, by whoever saved it last.
ALTER TABLE message ADD COLUMN changed_at BIGINT;
ALTER TABLE message ADD COLUMN marked_at BIGINT;
ALTER TABLE aside_message ADD COLUMN marked_at BIGINT;
