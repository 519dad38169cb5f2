-- What mailboxes keep beside the message that waits, when it comes (NULL: nothing).
ALTER TABLE submission ADD COLUMN form {blob};
