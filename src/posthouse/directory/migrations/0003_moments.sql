-- When principals came, and when what the address book shows of them last changed: seconds since 1970. Of those who
-- were there before this, nobody knows when they came.

ALTER TABLE principal ADD COLUMN created BIGINT;

ALTER TABLE principal ADD COLUMN modified BIGINT;
