-- Who has made a message in a folder of somebody else; 0: its owner has, or it came as mail ([MS-OXCPERM] 2.2.7).
ALTER TABLE message_object ADD COLUMN creator BIGINT NOT NULL DEFAULT 0;
