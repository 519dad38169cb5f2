-- Of which groups of properties the last changes were ([MS-OXCFXICS] 3.2.5.7): numbers of 8 bytes. NULL: nothing is known.
ALTER TABLE message_object ADD COLUMN group_changes {blob};
