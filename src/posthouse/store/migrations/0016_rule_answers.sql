-- Whom a rule has answered, by addresses in small letters ([MS-OXORULE] 3.2.5.1.1): once while its owner is away, or so
-- many times since `since`.
CREATE TABLE rule_answer (
    account_id BIGINT NOT NULL,
    rule_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    since BIGINT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (account_id, rule_id, address)
) {clustered};
