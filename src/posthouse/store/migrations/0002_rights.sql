-- Who may do what with which folder, besides its owner, who may do everything. principal_id is of an account or a group
-- in the directory, 0 is everybody; a negative row takes rights away from whoever it names (RFC 4314 §2).
CREATE TABLE folder_right (
    account_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL,
    principal_id BIGINT NOT NULL,
    negative BIGINT NOT NULL,
    is_group BIGINT NOT NULL,
    rights BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, principal_id, negative)
) {clustered};

-- For the question whose folders somebody may see.
CREATE INDEX folder_right_holder ON folder_right (is_group, principal_id, account_id);
