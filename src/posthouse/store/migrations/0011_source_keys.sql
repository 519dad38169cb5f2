-- Objects by the names that clients have given them ([MS-OXCFXICS] 2.2.1.2.5).
CREATE INDEX message_source_key ON message_object (account_id, source_key);
CREATE INDEX folder_source_key ON folder_object (account_id, source_key);
