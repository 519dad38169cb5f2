-- What is to be done with messages that arrive in a folder ([MS-OXORULE] 2.2.1): `form` has the properties of the rule
-- as objects have them; in which order rules are looked at, and in which state they are, stands beside it.
CREATE TABLE folder_rule (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    rule_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    state BIGINT NOT NULL,
    form {blob} NOT NULL,
    PRIMARY KEY (account_id, folder_id, rule_id)
) {clustered};
