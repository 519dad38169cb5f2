-- Marks of a message that are no change of it: PidTagMessageStatus, and which receipts nobody wants any more.
ALTER TABLE message_object ADD COLUMN status BIGINT NOT NULL DEFAULT 0;
